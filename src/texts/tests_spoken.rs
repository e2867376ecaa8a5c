//! What is read to a caller: whole, polite whatever is known, and never telling too much.

use super::tests::{assert_reads_well, assert_sentence};
use super::*;
use crate::domain::reason::Reason;
use crate::domain::yen::Yen;

/// Everything known.
pub(super) fn full() -> Spoken {
    Spoken {
        over: Some(Yen::new(1_500)),
        restorable: Some(Yen::new(1_500)),
        restored: Some(Yen::new(1_500)),
        expires: chrono::NaiveDate::from_ymd_opt(2023, 3, 31),
        ended: None,
        balance: Some(Yen::new(2_000)),
        apply_by: chrono::NaiveDate::from_ymd_opt(2023, 4, 30),
        case: "R-20230313-0001".parse().ok(),
    }
}

#[test]
fn every_reason_has_a_label_a_meaning_and_a_sentence_to_say() {
    for (given, lang) in Reason::ALL.iter().flat_map(|given| Lang::ALL.map(|lang| (*given, lang))) {
        let text = reason(given, lang);
        assert_reads_well(&text.label, lang, given.code());
        assert!(text.label.chars().count() <= lang.pick(7, 21), "{}", text.label);
        assert_sentence(&text.meaning, lang, given.code());
        for spoken in [Spoken::default(), full(), Spoken { balance: None, ..full() }] {
            assert_sentence(&reason_say(given, &spoken, lang), lang, given.code());
        }
    }
}

#[test]
fn every_outcome_has_a_sentence_to_say() {
    for (outcome, lang) in Outcome::ALL.iter().flat_map(|one| Lang::ALL.map(|lang| (*one, lang))) {
        let day = full().expires;
        let late = Spoken { expires: None, ended: day, ..full() };
        for spoken in [Spoken::default(), full(), Spoken { expires: None, ..full() }, late] {
            assert_sentence(&outcome_say(outcome, &spoken, lang), lang, outcome.as_str());
        }
    }
}

#[test]
fn the_caller_of_a_restored_case_hears_the_amount_and_the_day() {
    let spoken = Spoken { balance: None, ..full() };
    assert_eq!(
        outcome_say(Outcome::Restored, &spoken, Lang::Ja),
        "確認が取れました。1,500円をクーポンにお戻しし、有効期限を3月31日23時59分まで延長いたします。"
    );
    assert_eq!(
        outcome_say(Outcome::Restored, &spoken, Lang::En),
        "Your case is confirmed. We are restoring 1,500 yen to your coupon and extending its \
         expiry to 23:59 on 31 March."
    );
}

#[test]
fn nobody_is_told_that_nothing_is_put_back() {
    let spoken =
        Spoken { restored: Some(Yen::ZERO), restorable: Some(Yen::new(-1)), ..Spoken::default() };
    for lang in Lang::ALL {
        assert!(!outcome_say(Outcome::Restored, &spoken, lang).contains(['0', '1']));
    }
}

#[test]
fn a_caller_whose_facts_differ_is_told_no_figure_of_the_record() {
    for given in [
        Reason::NumberUnknown,
        Reason::ExpiryDiffers,
        Reason::PrefectureDiffers,
        Reason::ShopUnknown,
        Reason::NotSettledHere,
    ] {
        for lang in Lang::ALL {
            assert_eq!(reason_say(given, &full(), lang), reason(given, lang).say);
        }
    }
}

/// 2023-03-31 23:59 is the last minute; whoever calls on 4/1 is promised no extension.
#[test]
fn past_the_last_day_nobody_is_promised_that_it_is_extended() {
    let late = Spoken { expires: None, ended: full().expires, ..full() };
    for outcome in [Outcome::Restored, Outcome::Waiting, Outcome::Supervisor] {
        let ja = outcome_say(outcome, &late, Lang::Ja);
        assert!(ja.contains("3月31日を過ぎて") && ja.contains("ポイント"), "{ja}");
        assert!(!ja.contains("延長"), "{ja}");
        let en = outcome_say(outcome, &late, Lang::En);
        assert!(en.contains("expired on 31 March") && !en.contains("extend"), "{en}");
        assert!(outcome_say(outcome, &full(), Lang::Ja).contains("延長"));
    }
}
