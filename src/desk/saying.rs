//! What the operator says now (ご案内): a sentence for every outcome, every reason and
//! every fact that is still missing.

use crate::domain::case::State as CaseState;
use crate::domain::number::InquiryNumber;
use crate::domain::reason::Reason;
use crate::domain::time::Instant;
use crate::domain::yen::Yen;
use crate::office::coupon::ClassA;
use crate::office::view::CaseView;
use crate::texts::{self, Lang, Outcome, Spoken};

use super::state::State;
use super::state::call::{Check, Fact, Heard, Tried};

/// What of a case may be spoken at `now`. Balance and amounts only where the caller's facts
/// agree; a last day that is over is named as such, and nothing is promised past it.
#[must_use]
pub fn spoken(view: &CaseView, settings: &crate::config::Settings, now: Instant) -> Spoken {
    let campaign = &settings.campaign;
    let coupon = view.coupon.as_ref();
    let in_force: Option<chrono::NaiveDate> =
        coupon.and_then(|coupon| coupon.expires_on.parse().ok());
    let last = in_force.map_or(campaign.extended_expiry, |day| day.max(campaign.extended_expiry));
    let over = now.jst_day() > last;
    let agree = view.facts.all_match();
    Spoken {
        over: view.over.filter(|_| agree).map(Yen::new),
        restorable: Some(Yen::new(view.restorable)),
        restored: Some(Yen::new(view.restored)),
        expires: (!over).then_some(last),
        ended: over.then_some(last),
        balance: coupon.filter(|_| agree).map(|coupon| Yen::new(coupon.balance)),
        apply_by: Some(campaign.deadlines.apply_by),
        case: view.case.as_deref().and_then(|case| case.parse().ok()),
    }
}

/// The sentences for a case as it stands at `now`, or as opening it would make it.
#[must_use]
pub fn of_case(
    view: &CaseView,
    settings: &crate::config::Settings,
    now: Instant,
    lang: Lang,
) -> String {
    let spoken = spoken(view, settings, now);
    let outcome = |outcome| texts::outcome_say(outcome, &spoken, lang);
    let first: Option<Reason> = view.reasons.first().and_then(|code| code.parse().ok());
    let reason = |code: Option<Reason>| {
        code.map(|reason| texts::reason_say(reason, &spoken, lang)).filter(|said| !said.is_empty())
    };
    let word = |key: &str| texts::word(key, lang).to_owned();
    // What only the records settle has words of its own; what was misheard has not.
    let of_records = first.filter(|reason| reason.code().starts_with('R'));
    match view.state.parse::<CaseState>() {
        Ok(CaseState::Matched) if needs_supervisor(view, settings) => outcome(Outcome::Supervisor),
        Ok(CaseState::Matched) => outcome(Outcome::Matched),
        Ok(CaseState::Restored) => outcome(Outcome::Restored),
        Ok(CaseState::Contradicted) => word("say.contradicted"),
        Ok(CaseState::Reversed) => word("say.reversed"),
        Ok(CaseState::Withdrawn) => outcome(Outcome::Withdrawn),
        Ok(CaseState::Waiting) => outcome(Outcome::Waiting),
        Ok(CaseState::Declined | CaseState::Lapsed) => {
            reason(of_records).unwrap_or_else(|| outcome(Outcome::Declined))
        }
        // Before the case is kept: what may be misheard is asked once more, and what a
        // supervisor will want to know is asked while the caller is there.
        Ok(CaseState::Review) if view.case.is_none() => {
            reason(first).unwrap_or_else(|| outcome(Outcome::Supervisor))
        }
        _ => outcome(Outcome::Supervisor),
    }
}

/// Whether the amount is more than an operator may put back alone.
fn needs_supervisor(view: &CaseView, settings: &crate::config::Settings) -> bool {
    settings.guards.needs_supervisor(Yen::new(view.restorable))
}

/// The sentence for where the call stands.
#[must_use]
pub fn now(state: &State) -> String {
    let lang = state.look.lang;
    let call = &state.call;
    if call.pending.as_ref().is_some_and(|pending| pending.unknown) {
        return texts::outcome_say(Outcome::Unknown, &Spoken::default(), lang);
    }
    if let Some(view) = call.view() {
        return of_case(view, &state.settings, state.now, lang);
    }
    // What is refused is the operator's to read; the caller hears that it is looked into.
    if let Tried::Refused(_, _, live) = &call.tried {
        let key = if live.is_some() { "say.known-already" } else { "ask.wait" };
        return texts::word(key, lang).to_owned();
    }
    let year = state.settings.campaign.year();
    if let Heard::Unknown(_) = call.heard {
        return texts::reason_say(Reason::NumberUnknown, &Spoken::default(), lang);
    }
    for (fact, reason) in
        [(Fact::Expiry, Reason::ExpiryDiffers), (Fact::Prefecture, Reason::PrefectureDiffers)]
    {
        // 2/2 on the way to 2/24 is nothing to ask about yet.
        if call.focus != fact && call.check(fact, year) == Check::Differs {
            return texts::reason_say(reason, &Spoken::default(), lang);
        }
    }
    let mut said = Vec::new();
    if call.three_agree(year)
        && let Some(known) = call.known()
        && known.class_a != ClassA::No
    {
        said.push(class_a(state, known.class_a));
    }
    said.push(texts::word(next_question(state), lang).to_owned());
    said.join(" ")
}

/// What is asked for next, as a text's name.
fn next_question(state: &State) -> &'static str {
    let call = &state.call;
    let year = state.settings.campaign.year();
    if !matches!(call.heard, Heard::Known(..) | Heard::Asking(..)) {
        "ask.number"
    } else if call.expiry_read(year).is_err() {
        "ask.expiry"
    } else if call.prefecture_read().is_none() {
        "ask.prefecture"
    } else if call.chosen.is_none() && !call.no_shop {
        "ask.shop"
    } else {
        "ask.wait"
    }
}

/// What the holder of a class A coupon is told at once.
fn class_a(state: &State, class_a: ClassA) -> String {
    let campaign = &state.settings.campaign;
    if state.now.jst_day() > campaign.extended_expiry {
        return texts::word("say.class-a-over", state.look.lang).to_owned();
    }
    let spoken = Spoken {
        expires: Some(campaign.extended_expiry),
        apply_by: Some(campaign.deadlines.apply_by),
        ..Spoken::default()
    };
    let outcome = match class_a {
        ClassA::No => return String::new(),
        ClassA::Extended => Outcome::Extended,
        ClassA::Due => Outcome::Due,
    };
    texts::outcome_say(outcome, &spoken, state.look.lang)
}

/// A number as it is read back (復唱): in groups of four, with the digits' names that are
/// not confused on a telephone: 4 is ヨン, 7 is ナナ.
#[must_use]
pub fn read_back(number: &InquiryNumber, lang: Lang) -> String {
    let grouped = number.grouped();
    let groups = grouped.split('-').map(|group| {
        let spoken: Vec<String> = group.chars().map(|letter| said(letter, lang)).collect();
        spoken.join(" ")
    });
    groups.collect::<Vec<_>>().join(match lang {
        Lang::Ja => "、",
        Lang::En => ", ",
    })
}

fn said(letter: char, lang: Lang) -> String {
    const JA: [&str; 10] =
        ["ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"];
    match (lang, letter.to_digit(10).and_then(|digit| usize::try_from(digit).ok())) {
        (Lang::Ja, Some(digit)) => JA[digit].to_owned(),
        _ => letter.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_back_in_groups_with_names_that_are_not_confused() {
        let number = InquiryNumber::fold("1234-5678-9047").expect("a number");
        assert_eq!(
            read_back(&number, Lang::Ja),
            "イチ ニ サン ヨン、ゴ ロク ナナ ハチ、キュウ ゼロ ヨン ナナ"
        );
        assert_eq!(read_back(&number, Lang::En), "1 2 3 4, 5 6 7 8, 9 0 4 7");
    }
}
