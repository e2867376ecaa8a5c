//! A row that is not imported, and why.

use crate::domain::day::DayError;
use crate::domain::number::{MAX_LENGTH, NumberError};
use crate::domain::time::TimeError;
use crate::domain::yen::Yen;

/// How much of a value is kept in a [`BadRow`], in characters; the rest is told by `…`. A
/// damaged file has cells of any length, and the list of them must not grow with that.
pub const MAX_VALUE_CHARS: usize = 200;

/// A row that is not imported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The line it begins on; the header is line 1.
    pub line: u64,
    /// The column, by its English name; empty where the whole row is meant.
    pub column: String,
    /// The value as it stands in the file, at most [`MAX_VALUE_CHARS`]. Not safe to print:
    /// it goes through `domain::text` first.
    pub value: String,
    /// What is wrong with it.
    pub reason: BadRowReason,
}

impl BadRow {
    /// A bad row that keeps at most [`MAX_VALUE_CHARS`] of the value.
    #[must_use]
    pub fn new(line: u64, column: &str, value: &str, reason: BadRowReason) -> Self {
        let column = column.to_owned();
        Self { line, column, value: bounded(value), reason }
    }
}

/// At most [`MAX_VALUE_CHARS`], of which the last is `…` where something was left out.
pub(super) fn bounded(value: &str) -> String {
    if value.len() <= MAX_VALUE_CHARS || value.chars().nth(MAX_VALUE_CHARS).is_none() {
        return value.to_owned();
    }
    value.chars().take(MAX_VALUE_CHARS - 1).chain(['…']).collect()
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRowReason {
    /// Another number of fields than the header.
    #[error("the row has {found} fields, the header has {expected}")]
    FieldCount {
        /// What the header has.
        expected: usize,
        /// What the row has.
        found: usize,
    },
    /// Longer than any record can be. Reading stops here.
    #[error("the row is longer than 64 KiB, nothing after it was read; is this a CSV file?")]
    TooLong,
    /// A quote is opened and never closed. Reading stops here.
    #[error("a quote (\") is opened in this row and not closed, nothing after it was read")]
    QuoteOpen,
    /// Neither UTF-8 nor CP932.
    #[error("the row is neither UTF-8 nor Shift_JIS (CP932)")]
    Encoding,
    /// A value in a column whose header is empty: to skip it could lose something.
    #[error("there is a value in a column without a header; name the column or empty it")]
    NoHeader,
    /// A control or bidi character, by its number.
    #[error("the character U+{0:04X} cannot be seen and is not allowed; type the value again")]
    Character(u32),
    /// Nothing, where something is needed.
    #[error("a value is needed here")]
    Empty,
    /// Longer than the column may be.
    #[error("longer than {0} characters")]
    Length(usize),
    /// No inquiry number.
    #[error("{0}")]
    Number(NumberError),
    /// No id.
    #[error("an id has 1 to 64 characters, without control characters")]
    Id,
    /// No prefecture.
    #[error("no such prefecture; write 奈良県, 奈良, Nara or 29")]
    Prefecture,
    /// Not a whole number of yen.
    #[error("not a whole number of yen; write 1500 or 1,500")]
    Yen,
    /// Out of the range given.
    #[error("must be from {} to {} yen", Yen::new(*.0), Yen::new(*.1))]
    YenRange(i64, i64),
    /// The balance exceeds the face value.
    #[error("the balance is higher than the face value")]
    BalanceOverFace,
    /// No day.
    #[error("{0}; in a file write 2023-02-24")]
    Day(DayError),
    /// No time.
    #[error("{0}")]
    Time(TimeError),
    /// From is not before until.
    #[error("the interval must end after it begins (covers_from before covers_until)")]
    Interval,
    /// None of the words allowed.
    #[error("expected one of: {0}")]
    Word(&'static str),
    /// The same id stands in the file with other content, first on this line.
    #[error("the same id stands with other content on line {0}")]
    DuplicateInFile(u64),
    /// The same id was imported before with other content.
    #[error("the same id was imported earlier with other content; records are never changed")]
    DiffersFromEarlier,
    /// No such merchant has been imported.
    #[error("no such merchant; import its merchants file first")]
    UnknownMerchant,
    /// No such coupon has been imported.
    #[error("no such coupon; import its coupons file first")]
    UnknownCoupon,
}

impl BadRowReason {
    /// What is wrong and what is expected, in Japanese. `Display` says it in English.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::FieldCount { expected, found } => {
                format!("項目が{found}個あります（見出しは{expected}個）")
            }
            Self::TooLong => "行が64KiBを超えています。以降は読んでいません（CSVですか）".into(),
            Self::QuoteOpen => {
                "この行で開いた引用符（\"）が閉じていません。以降は読んでいません".into()
            }
            Self::Encoding => "UTF-8でもShift_JIS（CP932）でもありません".into(),
            Self::NoHeader => {
                "見出しのない列に値があります。見出しを付けるか、値を消してください".into()
            }
            Self::Character(code) => {
                format!("見えない文字（U+{code:04X}）は使えません。入力し直してください")
            }
            Self::Empty => "値が必要です".into(),
            Self::Length(most) => format!("{most}文字を超えています"),
            Self::Number(error) => number_ja(error),
            Self::Id => "IDは1～64文字です（制御文字は不可）".into(),
            Self::Prefecture => {
                "都道府県として読めません（奈良県、奈良、Nara、29 のように記入）".into()
            }
            Self::Yen => "円単位の整数ではありません（1500 か 1,500 のように記入）".into(),
            Self::YenRange(least, most) => {
                format!("{}円から{}円まででなければなりません", Yen::new(*least), Yen::new(*most))
            }
            Self::BalanceOverFace => "残額が額面を超えています".into(),
            Self::Day(error) => {
                format!("{}（ファイルでは 2023-02-24 のように記入）", error.message_ja())
            }
            Self::Time(error) => error.message_ja(),
            Self::Interval => "範囲の終了は開始より後でなければなりません".into(),
            Self::Word(words) => format!("次のいずれかを記入してください: {words}"),
            Self::DuplicateInFile(line) => {
                format!("同じIDが{line}行目に別の内容であります")
            }
            Self::DiffersFromEarlier => {
                "同じIDが以前に別の内容で取り込まれています。記録は変更できません".into()
            }
            Self::UnknownMerchant => {
                "この加盟店は取り込まれていません。先に加盟店ファイルを取り込んでください".into()
            }
            Self::UnknownCoupon => {
                "このクーポンは取り込まれていません。先にクーポンファイルを取り込んでください"
                    .into()
            }
        }
    }
}

fn number_ja(error: &NumberError) -> String {
    match error {
        NumberError::Empty => "お問い合わせ番号が空です".into(),
        NumberError::Unreadable(value) => format!(
            "「{value}」はお問い合わせ番号として読めません（英数字のみ、{MAX_LENGTH}文字まで）"
        ),
        NumberError::Form(value) => {
            format!("「{value}」はお問い合わせ番号の形ではありません（設定 number_pattern）")
        }
    }
}

#[cfg(test)]
mod tests;
