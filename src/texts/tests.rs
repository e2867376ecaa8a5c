//! The texts are whole, in both languages, and read well whatever is known.

use std::collections::BTreeSet;

use super::refusals::Sentence;
use super::table::{Table, read};
use super::template::gaps;
use super::tests_spoken::full;
use super::*;
use crate::domain::case::State;
use crate::domain::reason::Reason;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::Role;
use crate::domain::text::check_clean;
use crate::domain::time::Instant;

/// Every gap a refusal may have, with a value of its kind.
const VALUES: &[(&str, &str)] = &[
    ("amount", "6,000"),
    ("case", "R-20230313-0001"),
    ("command", "0186d9a0"),
    ("count", "3"),
    ("day", "2023-05-31"),
    ("file", "sales.csv"),
    ("found", "1"),
    ("key", "number"),
    ("limit", "5,000"),
    ("line", "12"),
    ("minutes", "10"),
    ("needed", "2"),
    ("number", "1234567890123"),
    ("rejects", "sales.rejects.csv"),
    ("role", "auditor"),
    ("sale", "S-1"),
    ("staff", "op1"),
    ("state", "waiting"),
    ("until", "2023-03-13T10:25:00+09:00"),
    ("what", "restore"),
];

fn refusal_texts() -> Table<Sentence> {
    read(super::refusals::FILE).expect("refusals.toml")
}

fn reason_texts() -> Table<ReasonText> {
    read(super::reasons::FILE).expect("reasons.toml")
}

fn outcome_texts() -> Table<String> {
    read(super::outcomes::FILE).expect("outcomes.toml")
}

/// A sentence that somebody reads or hears.
pub(super) fn assert_reads_well(text: &str, lang: Lang, place: &str) {
    assert!(!text.trim().is_empty() && text.trim() == text, "{place}: “{text}”");
    assert_eq!(check_clean(text), Ok(()), "{place}: {text}");
    assert!(!text.contains(['{', '}', '[', ']', '|']), "{place}: {text}");
    for twice in ["  ", "。。", "、、", "、。", "..", " .", " ,", ": .", "（）", "()", "「」", "“”"]
    {
        assert!(!text.contains(twice), "{place}: “{twice}” in “{text}”");
    }
    assert!(!text.contains(|c| matches!(c, '\u{FF61}'..='\u{FF9F}')), "{place}: {text}");
    let japanese =
        text.contains(|c| matches!(c, '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}'));
    assert_eq!(japanese, lang == Lang::Ja, "{place} is in {lang}: {text}");
}

/// The same, and it ends as a sentence does.
pub(super) fn assert_sentence(text: &str, lang: Lang, place: &str) {
    assert_reads_well(text, lang, place);
    assert!(text.ends_with(['。', '.', '?']), "{place}: {text}");
}

#[test]
fn the_files_hold_every_code_and_no_other() {
    let keys = |table: Vec<String>| table.into_iter().collect::<BTreeSet<_>>();
    let codes = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(keys(refusal_texts().into_keys().collect()), codes);
    let reasons = Reason::ALL.iter().map(|reason| reason.code().to_owned()).collect();
    assert_eq!(keys(reason_texts().into_keys().collect()), reasons);
    let outcomes = Outcome::ALL.iter().map(|outcome| outcome.as_str().to_owned()).collect();
    assert_eq!(keys(outcome_texts().into_keys().collect()), outcomes);
}

#[test]
fn every_gap_is_one_that_somebody_fills_and_stands_in_brackets() {
    // A day is either to come or over, so no call knows both; together they know every gap.
    let spoken = Spoken { ended: full().expires, ..full() };
    for (code, both) in refusal_texts() {
        for text in [&both.ja.message, &both.ja.next, &both.en.message, &both.en.next] {
            for gap in gaps(text).unwrap_or_else(|wrong| panic!("{code}: {wrong}")) {
                assert!(VALUES.iter().any(|(name, _)| *name == gap), "{code}: {{{gap}}}");
            }
        }
    }
    let said = reason_texts().into_values().flat_map(|both| [both.ja.say, both.en.say]);
    let said = said.chain(outcome_texts().into_values().flat_map(|both| [both.ja, both.en]));
    for text in said {
        for gap in gaps(&text).unwrap_or_else(|wrong| panic!("{wrong}")) {
            assert!(spoken.value(&gap, Lang::Ja).is_some(), "{{{gap}}} in {text}");
        }
    }
}

#[test]
fn both_languages_name_the_same_values() {
    for (code, both) in refusal_texts() {
        let names = |sentence: &Sentence| -> BTreeSet<String> {
            let texts = [&sentence.message, &sentence.next];
            texts.into_iter().flat_map(|text| gaps(text).expect("whole gaps")).collect()
        };
        assert_eq!(names(&both.ja), names(&both.en), "{code}");
    }
}

#[test]
fn a_refusal_reads_well_with_all_values_with_any_one_and_with_none() {
    for code in Code::ALL {
        let mut known: Vec<Refusal> = vec![Refusal::new(*code)];
        known.extend(VALUES.iter().map(|(name, value)| Refusal::new(*code).with(name, value)));
        known.extend(VALUES.iter().map(|(without, _)| {
            let others = VALUES.iter().filter(|(name, _)| name != without);
            others.fold(Refusal::new(*code), |refusal, (name, value)| refusal.with(name, value))
        }));
        let all = VALUES.iter();
        known.push(
            all.fold(Refusal::new(*code), |refusal, (name, value)| refusal.with(name, value)),
        );
        for refused in &known {
            for lang in Lang::ALL {
                let Sentence { message, next } = refusal(refused, lang);
                assert_sentence(&message, lang, code.as_str());
                assert_sentence(&next, lang, code.as_str());
            }
        }
    }
}

#[test]
fn values_are_made_safe_bounded_and_put_into_words() {
    let message = |refused: &Refusal, lang| refusal(refused, lang).message;
    let refused = Refusal::new(Code::BadInput).with("what", "a\u{1b}[31m\u{202e}\nb");
    assert_eq!(message(&refused, Lang::En), "The entry is not right: a\u{FFFD}[31m\u{FFFD} b.");
    let refused = Refusal::new(Code::BadInput).with("what", "x".repeat(500));
    assert_eq!(message(&refused, Lang::En).matches('x').count(), 199);
    let refused =
        Refusal::new(Code::CaseState).with("case", "R-20230313-0001").with("state", "waiting");
    assert_eq!(
        message(&refused, Lang::Ja),
        "受付R-20230313-0001は、「記録待ち」の状態のため、この操作ができません。"
    );
    let refused = Refusal::new(Code::NotAllowed).with("role", Role::Auditor.as_str());
    assert_eq!(message(&refused, Lang::Ja), "監査担当の権限では、この操作はできません。");
    let refused = refused.with("needed", "operator, supervisor");
    assert!(
        refusal(&refused, Lang::Ja).next.starts_with("この操作ができるのはオペレーター、SVです。")
    );
    let refused = Refusal::new(Code::CampaignNotOver).with("day", "2023-05-31");
    assert_eq!(
        message(&refused, Lang::Ja),
        "キャンペーンはまだ終わっていません。最終日は2023年5月31日（水）です。"
    );
    assert!(message(&refused, Lang::En).contains("Wed 31 May 2023"));
}

#[test]
fn a_value_in_japanese_is_used_in_japanese_only() {
    let refused =
        Refusal::new(Code::BadInput).with("what", "no day").with("what_ja", "日付がありません");
    assert_eq!(refusal(&refused, Lang::Ja).message, "入力に誤りがあります：日付がありません。");
    assert_eq!(refusal(&refused, Lang::En).message, "The entry is not right: no day.");
}

#[test]
fn a_lock_is_said_to_end_at_the_next_whole_minute() {
    let until = |text: &str| {
        let time: Instant = text.parse().expect("a fixed time");
        refusal(&Refusal::new(Code::LookUpsLocked).with("until", time), Lang::Ja).next
    };
    assert!(until("2023-03-13 10:25:00").starts_with("3月13日10時25分まで"));
    assert!(until("2023-03-13 10:25:01").starts_with("3月13日10時26分まで"));
    assert!(until("2023-03-13T23:59:59.5+09:00").starts_with("3月14日0時00分まで"));
}

#[test]
fn every_state_and_role_has_its_own_word() {
    for lang in Lang::ALL {
        let states: BTreeSet<_> = State::ALL.into_iter().map(|one| state(one, lang)).collect();
        assert_eq!(states.len(), State::ALL.len());
        let roles: BTreeSet<_> = Role::ALL.into_iter().map(|one| role(one, lang)).collect();
        assert_eq!(roles.len(), Role::ALL.len());
    }
}

#[test]
fn the_language_of_the_environment_is_found() {
    for value in ["", " ", "ja", "ja_JP.UTF-8", "JA", "ja_JP.eucJP"] {
        assert_eq!(Lang::from_env_value(value), Lang::Ja, "{value}");
    }
    for value in ["C", "C.UTF-8", "en_GB.UTF-8", "POSIX", "j", "日本語"] {
        assert_eq!(Lang::from_env_value(value), Lang::En, "{value}");
    }
    assert_eq!(
        ("ja".parse(), "en".parse(), "fr".parse::<Lang>()),
        (Ok(Lang::Ja), Ok(Lang::En), Err(LangError))
    );
}

#[test]
fn the_table_of_the_readme_has_a_row_for_every_code() {
    for lang in Lang::ALL {
        let table = refusal_table_markdown(lang);
        assert_eq!(table.lines().count(), Code::ALL.len() + 2);
        for (code, row) in Code::ALL.iter().zip(table.lines().skip(2)) {
            assert!(row.starts_with(&format!("| `{}` | ", code.as_str())), "{row}");
            assert_eq!(row.matches(" | ").count(), 2, "{row}");
        }
    }
}

/// It stood in the middle of a Japanese sentence, and operators could not read it.
#[test]
fn what_a_server_says_in_english_stands_at_the_end_and_its_meaning_before_it() {
    let states = [
        "28P01", "28000", "3D000", "42501", "25006", "53000", "53100", "53200", "53300", "53400",
        "42P01", "42703", "42883", "3F000", "40001", "40P01", "55P03", "57014", "57P01", "57P02",
        "57P03", "08006", "23505", "23514", "P0001",
    ];
    for state in states {
        let said = format!("db1:5432: the server's own words ({state})");
        for code in [Code::DatabaseUnreachable, Code::DatabaseBusy, Code::AuditBroken] {
            let refused = Refusal::new(code).with("what", &said);
            let message = refusal(&refused, Lang::Ja).message;
            let (before, after) =
                message.split_once("詳細：").unwrap_or_else(|| panic!("{message}"));
            assert!(!before.contains(|c: char| c.is_ascii_alphabetic()), "{state}: {before}");
            assert!(after.starts_with(&said), "{after}");
            let english = refusal(&refused, Lang::En).message;
            assert!(english.contains(&said) && english.is_ascii(), "{english}");
        }
    }
    let known: super::server::Server = toml::from_str(super::server::FILE).expect("whole");
    for says in known.says {
        assert!(!says.said.is_empty() && !says.ja.is_empty() && !says.ja.ends_with('。'));
    }
}
