//! From the file to the settings: what stands at its top.

use std::path::PathBuf;

use regex::Regex;

use crate::domain::campaign::Guards;
use crate::domain::number::NumberPattern;
use crate::domain::yen::Yen;
use crate::texts::Lang;

use super::Settings;
use super::campaign;
use super::desk;
use super::error::{ConfigError, shown};
use super::file::Raw;
use super::page::Page;
use super::serve;
use super::value::Entry;

/// The longest pattern that is taken, in characters.
const MAX_PATTERN_CHARS: usize = 200;
/// The longest URL of a database or place of a folder, in characters.
const MAX_URL_CHARS: usize = 2_000;
/// A lock or its window lasts a day at most.
const MAX_MINUTES: i64 = 1_440;

/// Checks everything and puts it together.
pub(super) fn settings(page: &Page<'_>, raw: &Raw) -> Result<Settings, ConfigError> {
    Ok(Settings {
        campaign: campaign::campaign(page, &raw.campaign)?,
        guards: guards(page, raw)?,
        number_pattern: pattern(&Entry::new(page, "number_pattern", &raw.number_pattern))?,
        database: raw
            .database
            .as_ref()
            .map(|leaf| database(&Entry::new(page, "database", leaf)))
            .transpose()?,
        language: raw
            .language
            .as_ref()
            .map(|leaf| language(&Entry::new(page, "language", leaf)))
            .transpose()?,
        dictionary: raw
            .search
            .as_ref()
            .and_then(|search| search.dictionary.as_ref())
            .map(|leaf| folder(&Entry::new(page, "search.dictionary", leaf)))
            .transpose()?,
        desk: raw
            .desk
            .as_ref()
            .map(|table| desk::desk(page, table))
            .transpose()?
            .unwrap_or_default(),
        serve: raw
            .serve
            .as_ref()
            .map(|table| serve::serve(page, table))
            .transpose()?
            .unwrap_or_default(),
    })
}

fn guards(page: &Page<'_>, raw: &Raw) -> Result<Guards, ConfigError> {
    let limit = Entry::new(page, "operator_limit_yen", &raw.operator_limit_yen);
    let throttle = &raw.look_up_throttle;
    let misses = Entry::new(page, "look_up_throttle.misses", &throttle.misses);
    let within = Entry::new(page, "look_up_throttle.within_minutes", &throttle.within_minutes);
    let lock = Entry::new(page, "look_up_throttle.lock_minutes", &throttle.lock_minutes);
    Ok(Guards {
        operator_limit: limit.integer(0..=Yen::MAX_RECORD.get()).map(Yen::new)?,
        four_eyes_always: four_eyes_always(&Entry::new(page, "four_eyes", &raw.four_eyes))?,
        throttle_misses: misses.count(1..=100)?,
        throttle_window_minutes: within.integer(1..=MAX_MINUTES)?,
        throttle_lock_minutes: lock.integer(1..=MAX_MINUTES)?,
    })
}

fn four_eyes_always(entry: &Entry<'_>) -> Result<bool, ConfigError> {
    match entry.text()? {
        "always" => Ok(true),
        "above-limit" => Ok(false),
        _ => Err(entry.wrong(
            "\"above-limit\" または \"always\" でなければなりません",
            "this must be \"above-limit\" or \"always\"",
        )),
    }
}

fn language(entry: &Entry<'_>) -> Result<Lang, ConfigError> {
    entry.text()?.parse().map_err(|_| {
        entry.wrong("\"ja\" または \"en\" でなければなりません", "this must be \"ja\" or \"en\"")
    })
}

/// Whether anything is there is asked when it is needed: a desk needs no dictionary.
fn folder(entry: &Entry<'_>) -> Result<PathBuf, ConfigError> {
    let written = PathBuf::from(entry.line_of_text(MAX_URL_CHARS)?);
    if written.is_absolute() {
        return Ok(written);
    }
    Err(entry.wrong(
        "/ で始まるフォルダーの場所でなければなりません",
        "this must be the place of a folder, beginning with /",
    ))
}

/// The value is never repeated: it may hold a password.
fn database(entry: &Entry<'_>) -> Result<String, ConfigError> {
    let url = entry.line_of_text(MAX_URL_CHARS)?;
    let known = ["sqlite://", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme)) {
        return Ok(url);
    }
    Err(entry.wrong(
        "sqlite://PATH または postgres://… でなければなりません",
        "this must be sqlite://PATH or postgres://…",
    ))
}

/// Only ASCII is left of a folded number, so `\d` may mean 0 to 9: the tables of all the
/// world's digits are not built in, and without them it would be refused.
///
/// Compiled by itself first: a pattern with a bracket too many could else close the group
/// that it is put into, and match a part of a number.
fn pattern(entry: &Entry<'_>) -> Result<NumberPattern, ConfigError> {
    let written = entry.line_of_text(MAX_PATTERN_CHARS)?;
    let made = if Regex::new(&written).is_ok() {
        NumberPattern::new(&written)
    } else {
        Regex::new(&format!("(?-u){written}"))
            .and_then(|_| NumberPattern::new(&format!("(?-u:{written})")))
    };
    made.map_err(|_| {
        let written = shown(&written);
        entry.wrong(
            format!("「{written}」は正規表現として正しくありません"),
            format!("“{written}” is not a regular expression"),
        )
    })
}
