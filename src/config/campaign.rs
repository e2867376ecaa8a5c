//! From the file to the campaign: its days and their order.

use chrono::NaiveDate;

use crate::domain::campaign::{Campaign, Deadlines, HotlineHours};
use crate::domain::day;
use crate::domain::prefecture::{Prefecture, UnknownPrefecture};
use crate::domain::time::{Instant, Window};

use super::error::{ConfigError, What, shown};
use super::file::{self, OneOrMany};
use super::page::Page;
use super::value::{Entry, each, list};

const MAX_NAME_CHARS: usize = 80;
const MAX_BRAND_CHARS: usize = 60;
const MAX_BRANDS: usize = 20;
const MAX_EXPIRIES: usize = 31;
const MAX_HOLIDAYS: usize = 400;
const MAX_WARNING_DAYS: u32 = 365;

/// A day that was read, and where it stands.
struct Dated<'a> {
    entry: Entry<'a>,
    key: &'a str,
    day: NaiveDate,
}

fn dated<'a>(
    page: &'a Page<'a>,
    key: &'a str,
    leaf: &'a file::Leaf,
) -> Result<Dated<'a>, ConfigError> {
    let entry = Entry::new(page, key, leaf);
    Ok(Dated { day: entry.day()?, entry, key })
}

/// Refuses `later` where it is before `earlier`.
fn in_order(earlier: &Dated<'_>, later: &Dated<'_>) -> Result<(), ConfigError> {
    if earlier.day <= later.day {
        return Ok(());
    }
    let (name, ja, en) = (earlier.key, day::echo(earlier.day), day::echo_en(earlier.day));
    Err(later.entry.wrong(
        format!("{name}（{ja}）より前にはできません"),
        format!("this must not be before {name} ({en})"),
    ))
}

/// Checks the `[campaign]` table.
pub(super) fn campaign(page: &Page<'_>, raw: &file::Campaign) -> Result<Campaign, ConfigError> {
    let name = Entry::new(page, "campaign.name", &raw.name).line_of_text(MAX_NAME_CHARS)?;
    let first = dated(page, "campaign.first_extension", &raw.first_extension)?;
    let extended = dated(page, "campaign.extended_expiry", &raw.extended_expiry)?;
    let last = dated(page, "campaign.last_day", &raw.last_day)?;
    in_order(&first, &extended)?;
    in_order(&extended, &last)?;
    let expiries = "campaign.class_a_expiries";
    let brands = "campaign.points_brands";
    let warning = Entry::new(page, "campaign.lapse_warning_days", &raw.lapse_warning_days);
    Ok(Campaign {
        name,
        prefectures: prefectures(page, &raw.prefectures)?,
        outage: outage(page, &raw.outage)?,
        class_a_expiries: list(page, expiries, &raw.class_a_expiries, 1..=MAX_EXPIRIES, |entry| {
            class_a_expiry(entry, first.day)
        })?,
        first_extension: first.day,
        extended_expiry: extended.day,
        points_brands: list(page, brands, &raw.points_brands, 1..=MAX_BRANDS, |entry| {
            entry.line_of_text(MAX_BRAND_CHARS)
        })?,
        deadlines: deadlines(page, &raw.deadlines)?,
        last_day: last.day,
        lapse_warning_days: warning.count(0..=MAX_WARNING_DAYS)?,
        hours: hours(page, &raw.hours)?,
    })
}

fn class_a_expiry(entry: &Entry<'_>, first_extension: NaiveDate) -> Result<NaiveDate, ConfigError> {
    let expiry = entry.day()?;
    if expiry <= first_extension {
        return Ok(expiry);
    }
    let (ja, en) = (day::echo(first_extension), day::echo_en(first_extension));
    Err(entry.wrong(
        format!("campaign.first_extension（{ja}）より後にはできません"),
        format!("this must not be after campaign.first_extension ({en})"),
    ))
}

fn outage(page: &Page<'_>, raw: &file::Outage) -> Result<Window, ConfigError> {
    let until = Entry::new(page, "campaign.outage.until", &raw.until);
    let from: Instant = Entry::new(page, "campaign.outage.from", &raw.from).time()?;
    Window::new(from, until.time()?).map_err(|bad| until.wrong(bad.message_ja(), bad.to_string()))
}

fn deadlines(page: &Page<'_>, raw: &file::Deadlines) -> Result<Deadlines, ConfigError> {
    let opens = dated(page, "campaign.deadlines.site_opens_on", &raw.site_opens_on)?;
    let sent = dated(page, "campaign.deadlines.points_sent_from", &raw.points_sent_from)?;
    let apply = dated(page, "campaign.deadlines.apply_by", &raw.apply_by)?;
    let receive = dated(page, "campaign.deadlines.receive_by", &raw.receive_by)?;
    let transfers = dated(page, "campaign.deadlines.transfers_from", &raw.transfers_from)?;
    in_order(&opens, &apply)?;
    in_order(&apply, &receive)?;
    in_order(&sent, &receive)?;
    in_order(&opens, &transfers)?;
    Ok(Deadlines {
        site_opens_on: opens.day,
        points_sent_from: sent.day,
        apply_by: apply.day,
        receive_by: receive.day,
        transfers_from: transfers.day,
    })
}

fn hours(page: &Page<'_>, raw: &file::Hours) -> Result<HotlineHours, ConfigError> {
    let opens_minute = Entry::new(page, "campaign.hours.opens", &raw.opens).minute_of_day()?;
    let closes = Entry::new(page, "campaign.hours.closes", &raw.closes);
    let closes_minute = closes.minute_of_day()?;
    if closes_minute <= opens_minute {
        return Err(closes.wrong(
            "campaign.hours.opens より後でなければなりません",
            "this must be after campaign.hours.opens",
        ));
    }
    let every_day = raw.every_day_until.as_ref();
    let holidays = "campaign.hours.holidays";
    Ok(HotlineHours {
        opens_minute,
        closes_minute,
        every_day_until: every_day
            .map(|leaf| Entry::new(page, "campaign.hours.every_day_until", leaf).day())
            .transpose()?,
        holidays: list(page, holidays, &raw.holidays, 0..=MAX_HOLIDAYS, |entry| entry.day())?,
    })
}

fn prefectures(
    page: &Page<'_>,
    raw: &toml::Spanned<OneOrMany>,
) -> Result<Option<Vec<Prefecture>>, ConfigError> {
    let key = "campaign.prefectures";
    match raw.get_ref() {
        OneOrMany::One(word) if word == "all" => Ok(None),
        OneOrMany::One(word) => {
            let word = shown(word);
            let what = What::new(
                format!(
                    "「{word}」ではなく、\"all\" または [\"奈良県\"] のような一覧にしてください"
                ),
                format!("“{word}” must be \"all\" or a list such as [\"奈良県\"]"),
            );
            Err(page.wrong(key, raw.span(), what))
        }
        OneOrMany::Many(leaves) if leaves.is_empty() => {
            let what = What::new(
                "一覧が空です。すべての都道府県なら \"all\" にしてください",
                "the list is empty; for every prefecture write \"all\"",
            );
            Err(page.wrong(key, raw.span(), what))
        }
        OneOrMany::Many(leaves) => each(page, key, leaves, prefecture).map(Some),
    }
}

fn prefecture(entry: &Entry<'_>) -> Result<Prefecture, ConfigError> {
    let read: Result<Prefecture, UnknownPrefecture> = entry.text()?.parse();
    read.map_err(|bad| entry.wrong(bad.message_ja(), bad.to_string()))
}
