use proptest::prelude::*;

use super::*;

fn ymd(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn at(s: &str) -> Instant {
    parse_record_time(s).unwrap()
}

#[test]
fn one_moment_is_written_in_many_ways() {
    let moment = Instant::from_micros(1_677_229_330_000_000);
    for s in "2023-02-24 18:02:10|2023-02-24T18:02:10|2023-02-24T18:02:10+09:00|\
        2023-02-24 18:02:10+09:00|2023-02-24T09:02:10Z|2023-02-24t09:02:10z|\
        2023-02-24T09:02:10+00:00|2023-02-24T09:02:10-00:00|2023-02-24T04:02:10-05:00|\
        2023-02-24T14:32:10+05:30|2023-02-24 18:02:10.000|\
        2023-02-24T18:02:10.000000000000+09:00|2023/2/24 18:02:10|2023/02/24 18:02:10| 2023-02-24 18:02:10\t|\
        ２０２３－０２－２４　１８：０２：１０|２０２３／２／２４　１８：０２：１０"
        .split('|')
    {
        assert_eq!(parse_record_time(s), Ok(moment), "{s}");
    }
    let minute = moment.plus_seconds(-10);
    for s in ["2023-02-24 18:02", "2023/2/24 18:02", "2023-02-24T18:02", "2023-02-24T09:02Z"] {
        assert_eq!(parse_record_time(s), Ok(minute), "{s}");
    }
    assert_eq!(at("2023/2/24 9:05"), at("2023-02-24 09:05:00"));
    assert_eq!(at("2023-02-24 18:02:10.5"), Instant::from_micros(moment.micros() + 500_000));
    assert_eq!(at("2023-02-24T18:02:10.000001+09:00").micros(), moment.micros() + 1);
}

#[test]
fn what_is_no_time_is_refused() {
    for s in "| |2023-02-24|18:02|2023-02-24 18:0|2023-02-24 18:|2023-02-24 9:05|\
        2023/2/24 18:2|2023/2/24 18|2023-2-24 18:02|2023/2-24 18:02|23/2/24 18:02|\
        2023/2/24T18:02|2023/2/24 18:02Z|2023-02-24  18:02|2023-02-24_18:02:10|\
        2023-02-24 18:02:1|2023-02-24 18:02:10.|2023-02-24 18:02.5|\
        2023-02-24T18:02:10+0900|2023-02-24T18:02:10+09|2023-02-24T18:02:10+9:00|\
        2023-02-24T18:02:10+09:00x|2023-02-24T18:02:10Zx|2023-02-24T18:02:10 +09:00|\
        2023-02-24 18:02:10x|02023-02-24 18:02|+023-02-24 18:02:10|1899-12-31 18:02:10|\
        0023-02-24T18:02:10+09:00|1900-01-01T00:00:00+09:01|9999-12-31T23:59:59-12:00|\
        1677229330|R5.2.24 18:02|2023年2月24日 18:02|2023-02-24 6:02 PM"
        .split('|')
    {
        let refused = parse_record_time(s);
        assert!(matches!(refused, Err(TimeError::Unreadable { .. })), "{s:?} {refused:?}");
    }
    for s in "2023-02-29 10:00:00|2023/2/29 10:00|2023-04-31T10:00:00Z|2023-13-01 10:00|\
        2023-00-01 10:00:00|2100-02-29 10:00:00"
        .split('|')
    {
        assert_eq!(parse_record_time(s), Err(TimeError::NoSuchDay { value: s.into() }));
    }
    for s in "2023-02-24 24:00|2023-02-24 24:00:00|2023-02-24 23:60:00|2023/2/24 25:00|\
        2023-02-24 23:59:60|2016-12-31T23:59:60Z|2023-02-24T10:00:00+24:00|\
        2023-02-24T10:00:00+09:60"
        .split('|')
    {
        assert_eq!(parse_record_time(s), Err(TimeError::NoSuchTime { value: s.into() }));
    }
    for s in ["2023-02-24 18:02:10.0000001", "2023-02-24T18:02:10.1234567Z"] {
        assert_eq!(parse_record_time(s), Err(TimeError::TooFine { value: s.into() }));
    }
}

#[test]
fn a_refusal_says_what_was_written_and_is_safe_to_print() {
    let e = parse_record_time("2023-02-29 10:00\u{1B}").unwrap_err();
    assert!(e.to_string().starts_with("“2023-02-29 10:00�” is not a time"));
    let e = parse_record_time("2023-02-29 10:00").unwrap_err();
    assert_eq!(e.message_ja(), "「2023-02-29 10:00」は存在しない日です");
}

#[test]
fn the_last_minute_of_a_day_is_that_day() {
    let deadline = Instant::end_of_day_jst(ymd(2023, 3, 31));
    assert_eq!(deadline, at("2023-04-01 00:00:00"));
    assert_eq!(deadline, Instant::start_of_day_jst(ymd(2023, 4, 1)));
    let last = at("2023-03-31 23:59:59.999999");
    assert!(last < deadline && at("2023-03-31 23:59") < deadline);
    assert_eq!(last.jst_day(), ymd(2023, 3, 31));
    assert_eq!(last.jst_hour_minute_second(), (23, 59, 59));
    assert_eq!(deadline.jst_day(), ymd(2023, 4, 1));
    // The evening of a Japanese day is the afternoon in UTC, its morning the day before.
    assert_eq!(at("2023-03-31T14:59:59Z").jst_day(), ymd(2023, 3, 31));
    assert_eq!(at("2023-03-31T15:00:00Z").jst_day(), ymd(2023, 4, 1));
}

#[test]
fn leap_days_and_year_ends() {
    assert_eq!(at("2024-02-29 23:59").plus_minutes(1), at("2024-03-01 00:00"));
    assert_eq!(at("2023-02-28 23:59").plus_minutes(1), at("2023-03-01 00:00"));
    assert_eq!(at("2022-12-31 23:59:59").plus_seconds(1), at("2023-01-01 00:00"));
    assert_eq!(at("2022-12-31T15:00:00Z").to_string(), "2023-01-01T00:00:00+09:00");
    assert_eq!(Instant::end_of_day_jst(ymd(2024, 2, 28)).jst_day(), ymd(2024, 2, 29));
    assert_eq!(at("1969-12-31 23:59:59").jst_hour_minute_second(), (23, 59, 59));
    assert_eq!(at("1969-12-31 23:59:59").jst_day(), ymd(1969, 12, 31));
    assert_eq!(Instant::from_micros(0).to_string(), "1970-01-01T09:00:00+09:00");
}

#[test]
fn a_clock_in_japan_is_taken_as_it_is() {
    let day = ymd(2023, 2, 24);
    assert_eq!(Instant::from_jst(day, 18, 2, 10), Some(at("2023-02-24 18:02:10")));
    for (h, m, s) in [(24, 0, 0), (0, 60, 0), (0, 0, 60)] {
        assert_eq!(Instant::from_jst(day, h, m, s), None);
    }
    assert_eq!(Instant::from_jst(ymd(1899, 12, 31), 0, 0, 0), None);
    assert_eq!(Instant::from_jst(NaiveDate::MAX, 0, 0, 0), None);
}

#[test]
fn the_ends_of_the_range_are_not_passed() {
    assert_eq!(Instant::MIN, Instant::start_of_day_jst(ymd(1900, 1, 1)));
    assert_eq!(Instant::MIN.to_string(), "1900-01-01T00:00:00+09:00");
    assert_eq!(Instant::MAX.to_string(), "9999-12-31T23:59:59.999999+09:00");
    assert_eq!(Instant::from_micros(i64::MIN), Instant::MIN);
    assert_eq!(Instant::from_micros(i64::MAX), Instant::MAX);
    assert_eq!(Instant::MAX.plus_days(i64::MAX), Instant::MAX);
    assert_eq!(Instant::MIN.plus_minutes(i64::MIN), Instant::MIN);
    assert_eq!(Instant::start_of_day_jst(NaiveDate::MAX), Instant::MAX);
    assert_eq!(Instant::end_of_day_jst(NaiveDate::MIN), Instant::MIN);
    assert_eq!(Instant::MAX.checked_add(Duration::from_micros(1)), None);
    assert_eq!(Instant::MIN.checked_add_signed(TimeDelta::microseconds(-1)), None);
    assert_eq!(Instant::MAX.checked_add(Duration::MAX), None);
    assert_eq!(Instant::MIN.checked_add_signed(TimeDelta::MAX), None);
    let noon = at("2023-02-24 12:00");
    assert_eq!(noon.checked_add(Duration::from_mins(1)), Some(noon.plus_minutes(1)));
    assert_eq!(noon.checked_add_signed(TimeDelta::days(-1)), Some(noon.plus_days(-1)));
    assert_eq!(noon.plus_minutes(5).since(noon), TimeDelta::minutes(5));
    assert_eq!(Instant::from(DateTime::<Utc>::MAX_UTC), Instant::MAX);
    assert_eq!(Instant::from(DateTime::<Utc>::UNIX_EPOCH).micros(), 0);
}

#[test]
fn json_has_the_offset() {
    let moment = at("2023-02-24 18:02:10");
    let json = serde_json::to_string(&moment).unwrap();
    assert_eq!(json, "\"2023-02-24T18:02:10+09:00\"");
    assert_eq!(serde_json::from_str::<Instant>(&json).unwrap(), moment);
    assert!(serde_json::from_str::<Instant>("\"18:02\"").is_err());
    assert_eq!(format!("{moment:?}"), "Instant(2023-02-24T18:02:10+09:00)");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(s in any::<String>(), near in "[-0-9/: TZ+.０：／]{0,30}") {
        for text in [&s, &near] {
            for e in [text.parse::<Instant>().err(), text.parse::<Window>().err()] {
                prop_assert!(e.is_none_or(|e| !(e.to_string() + &e.message_ja()).is_empty()));
            }
        }
    }

    #[test]
    fn what_is_shown_is_read_back(micros in Instant::MIN.micros()..=Instant::MAX.micros()) {
        for instant in [Instant::from_micros(micros), Instant::from_micros(micros / 1_000_000 * 1_000_000)] {
            prop_assert_eq!(instant.to_string().parse(), Ok(instant));
            prop_assert_eq!(usual_and_slow_agree(&instant.to_string()), Ok(instant));
            let (h, m, s) = instant.jst_hour_minute_second();
            let shown = Instant::from_jst(instant.jst_day(), h, m, s);
            prop_assert_eq!(shown.map(|i| instant.since(i).num_seconds()), Some(0));
            let day = instant.jst_day();
            prop_assert!(Instant::start_of_day_jst(day) <= instant);
            prop_assert!(instant < Instant::end_of_day_jst(day) || instant == Instant::MAX);
        }
        let w = Window::new(Instant::MIN, Instant::from_micros(micros).plus_seconds(1));
        let w = w.unwrap();
        prop_assert_eq!(w.to_string().parse(), Ok(w));
    }
}

/// A full-width digit sends the same time down the slow way.
fn usual_and_slow_agree(s: &str) -> Result<Instant, TimeError> {
    parse_record_time(&s.replacen('1', "１", 1).replacen('2', "２", 1))
}
