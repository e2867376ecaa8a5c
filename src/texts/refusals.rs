//! The sentences of the refusals.

use std::fmt::Write as _;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::domain::case::State;
use crate::domain::day;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::Role;
use crate::domain::text::for_terminal_bounded;
use crate::domain::time::Instant;

use super::labels;
use super::lang::Lang;
use super::server;
use super::spoken::month_en;
use super::table::{Table, read_or_empty};
use super::template::fill;

/// The file.
pub(super) const FILE: &str = include_str!("../../assets/texts/refusals.toml");

/// The longest value a sentence shows, in characters.
const VALUE_CHARS: usize = 200;

/// What is the matter, and what to do now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentence {
    /// What is the matter.
    pub message: String,
    /// What to do now.
    pub next: String,
}

static TEXTS: LazyLock<Table<Sentence>> = LazyLock::new(|| read_or_empty(FILE));

/// The sentences of `refusal`, safe to print. A value `name_ja` is used for `{name}` in
/// Japanese; states, roles, days and times are put into words; unknown names vanish.
#[must_use]
pub fn refusal(refusal: &Refusal, lang: Lang) -> Sentence {
    let Some(both) = TEXTS.get(refusal.code.as_str()) else {
        return Sentence { message: refusal.code.as_str().to_owned(), next: String::new() };
    };
    let of_a_server = refusal.code.as_str().starts_with("DATABASE_")
        || matches!(refusal.code, Code::AuditBroken | Code::OutcomeUnknown);
    let value = |name: &str| {
        value_of(refusal, name, lang).map(|raw| {
            let safe = shown(name, raw, lang);
            let worded = of_a_server && name == "what";
            worded.then(|| server::worded(&safe, lang)).flatten().unwrap_or(safe)
        })
    };
    let sentence = both.get(lang);
    Sentence { message: fill(&sentence.message, &value), next: fill(&sentence.next, &value) }
}

/// What stands for `{name}`: a Japanese value where there is one and it is asked for.
fn value_of<'a>(refusal: &'a Refusal, name: &str, lang: Lang) -> Option<&'a str> {
    let find = |wanted: &dyn Fn(&str) -> bool| {
        let found = refusal.values.iter().find(|(given, _)| wanted(given));
        found.map(|(_, raw)| raw.as_str())
    };
    let japanese = match lang {
        Lang::Ja => find(&|given| given.strip_suffix("_ja") == Some(name)),
        Lang::En => None,
    };
    japanese.or_else(|| find(&|given| given == name))
}

/// A value as a person of this language reads it.
fn shown(name: &str, raw: &str, lang: Lang) -> String {
    let worded = match name {
        "state" => raw.parse::<State>().ok().map(|state| labels::state(state, lang).to_owned()),
        "role" | "needed" => roles(raw, lang),
        "day" => {
            raw.parse::<NaiveDate>().ok().map(|day| lang.pick(day::echo(day), day::echo_en(day)))
        }
        "until" => raw.parse::<Instant>().ok().map(|time| time_of_day(time, lang)),
        _ => None,
    };
    worded.unwrap_or_else(|| for_terminal_bounded(raw, VALUE_CHARS).trim().to_owned())
}

/// `operator, supervisor` in words, where every part is a role.
fn roles(raw: &str, lang: Lang) -> Option<String> {
    let roles: Result<Vec<Role>, _> = raw.split(',').map(|part| part.trim().parse()).collect();
    let words: Vec<&str> = roles.ok()?.into_iter().map(|role| labels::role(role, lang)).collect();
    Some(words.join(lang.pick("、", ", ")))
}

/// `3月13日10時25分` or `10:25 on 13 March`: the next whole minute, so that nobody who waits
/// for it tries too early.
fn time_of_day(time: Instant, lang: Lang) -> String {
    const ALMOST_A_MINUTE_MICROS: i64 = 59_999_999;
    let time = Instant::from_micros(time.micros().saturating_add(ALMOST_A_MINUTE_MICROS));
    let day = time.jst_day();
    let (hour, minute, _) = time.jst_hour_minute_second();
    lang.pick(
        format!("{}月{}日{hour}時{minute:02}分", day.month(), day.day()),
        format!("{hour}:{minute:02} on {} {}", day.day(), month_en(day)),
    )
}

/// Every refusal with what it means and what to do next, as the table of the README.
#[must_use]
pub fn refusal_table_markdown(lang: Lang) -> String {
    let head = lang.pick(
        "| コード | 意味 | 次にすること |\n|---|---|---|\n",
        "| code | what it means | what to do next |\n|---|---|---|\n",
    );
    let mut table = head.to_owned();
    for code in Code::ALL {
        let Sentence { message, next } = refusal(&Refusal::new(*code), lang);
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| `{}` | {message} | {next} |", code.as_str());
    }
    table
}
