//! What the built-in settings say, and every other way of writing them.

use chrono::NaiveDate;

use super::*;
use crate::domain::time::Instant;
use crate::domain::yen::Yen;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a fixed day")
}

/// The example with one piece replaced, and the line where the piece stood.
pub(super) fn edited(from: &str, to: &str) -> (String, usize) {
    assert_eq!(EXAMPLE.matches(from).count(), 1, "“{from}” stands once in the example");
    let before = EXAMPLE.split(from).next().expect("a first part");
    (EXAMPLE.replace(from, to), 1 + before.matches('\n').count())
}

/// The refusal of a file that is wrong.
pub(super) fn refused(text: &str) -> ConfigError {
    Settings::parse(text, "my.toml").expect_err("a file that is wrong")
}

/// The settings of the example with one piece replaced.
pub(super) fn taken(from: &str, to: &str) -> Settings {
    let (text, _) = edited(from, to);
    Settings::parse(&text, "my.toml").unwrap_or_else(|wrong| panic!("“{to}”: {wrong}"))
}

#[test]
fn the_built_in_settings_are_those_of_the_announcement() {
    let settings = Settings::builtin().expect("the built-in settings");
    let campaign = &settings.campaign;
    assert_eq!(campaign.name, "いまなら。キャンペーン2022プラス");
    assert_eq!(campaign.prefectures, None);
    assert_eq!(campaign.class_a_expiries, [day("2023-02-24")]);
    assert_eq!(campaign.first_extension, day("2023-02-26"));
    assert_eq!(campaign.extended_expiry, day("2023-03-31"));
    assert_eq!(campaign.points_brands.len(), 5);
    assert_eq!(campaign.outage.from().to_string(), "2023-02-24T17:00:00+09:00");
    assert_eq!(campaign.outage.until().to_string(), "2023-02-25T00:00:00+09:00");
    assert_eq!(campaign.deadlines.site_opens_on, day("2023-03-22"));
    assert_eq!(campaign.deadlines.points_sent_from, day("2023-04-01"));
    assert_eq!(campaign.deadlines.apply_by, day("2023-04-30"));
    assert_eq!(campaign.deadlines.receive_by, day("2023-05-31"));
    assert_eq!(campaign.deadlines.transfers_from, day("2023-05-15"));
    assert_eq!((campaign.last_day, campaign.lapse_warning_days), (day("2023-05-31"), 14));
    assert_eq!(settings.guards.operator_limit, Yen::new(5_000));
    assert!(!settings.guards.four_eyes_always);
    assert_eq!(settings.guards.throttle_misses, 20);
    assert_eq!(settings.guards.throttle_window_minutes, 10);
    assert_eq!(settings.guards.throttle_lock_minutes, 10);
    assert!(settings.number_pattern.parse("1234-5678").is_ok());
    assert!(settings.number_pattern.parse("123").is_err());
    assert_eq!((settings.database, settings.language), (None, None));
}

#[test]
fn the_hotline_keeps_the_hours_of_the_announcement() {
    let hours = Settings::builtin().expect("the built-in settings").campaign.hours;
    let open = |text: &str| hours.open_at(text.parse::<Instant>().expect("a fixed time"));
    assert!(open("2023-03-21 10:00"), "in March holidays too");
    assert!(open("2023-03-26 17:59"), "in March Sundays too");
    assert!(!open("2023-03-26 18:00") && !open("2023-03-27 09:59"));
    assert!(!open("2023-04-01 12:00"), "a Saturday in April");
    assert!(!open("2023-05-03 12:00"), "a holiday in May");
    assert!(open("2023-05-08 12:00"));
}

#[test]
fn what_the_announcement_does_not_say_is_marked_as_an_assumption() {
    let mark = "# 仮定・要確認 / ASSUMPTION, to be confirmed by the campaign office";
    for key in [
        "operator_limit_yen",
        "four_eyes",
        "number_pattern",
        "misses",
        "within_minutes",
        "lock_minutes",
        "last_day",
        "lapse_warning_days",
        "from",
        "until",
    ] {
        let start = format!("{key} = ");
        let line = EXAMPLE.lines().find(|line| line.starts_with(&start));
        assert!(line.is_some_and(|line| line.ends_with(mark)), "{key}");
    }
    assert_eq!(EXAMPLE.matches(mark).count(), 10);
}

#[test]
fn every_other_way_of_writing_is_taken() {
    assert!(taken("\"above-limit\" # ", "\"always\" # ").guards.four_eyes_always);
    let local = taken("first_extension = \"2023-02-26\"", "first_extension = 2023-02-26");
    assert_eq!(local.campaign.first_extension, day("2023-02-26"));
    for from in [
        "2023-02-24T17:30:00",
        "2023-02-24 17:30:00",
        "2023-02-24T08:30:00Z",
        "\"2023-02-24T17:30:00+09:00\"",
        "\"2023/2/24 17:30\"",
    ] {
        let settings = taken("from = \"2023-02-24 17:00\"", &format!("from = {from}"));
        assert_eq!(settings.campaign.outage.from().to_string(), "2023-02-24T17:30:00+09:00");
    }
    for opens in ["\"9:30\"", "\"09:30\"", "\"０９：３０\"", "09:30:00"] {
        let settings = taken("opens = \"10:00\"", &format!("opens = {opens}"));
        assert_eq!(settings.campaign.hours.opens_minute, 570, "{opens}");
    }
    let late = taken("closes = \"18:00\"", "closes = \"24:00\"");
    assert_eq!(late.campaign.hours.closes_minute, 1_440);
    let nara = taken("prefectures = \"all\"", "prefectures = [\"奈良県\", \"kyoto\"]");
    let names: Vec<_> = nara.campaign.prefectures.iter().flatten().map(|p| p.name()).collect();
    assert_eq!(names, ["奈良県", "京都府"]);
    let placed = taken("# database = ", "database = ");
    assert_eq!(placed.database.as_deref(), Some("sqlite://madoguchi.db"));
    assert_eq!(taken("# language = ", "language = ").language, Some(Lang::Ja));
    assert_eq!(taken("every_day_until = \"2023-03-31\"", "").campaign.hours.every_day_until, None);
}

#[test]
fn the_dictionary_is_where_the_settings_say_whether_it_is_there_or_not() {
    let example = Settings::builtin().expect("the built-in settings");
    assert_eq!(example.dictionary.as_deref(), Some(Path::new("/usr/share/mecab/dic/ipadic")));
    let line = "dictionary = \"/usr/share/mecab/dic/ipadic\"";
    assert_eq!(taken(line, "").dictionary, None);
    let (text, _) = edited("[search]", "");
    assert_eq!(Settings::parse(&text.replace(line, ""), "my.toml").expect("read").dictionary, None);
    let spaced = taken(line, "dictionary = '/opt/辞書 2/ipadic'");
    assert_eq!(spaced.dictionary.as_deref(), Some(Path::new("/opt/辞書 2/ipadic")));
}

#[test]
fn digits_may_be_written_as_a_class_in_a_pattern() {
    let settings = taken("\"[0-9A-Z]{4,32}\"", r"'\d{13}|A\d{3}'");
    assert!(settings.number_pattern.parse("1234567890123").is_ok());
    assert!(settings.number_pattern.parse("A12").is_err());
    assert!(settings.number_pattern.parse("12345678901234").is_err());
}

#[test]
fn a_byte_order_mark_and_the_line_ends_of_windows_are_taken() {
    let text = format!("\u{FEFF}{}", EXAMPLE.replace('\n', "\r\n"));
    assert!(Settings::parse(&text, "my.toml").is_ok());
    let (text, line) = edited("lock_minutes = 10", "lock_minutes = 0");
    let wrong = refused(&format!("\u{FEFF}{}", text.replace('\n', "\r\n")));
    assert_eq!(wrong.line, Some(line));
}

#[test]
fn what_the_example_says_of_the_desks_over_ssh_is_what_is_used_without_it() {
    let usual = ServeSettings::default();
    let (_, table) = EXAMPLE.split_once("[serve]\n").expect("the last table");
    let settings = |line: &&str| line.starts_with("# ") && line.contains(" = ");
    let mut written = EXAMPLE.replace(table, "");
    for line in table.lines().filter(settings) {
        written.push_str(line.trim_start_matches("# "));
        written.push('\n');
    }
    assert!(written.contains("\nmetrics = "), "{written}");
    assert_eq!(Settings::parse(&written, "my.toml").expect("read").serve, usual);
    assert_eq!(Settings::builtin().expect("the built-in settings").serve, usual);
}

#[test]
fn the_desks_over_ssh_are_served_as_the_settings_say() {
    let keys = taken("# sign_in = [\"key\", \"password\"]", "sign_in = [\"key\"]").serve;
    assert!(keys.takes(SignInBy::Key) && !keys.takes(SignInBy::Password));
    let every = taken("# listen = \"127.0.0.1:2222\"", "listen = \"[::]:22\"").serve;
    assert_eq!(every.listen.to_string(), "[::]:22");
    assert_eq!(taken("# metrics = \"127.0.0.1:9464\"", "metrics = \"off\"").serve.metrics, None);
    let short = taken("# idle_minutes = 60", "idle_minutes = 5").serve;
    assert_eq!(short.idle_time, std::time::Duration::from_mins(5));
}
