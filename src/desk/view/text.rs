//! Text by its width on the screen.

use chrono::{Datelike, NaiveDate};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes.
#[must_use]
pub fn line_width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The beginning of a text that fits into `width` columns.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    let mut used = 0;
    let mut kept = String::new();
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if used + wide > width {
            break;
        }
        used += wide;
        kept.push(letter);
    }
    kept
}

/// A text in exactly `width` columns: cut, or filled with blanks.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    let mut kept = cut(text, width);
    let used = line_width(&kept);
    kept.push_str(&" ".repeat(width.saturating_sub(used)));
    kept
}

/// As [`fit`], with the blanks before it.
#[must_use]
pub fn fit_right(text: &str, width: usize) -> String {
    let kept = cut(text, width);
    format!("{}{kept}", " ".repeat(width.saturating_sub(line_width(&kept))))
}

/// `3/31`.
#[must_use]
pub fn short_day(day: NaiveDate) -> String {
    format!("{}/{}", day.month(), day.day())
}

/// `3/31 15:30`.
#[must_use]
pub fn short_time(at: crate::domain::time::Instant) -> String {
    let (hour, minute, _) = at.jst_hour_minute_second();
    format!("{} {hour}:{minute:02}", short_day(at.jst_day()))
}

/// An amount, with its sign and its thousands.
#[must_use]
pub fn yen(amount: i64) -> String {
    format!("¥{}", crate::domain::yen::Yen::new(amount))
}

/// A text broken into lines of at most `width` columns, between any two letters but where
/// words of letters stand.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in words(text) {
        let wide = line_width(word);
        if used + wide > width && used > 0 && wide <= width {
            lines.push(line.trim_end().to_owned());
            line.clear();
            used = 0;
            if word.trim().is_empty() {
                continue;
            }
        }
        if wide <= width {
            line.push_str(word);
            used += wide;
            continue;
        }
        for letter in word.chars() {
            let wide = letter.width().unwrap_or(0);
            if used + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(letter);
            used += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Words of narrow letters and of katakana, blanks, and other wide letters one by one, each with the closing
/// punctuation that must not begin a line.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let narrow = |letter: char| letter.width() == Some(1) && !letter.is_whitespace();
        let katakana = |letter: char| matches!(letter, 'ァ'..='ヺ' | 'ー');
        let mut end = if narrow(first) {
            rest.find(|letter| !narrow(letter)).unwrap_or(rest.len())
        } else if katakana(first) {
            rest.find(|letter| !katakana(letter)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        while let Some(next) =
            rest[end..].chars().next().filter(|next| "、。」）・！？ー".contains(*next))
        {
            end += next.len_utf8();
        }
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_filled_by_their_width() {
        assert_eq!(cut("奈良町カフェ", 7), "奈良町");
        assert_eq!(fit("奈良", 6), "奈良  ");
        assert_eq!(fit_right("¥1,500", 8), "  ¥1,500");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn a_line_never_begins_with_a_full_stop_nor_is_wider_than_it_may_be() {
        let text = "確認が取れました。1,500円をクーポンにお戻しし、有効期限を3月31日23時59分まで延長いたします。";
        for width in 2..60 {
            let lines = wrapped(text, width);
            assert_eq!(lines.concat(), text, "{width}");
            if width > 12 {
                for line in &lines {
                    assert!(line_width(line) <= width, "{width}: {line}");
                    assert!(!line.starts_with(['。', '、']), "{width}: {line}");
                }
            }
        }
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("", 8), [""]);
    }
}
