//! One call: the four facts as they are typed, what the office says of them, and the case.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::day::{DayError, parse_day};
use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::{InquiryNumber, NumberPattern};
use crate::domain::prefecture::Prefecture;
use crate::domain::private::Private;
use crate::domain::time::Instant;
use crate::domain::verification::Fact as Held;
use crate::office::coupon::NumberHeard;
use crate::office::shop::RankedShop;
use crate::office::view::{CaseView, NearNumber};
use crate::texts::Sentence;

use crate::desk::field::Field;

/// One of the four facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Fact {
    /// お問い合わせ番号.
    #[default]
    Number,
    /// 有効期限.
    Expiry,
    /// ご旅行先の都道府県.
    Prefecture,
    /// ご利用店舗.
    Shop,
}

impl Fact {
    /// In the order they are asked for.
    pub const ALL: [Self; 4] = [Self::Number, Self::Expiry, Self::Prefecture, Self::Shop];
}

/// How a fact stands, as the mark beside it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Not yet known.
    Open,
    /// It agrees.
    Agrees,
    /// It may be one of several.
    Near,
    /// It differs.
    Differs,
}

/// What the office says of the number.
#[derive(Clone, Debug, Default)]
pub enum Heard {
    /// Nothing was asked.
    #[default]
    Nothing,
    /// It is being looked up.
    Asking(InquiryNumber, u64),
    /// It exists.
    Known(InquiryNumber, NumberHeard),
    /// It does not.
    Unknown(InquiryNumber),
}

/// What the four facts come to, before a case is opened.
#[derive(Clone, Debug, Default)]
pub enum Tried {
    /// Nothing was asked.
    #[default]
    Nothing,
    /// It is being verified.
    Asking(Claimed, u64),
    /// The answer.
    Done(Claimed, Box<CaseView>),
    /// Why there is none.
    Refused(Claimed, Sentence, Option<String>),
}

/// The four facts, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// お問い合わせ番号.
    pub number: InquiryNumber,
    /// 有効期限.
    pub expiry: NaiveDate,
    /// 都道府県.
    pub prefecture: Prefecture,
    /// As typed.
    pub shop_said: String,
    /// The merchant, where one was chosen.
    pub merchant_id: Option<MerchantId>,
}

/// A write under way, or one whose outcome is not known. Its ids were made before it was
/// sent and are kept until it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What is being done.
    pub what: PendingWhat,
    /// The id under which the case is opened, where it is not open yet.
    pub open_id: Option<String>,
    /// The case, where it is open.
    pub case: Option<String>,
    /// The id of the command on the case.
    pub command_id: String,
    /// The evidence that was shown.
    pub evidence: String,
    /// Whether an answer was waited for in vain.
    #[serde(default)]
    pub unknown: bool,
}

/// What a [`Pending`] does once the case is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PendingWhat {
    /// Nothing more.
    Open,
    /// Puts back.
    Restore,
    /// Writes a note, or nothing where it is empty.
    Note(String),
    /// Opens it as another trouble.
    Other(String),
    /// Takes it back at the caller's wish.
    Withdraw,
    /// Answers the supervisor's question.
    Answer(String),
    /// Takes the case with this number over from whoever opened it.
    Take(String),
    /// Notes when and where to call back.
    CallBack {
        /// When.
        due_at: Instant,
        /// Where.
        phone: Private,
    },
}

/// The shops that fit what was typed.
#[derive(Clone, Debug, Default)]
pub struct ShopList {
    /// The request whose answer is waited for.
    pub asking: Option<u64>,
    /// Whether the office has answered for what is typed now.
    pub answered: bool,
    /// Best first.
    pub shops: Vec<RankedShop>,
    /// The one that Enter takes.
    pub selected: usize,
}

/// The numbers near one that does not exist.
#[derive(Clone, Debug, Default)]
pub struct NearList {
    /// What was said when they were asked for.
    pub asked: Option<Claimed>,
    /// The request whose answer is waited for.
    pub asking: Option<u64>,
    /// Whether they were asked for in vain: the line was lost, or it was refused.
    pub unknown: bool,
    /// The likeliest first.
    pub numbers: Vec<NearNumber>,
    /// The one that is taken next.
    pub next: usize,
}

/// The call screen.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// お問い合わせ番号.
    pub number: Field,
    /// 有効期限.
    pub expiry: Field,
    /// 都道府県.
    pub prefecture: Field,
    /// 店舗.
    pub shop: Field,
    /// Where the cursor is.
    pub focus: Fact,
    /// What the office says of the number.
    pub heard: Heard,
    /// Where this coupon was settled in the outage, for the ranking.
    pub likely: Vec<MerchantId>,
    /// The facts that `likely` was asked for.
    pub likely_for: Option<(InquiryNumber, NaiveDate, Prefecture)>,
    /// The request that asks for `likely`.
    pub likely_asking: Option<u64>,
    /// The shops that fit.
    pub list: ShopList,
    /// The shop that was chosen.
    pub chosen: Option<RankedShop>,
    /// Whether the caller's shop is none of the list.
    pub no_shop: bool,
    /// The numbers near one that does not exist.
    pub near: NearList,
    /// What the facts come to.
    pub tried: Tried,
    /// The request that holds the facts against the records once more; what they came to
    /// before stays until it is answered.
    pub retrying: Option<u64>,
    /// The evidence that was read back to the caller.
    pub read_back: Option<String>,
    /// The case, once it is open.
    pub case: Option<Box<CaseView>>,
    /// A write under way.
    pub pending: Option<Pending>,
    /// The request of that write whose answer is waited for.
    pub asking: Option<u64>,
    /// A note that waits for the case to be opened.
    pub note: Option<String>,
    /// The merchant that a draft had chosen.
    pub wanted: Option<String>,
    /// The case of a draft, while it is being read.
    pub resuming: Option<CaseId>,
    /// Whether what is typed has changed since the draft was kept.
    pub dirty: bool,
}

/// Whether the number is whole: it fits the pattern, and no letter more would.
#[must_use]
pub fn number_is_whole(pattern: &NumberPattern, text: &str) -> bool {
    let longer = |letter: char| pattern.parse(&format!("{}{letter}", text.trim())).is_ok();
    pattern.parse(text).is_ok() && !longer('0') && !longer('A')
}

impl Call {
    /// The line of a fact.
    #[must_use]
    pub fn field(&self, fact: Fact) -> &Field {
        match fact {
            Fact::Number => &self.number,
            Fact::Expiry => &self.expiry,
            Fact::Prefecture => &self.prefecture,
            Fact::Shop => &self.shop,
        }
    }

    /// The line of a fact, to type into.
    pub fn field_mut(&mut self, fact: Fact) -> &mut Field {
        match fact {
            Fact::Number => &mut self.number,
            Fact::Expiry => &mut self.expiry,
            Fact::Prefecture => &mut self.prefecture,
            Fact::Shop => &mut self.shop,
        }
    }

    /// The expiry as it was typed, read with the campaign's year.
    ///
    /// # Errors
    /// Why it is no day.
    pub fn expiry_read(&self, year: i32) -> Result<NaiveDate, DayError> {
        parse_day(self.expiry.text(), year)
    }

    /// The prefecture as it was typed.
    #[must_use]
    pub fn prefecture_read(&self) -> Option<Prefecture> {
        self.prefecture.text().parse().ok()
    }

    /// The number the office was asked about.
    #[must_use]
    pub fn number_asked(&self) -> Option<&InquiryNumber> {
        match &self.heard {
            Heard::Nothing => None,
            Heard::Asking(number, _) | Heard::Known(number, _) | Heard::Unknown(number) => {
                Some(number)
            }
        }
    }

    /// What is known of the coupon.
    #[must_use]
    pub fn known(&self) -> Option<&NumberHeard> {
        match &self.heard {
            Heard::Known(_, known) => Some(known),
            _ => None,
        }
    }

    /// All four facts, where all are there to be held against the records.
    #[must_use]
    pub fn claimed(&self, year: i32) -> Option<Claimed> {
        let shop_there = self.chosen.is_some() || self.no_shop;
        let number = match &self.heard {
            Heard::Known(number, _) | Heard::Unknown(number) => number.clone(),
            _ => return None,
        };
        shop_there.then_some(())?;
        let merchant_id = self.chosen.as_ref().and_then(|shop| shop.merchant_id.parse().ok());
        Some(Claimed {
            number,
            expiry: self.expiry_read(year).ok()?,
            prefecture: self.prefecture_read()?,
            shop_said: self.shop.text().trim().to_owned(),
            merchant_id,
        })
    }

    /// The case as it stands, or what opening it would come to.
    #[must_use]
    pub fn view(&self) -> Option<&CaseView> {
        match (&self.case, &self.tried) {
            (Some(case), _) => Some(case),
            (None, Tried::Done(_, view)) => Some(view),
            _ => None,
        }
    }

    /// Whether nothing was typed, no note either.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.note.is_none() && Fact::ALL.iter().all(|fact| self.field(*fact).is_blank())
    }

    /// How a fact stands.
    #[must_use]
    pub fn check(&self, fact: Fact, year: i32) -> Check {
        let of_view = self.view().map(|view| {
            let facts = &view.facts;
            match fact {
                Fact::Number => facts.number,
                Fact::Expiry => facts.expiry,
                Fact::Prefecture => facts.prefecture,
                Fact::Shop => facts.shop,
            }
        });
        match of_view {
            Some(Held::Match) => return Check::Agrees,
            Some(Held::Differs) => return Check::Differs,
            _ => {}
        }
        match fact {
            Fact::Number => match &self.heard {
                Heard::Known(..) => Check::Agrees,
                Heard::Unknown(_) => Check::Differs,
                _ => Check::Open,
            },
            Fact::Expiry => match (self.expiry_read(year), self.known()) {
                (Ok(day), Some(known)) if known.expiries.contains(&day) => Check::Agrees,
                (Ok(_), Some(_)) => Check::Differs,
                _ => Check::Open,
            },
            Fact::Prefecture => match (self.prefecture_read(), self.known()) {
                (Some(here), Some(known)) if known.prefecture == here => Check::Agrees,
                (Some(_), Some(_)) => Check::Differs,
                _ => Check::Open,
            },
            Fact::Shop => match (&self.chosen, self.no_shop, self.list.shops.is_empty()) {
                (Some(_), ..) => Check::Agrees,
                (None, true, _) => Check::Differs,
                (None, false, false) if !self.shop.is_blank() => Check::Near,
                _ => Check::Open,
            },
        }
    }

    /// Whether number, expiry and prefecture agree with the coupon.
    #[must_use]
    pub fn three_agree(&self, year: i32) -> bool {
        [Fact::Number, Fact::Expiry, Fact::Prefecture]
            .into_iter()
            .all(|fact| self.check(fact, year) == Check::Agrees)
    }
}

/// What is kept of a call until it is done: what was typed, and what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// お問い合わせ番号, as typed.
    pub number: String,
    /// 有効期限, as typed.
    pub expiry: String,
    /// 都道府県, as typed.
    pub prefecture: String,
    /// 店舗, as typed.
    pub shop: String,
    /// The merchant that was chosen.
    pub merchant_id: Option<String>,
    /// The case, once it is open.
    pub case: Option<String>,
    /// A note that waits for the case.
    pub note: Option<String>,
    /// A write whose answer had not come.
    pub pending: Option<Pending>,
}

impl Draft {
    /// What of the call is worth keeping; nothing where nothing was typed.
    #[must_use]
    pub fn of(call: &Call) -> Option<Self> {
        let draft = Self {
            number: call.number.text().to_owned(),
            expiry: call.expiry.text().to_owned(),
            prefecture: call.prefecture.text().to_owned(),
            shop: call.shop.text().to_owned(),
            merchant_id: call.chosen.as_ref().map(|shop| shop.merchant_id.clone()),
            case: call.case.as_ref().and_then(|case| case.case.clone()),
            note: call.note.clone(),
            pending: call.pending.clone(),
        };
        let live = call.case.as_ref().is_none_or(|case| {
            case.state.parse::<crate::domain::case::State>().is_ok_and(|state| state.is_live())
        });
        (draft != Self::default() && (live || draft.pending.is_some())).then_some(draft)
    }
}
