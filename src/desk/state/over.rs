//! What lies over a screen: a question, a text to write, a page to read.

use crate::desk::action::Action;
use crate::desk::field::Field;
use crate::domain::ids::MerchantId;
use crate::texts::{self, Lang};

/// One thing over the screen; it takes every key until it is gone.
#[derive(Clone, Debug)]
pub enum Over {
    /// The keys of this place, and what they do.
    Help(usize),
    /// Every action, to be found by typing.
    Palette {
        /// What was typed.
        field: Field,
        /// The one that Enter takes.
        selected: usize,
    },
    /// A question answered with Enter or Esc.
    Confirm(Confirm),
    /// A text to write.
    Write(Write),
    /// Lines to read.
    Page {
        /// What they are, as a text's name.
        title: &'static str,
        /// The lines.
        lines: Vec<String>,
        /// The first line shown.
        scroll: usize,
    },
}

/// What Enter would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// Put back what the records agree on.
    Restore,
    /// Give up what was typed.
    NewCall,
    /// The caller takes it back.
    Withdraw,
    /// Close the desk.
    Quit,
    /// Take over from the desk at which the person is signed in.
    TakeSeat,
}

/// What a text is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// For the supervisors, with the case.
    HandOver,
    /// On the case.
    Note,
    /// Another trouble.
    Other,
    /// To a supervisor's question.
    Answer,
    /// When and where to call back.
    CallBack,
    /// A supervisor's reason to put back.
    Approve,
    /// A supervisor's reason not to.
    Decline,
    /// A supervisor's question.
    AskBack,
    /// Why it waits.
    Wait,
    /// Why it is taken up again.
    Reopen,
    /// Why it is kept.
    Keep,
    /// Why it is taken back.
    Reverse,
    /// Whom at the shop was called, and what was said.
    ShopCall,
    /// The same, for every case of the shop that is under review.
    ShopCallAll,
    /// Whose look-ups are released.
    Release,
    /// How a shop is read.
    Reading,
}

impl Purpose {
    /// Its name among the texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HandOver => "hand-over",
            Self::Note => "note",
            Self::Other => "other",
            Self::Answer => "answer",
            Self::CallBack => "call-back",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::AskBack => "ask-back",
            Self::Wait => "wait",
            Self::Reopen => "reopen",
            Self::Keep => "keep",
            Self::Reverse => "reverse",
            Self::ShopCall => "shop-call",
            Self::ShopCallAll => "shop-call-all",
            Self::Release => "release",
            Self::Reading => "reading",
        }
    }

    /// Every one.
    pub const ALL: [Self; 16] = [
        Self::HandOver,
        Self::Note,
        Self::Other,
        Self::Answer,
        Self::CallBack,
        Self::Approve,
        Self::Decline,
        Self::AskBack,
        Self::Wait,
        Self::Reopen,
        Self::Keep,
        Self::Reverse,
        Self::ShopCall,
        Self::ShopCallAll,
        Self::Release,
        Self::Reading,
    ];

    /// How many lines are asked for.
    #[must_use]
    pub const fn lines(self) -> usize {
        match self {
            Self::CallBack | Self::ShopCall | Self::ShopCallAll => 2,
            _ => 1,
        }
    }

    /// Whether nothing may be written.
    #[must_use]
    pub const fn may_be_blank(self) -> bool {
        matches!(self, Self::HandOver)
    }
}

/// A shop that a text is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// 加盟店ID.
    pub merchant_id: MerchantId,
    /// 店舗名.
    pub name: String,
}

/// A text that is being written.
#[derive(Clone, Debug)]
pub struct Write {
    /// What for.
    pub purpose: Purpose,
    /// The shop it is about, where it is about one.
    pub about: Option<About>,
    /// Its lines.
    pub fields: Vec<Field>,
    /// The line with the cursor.
    pub focus: usize,
    /// What is wrong with it.
    pub wrong: Option<String>,
}

impl Write {
    /// An empty one.
    #[must_use]
    pub fn new(purpose: Purpose) -> Self {
        let fields = vec![Field::default(); purpose.lines()];
        Self { purpose, about: None, fields, focus: 0, wrong: None }
    }

    /// What is asked for, in the session's language.
    #[must_use]
    pub fn asked(&self, lang: Lang) -> String {
        let shop = self.about.as_ref().map_or("", |about| about.name.as_str());
        texts::worded(&format!("write.{}", self.purpose.as_str()), lang, &[("shop", shop)])
    }

    /// What was written on line `i`, without the blanks around it.
    #[must_use]
    pub fn text(&self, i: usize) -> String {
        self.fields.get(i).map(|field| field.text().trim().to_owned()).unwrap_or_default()
    }
}

/// The actions that fit what was typed in the palette, best first.
#[must_use]
pub fn palette(typed: &str, offered: &[(Action, String)]) -> Vec<Action> {
    use fuzzy_matcher::FuzzyMatcher as _;
    if typed.trim().is_empty() {
        return offered.iter().map(|(action, _)| *action).collect();
    }
    let matcher = fuzzy_matcher::skim::SkimMatcherV2::default().ignore_case();
    let mut found: Vec<(i64, usize, Action)> = offered
        .iter()
        .enumerate()
        .filter_map(|(i, (action, words))| {
            Some((matcher.fuzzy_match(words, typed.trim())?, i, *action))
        })
        .collect();
    // Of two that fit as well the shorter is meant: “Call” is no “Call back”.
    found.sort_by_key(|(score, i, _)| {
        (std::cmp::Reverse(*score), offered.get(*i).map_or(0, |(_, words)| words.len()), *i)
    });
    found.into_iter().map(|(_, _, action)| action).collect()
}
