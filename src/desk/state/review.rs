//! What waits for a supervisor: the list, and the one case that is open.

use crate::desk::field::Field;
use crate::desk::msg::Sent;
use crate::domain::case::State as CaseState;
use crate::domain::ids::CaseId;
use crate::domain::prefecture::Prefecture;
use crate::domain::reason::Reason;
use crate::domain::text::fold;
use crate::domain::time::Instant;
use crate::office::command::Act;
use crate::office::view::CaseView;
use crate::store::desks::QueueRow;
use crate::texts;

/// A command of a supervisor under way. The id was made before it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deciding {
    /// What.
    pub act: Act,
    /// Under which id, on which evidence.
    pub sent: Sent,
    /// The request whose answer is waited for; none after it was waited for in vain.
    pub request: Option<u64>,
}

/// The case that is open.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its number.
    pub case_id: CaseId,
    /// As it stands, once it was read.
    pub view: Option<Box<CaseView>>,
    /// Which of its sales the cursor is on.
    pub sale: usize,
    /// Who else looks at it.
    pub held_by: Option<String>,
    /// The evidence that was on the screen when a reason was asked for: that is what is
    /// decided on, whatever comes in while it is written.
    pub asked_on: Option<String>,
    /// A decision under way.
    pub deciding: Option<Deciding>,
}

/// The review screen.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// Everything that waits, as it was read.
    pub rows: Vec<QueueRow>,
    /// For each row everything it can be filtered by, folded.
    words: Vec<String>,
    /// Which rows are shown, in their order.
    pub shown: Vec<usize>,
    /// The selected line of those shown.
    pub selected: usize,
    /// What the list is filtered by.
    pub filter: Field,
    /// Whether it is an operator's list of their own cases.
    pub own: bool,
    /// Whether the cases of a shop stand together.
    pub grouped: bool,
    /// The request under way.
    pub asking: Option<u64>,
    /// Whether the list was read at all.
    pub loaded: bool,
    /// The cases that a call to the shop is being written down for.
    pub calling: Vec<CaseId>,
    /// The open case.
    pub open: Option<Open>,
}

/// For a supervisor: what is to be decided comes first, then what waits for records, then
/// what waits for an operator's answer. For an operator: questions first, then call-backs.
fn rank(row: &QueueRow, own: bool) -> u8 {
    if own && (row.question || row.callback_due.is_some()) {
        return u8::from(!row.question);
    }
    match row.state.as_str() {
        _ if row.question => 4,
        "contradicted" => 0,
        "review" => 1,
        "matched" => 2,
        _ => 3,
    }
}

/// What is due first comes first: a call-back that was promised. The campaign's own last
/// day is the same for all.
fn deadline(row: &QueueRow) -> (bool, Option<Instant>) {
    (row.callback_due.is_none(), row.callback_due)
}

/// Everything a row can be found by, in both languages.
fn words(row: &QueueRow) -> String {
    let mut words = vec![row.case_id.clone(), row.state.clone(), row.opened_by.clone()];
    words.push(row.number_said.clone());
    words.push(row.shop.clone());
    words.extend(row.merchant_id.clone());
    words.push(row.opened_by_name.expose().to_owned());
    let prefecture = Prefecture::from_code(row.prefecture);
    words.extend(prefecture.map(|prefecture| prefecture.name().to_owned()));
    words.extend(prefecture.map(|prefecture| prefecture.romaji().to_owned()));
    for lang in [texts::Lang::Ja, texts::Lang::En] {
        let state: Option<CaseState> = row.state.parse().ok();
        words.extend(state.map(|state| texts::state(state, lang).to_owned()));
        for code in &row.reasons {
            words.push(code.clone());
            let reason: Option<Reason> = code.parse().ok();
            words.extend(reason.map(|reason| texts::reason(reason, lang).label.clone()));
        }
    }
    fold(&words.join(" ")).to_lowercase()
}

impl Review {
    /// Takes the list as it was read; the selection stays on its case.
    pub fn take(&mut self, rows: Vec<QueueRow>) {
        let selected = self.selected_case().map(|row| row.case_id.clone());
        self.words = rows.iter().map(words).collect();
        self.rows = rows;
        self.loaded = true;
        self.arrange();
        let place = selected.and_then(|id| {
            self.shown.iter().position(|row| self.rows.get(*row).is_some_and(|r| r.case_id == id))
        });
        self.selected = place.unwrap_or(self.selected).min(self.shown.len().saturating_sub(1));
    }

    /// Filters and orders the list: every word of the filter must be found in a row.
    pub fn arrange(&mut self) {
        let wanted = fold(self.filter.text()).to_lowercase();
        let wanted: Vec<&str> = wanted.split_whitespace().collect();
        self.shown = (0..self.rows.len())
            .filter(|i| {
                let words = self.words.get(*i).map(String::as_str).unwrap_or_default();
                wanted.iter().all(|word| words.contains(word))
            })
            .collect();
        let rows = &self.rows;
        let (grouped, own) = (self.grouped, self.own);
        self.shown.sort_by(|a, b| {
            let (a, b) = (&rows[*a], &rows[*b]);
            let order = rank(a, own)
                .cmp(&rank(b, own))
                .then(deadline(a).cmp(&deadline(b)))
                .then(a.opened_at.cmp(&b.opened_at));
            if grouped { a.shop.cmp(&b.shop).then(order) } else { order }
        });
        self.selected = self.selected.min(self.shown.len().saturating_sub(1));
    }

    /// The row under the cursor.
    #[must_use]
    pub fn selected_case(&self) -> Option<&QueueRow> {
        self.rows.get(*self.shown.get(self.selected)?)
    }

    /// The cases under review at the shop of the selected row.
    #[must_use]
    pub fn of_same_shop(&self) -> Vec<&QueueRow> {
        let Some(merchant) = self.selected_case().and_then(|row| row.merchant_id.clone()) else {
            return Vec::new();
        };
        self.shown
            .iter()
            .filter_map(|i| self.rows.get(*i))
            .filter(|row| {
                row.state == "review" && row.merchant_id.as_deref() == Some(merchant.as_str())
            })
            .collect()
    }
}
