use proptest::prelude::*;

use super::*;

fn ymd(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn typed(s: &str) -> Result<NaiveDate, DayError> {
    parse_day(s, 2023)
}

#[test]
fn an_expiry_is_typed_in_many_ways() {
    for s in "2/24 02/24 2-24 2.24 0224 224 ２／２４ 2・24 2ー24 2。24 2月24日 ２月２４日 2月24 \
        二月二十四日 2023/2/24 2023-02-24 2023.2.24 20230224 ２０２３０２２４ 2023年2月24日 \
        2023年02月24日 二〇二三年二月二十四日 2023・2・24 R5.2.24 r5/2/24 R5-2-24 R05.02.24 \
        R050224 Ｒ５．２．２４ 令和5年2月24日 令5.2.24 令和五年二月二十四日 ㋿5年2月24日 2/24(金) \
        2/24（金） 2/24金曜日 2/24(金曜) 2/24(金)まで 2月24日まで 2月24日金曜日まで 2/24(Fri) \
        2023-02-24(fri) 2/24㈮ 2023−2−24 2月24日迄"
        .split_whitespace()
    {
        assert_eq!(typed(s), Ok(ymd(2023, 2, 24)), "{s}");
    }
    for s in " 2/24 |2 24|2023 2 24|2023年 2月 24日|2 / 24|2/24 (金)|2/24 Fri|2/24 まで|二 二四|\
        2/24　|　２　２４|2023年2月24日 （ 金 ）"
        .split('|')
    {
        assert_eq!(typed(s), Ok(ymd(2023, 2, 24)), "{s:?}");
    }
}

#[test]
fn kanji_numbers_count_by_tens() {
    assert_eq!(typed("令和五年十二月三十一日"), Ok(ymd(2023, 12, 31)));
    assert_eq!(typed("平成三十年十月十日"), Ok(ymd(2018, 10, 10)));
    assert_eq!(typed("昭和六十四年一月七日"), Ok(ymd(1989, 1, 7)));
    for s in "二百月一日|十十月一日|二4月1日|2四月1日|二十〇月一日|〇十月一日".split('|')
    {
        assert!(matches!(typed(s), Err(DayError::Unreadable { .. })), "{s}");
    }
}

#[test]
fn eras_change_on_a_day_and_not_on_a_year() {
    for (s, day) in [
        ("平成31年4月30日", ymd(2019, 4, 30)),
        ("H31.4.30", ymd(2019, 4, 30)),
        ("R1.5.1", ymd(2019, 5, 1)),
        ("令和元年5月1日", ymd(2019, 5, 1)),
        ("令和元.5.1", ymd(2019, 5, 1)),
        ("R元/5/1", ymd(2019, 5, 1)),
        ("S64.1.7", ymd(1989, 1, 7)),
        ("H1.1.8", ymd(1989, 1, 8)),
        ("平成元年1月8日", ymd(1989, 1, 8)),
        ("S1.12.25", ymd(1926, 12, 25)),
        ("H310430", ymd(2019, 4, 30)),
    ] {
        assert_eq!(typed(s), Ok(day), "{s}");
    }
    for (s, era, year, day) in [
        ("H31.5.1", Era::Heisei, 31, ymd(2019, 5, 1)),
        ("R1.4.30", Era::Reiwa, 1, ymd(2019, 4, 30)),
        ("令和元年1月1日", Era::Reiwa, 1, ymd(2019, 1, 1)),
        ("H1.1.7", Era::Heisei, 1, ymd(1989, 1, 7)),
        ("S64.1.8", Era::Showa, 64, ymd(1989, 1, 8)),
        ("S1.12.24", Era::Showa, 1, ymd(1926, 12, 24)),
        ("H35.2.24", Era::Heisei, 35, ymd(2023, 2, 24)),
    ] {
        assert_eq!(typed(s), Err(DayError::EraBoundary { era, year, day }), "{s}");
        assert!(parse_record_day(s).is_err());
    }
    let e = typed("H31.5.1").unwrap_err();
    assert_eq!(e.to_string(), "Heisei 31 does not have Wed 1 May 2019: that day is in Reiwa 1");
    assert_eq!(e.message_ja(), "平成31年に5月1日はありません。2019年5月1日（水）は令和元年です");
    assert!(typed("S1.1.1").unwrap_err().message_ja().ends_with("は大正15年です"));
}

#[test]
fn a_weekday_must_agree() {
    let e = typed("2/24(木)").unwrap_err();
    assert_eq!(e, DayError::WeekdayDiffers { day: ymd(2023, 2, 24), said: Weekday::Thu });
    assert_eq!(e.to_string(), "Fri 24 Feb 2023 is not a Thursday");
    assert_eq!(e.message_ja(), "曜日が合いません。2023年2月24日（金）で、木曜日ではありません");
    assert_eq!(typed("2/26(日)"), Ok(ymd(2023, 2, 26)));
    assert_eq!(typed("2月27日(月)"), Ok(ymd(2023, 2, 27)));
    assert!(matches!(typed("2/24(x)"), Err(DayError::Unreadable { .. })));
    assert!(matches!(typed("2/24日曜日"), Err(DayError::WeekdayDiffers { .. })));
}

#[test]
fn three_digits_are_taken_only_if_they_are_one_day() {
    assert_eq!(typed("331"), Ok(ymd(2023, 3, 31)));
    assert_eq!(typed("120"), Ok(ymd(2023, 1, 20)));
    assert_eq!(typed("229"), Err(DayError::NoSuchDay { year: 2023, month: 2, day: 29 }));
    let e = typed("111").unwrap_err();
    assert_eq!(e, DayError::Ambiguous { value: "111".into(), first: (1, 11), second: (11, 1) });
    assert_eq!(e.to_string(), "“111” may be 1/11 or 11/1: write it with a slash");
    assert_eq!(e.message_ja(), "「111」は1月11日とも11月1日とも読めます（/ で区切って入力）");
    assert!(matches!(typed("990"), Err(DayError::Unreadable { .. })));
}

#[test]
fn days_that_the_calendar_does_not_have() {
    for (s, year, month, day) in [
        ("2/29", 2023, 2, 29),
        ("4/31", 2023, 4, 31),
        ("13/1", 2023, 13, 1),
        ("0/1", 2023, 0, 1),
        ("2023/2/0", 2023, 2, 0),
        ("R5.2.30", 2023, 2, 30),
        ("1900-02-29", 1900, 2, 29),
        ("2324", 2023, 23, 24),
    ] {
        assert_eq!(typed(s), Err(DayError::NoSuchDay { year, month, day }), "{s}");
    }
    assert_eq!(parse_day("2/29", 2024), Ok(ymd(2024, 2, 29)));
    assert_eq!(typed("R6.2.29"), Ok(ymd(2024, 2, 29)));
    let e = typed("2/29").unwrap_err();
    assert_eq!(e.to_string(), "there is no 2023-02-29");
    assert_eq!(e.message_ja(), "2023年2月29日という日はありません");
}

#[test]
fn what_is_no_date_is_refused() {
    for s in "| |24|2|230224|23/2/24|2023224|2023/2|2023年|2023年2月|年2月24日|/2/24|2/24/|\
        2//24|2/24/2023|2023/2-24|-2/24|R5|R5/2|R0.1.1|R0224|R5224|Q5.2.24|T15.1.1|\
        R2023.2.24|+2/24|2/+4|0023-02-24|1899-12-31|令和元5月1日|元年5月1日|(金)|まで|\
        2/24(金|2/24)|2023年2月24日24日|月日|2/24 18:00|曜日|2023-002-24|2月2月4日"
        .split('|')
    {
        assert!(matches!(typed(s), Err(DayError::Unreadable { .. })), "{s:?} {:?}", typed(s));
    }
    let e = typed("あした\u{7}").unwrap_err();
    assert_eq!(e.to_string(), "“あした�” is not a date: write 2/24, 2023/2/24 or R5.2.24");
    assert!(e.message_ja().starts_with("「あした�」は日付として読めません"));
}

#[test]
fn a_record_has_a_full_date() {
    for s in "2023-02-24 2023/2/24 2023/02/24 20230224 R5.2.24 令和5年2月24日 ２０２３－０２－２４"
        .split(' ')
    {
        assert_eq!(parse_record_day(s), Ok(ymd(2023, 2, 24)), "{s}");
    }
    for s in ["2/24", "0224", "2月24日", "224"] {
        let missing = DayError::YearMissing { value: s.into() };
        assert_eq!(parse_record_day(s), Err(missing), "{s}");
    }
    assert_eq!(parse_record_day("9999-12-31"), Ok(ymd(9999, 12, 31)));
    assert!(matches!(parse_record_day("2023-02-29"), Err(DayError::NoSuchDay { .. })));
    assert!(matches!(parse_record_day("0000-01-01"), Err(DayError::Unreadable { .. })));
    assert!(matches!(parse_record_day(""), Err(DayError::Unreadable { .. })));
}

#[test]
fn the_echo_is_the_full_date_with_its_weekday() {
    assert_eq!(echo(ymd(2023, 2, 24)), "2023年2月24日（金）");
    assert_eq!(echo_en(ymd(2023, 2, 24)), "Fri 24 Feb 2023");
    assert_eq!(echo(ymd(2024, 2, 29)), "2024年2月29日（木）");
    assert_eq!(echo_en(ymd(2023, 12, 31)), "Sun 31 Dec 2023");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(s in any::<String>(), year in any::<i32>()) {
        let errors = [parse_day(&s, year).err(), parse_record_day(&s).err()];
        for e in errors.into_iter().flatten() {
            prop_assert!(!e.to_string().is_empty() && !e.message_ja().is_empty());
        }
    }

    #[test]
    fn no_near_miss_makes_it_panic(
        s in "[RHS令平昭元〇一二十年月日金曜まで()／/.ー 0-9]{0,12}",
        year in any::<i32>(),
    ) {
        let errors = [parse_day(&s, year).err(), parse_record_day(&s).err()];
        for e in errors.into_iter().flatten() {
            prop_assert!(!e.to_string().is_empty() && !e.message_ja().is_empty());
        }
    }

    #[test]
    fn every_day_is_read_back(days in 0_i64..55_000) {
        let day = ymd(1927, 1, 1) + chrono::TimeDelta::days(days);
        let (y, m, d) = (day.year(), day.month(), day.day());
        prop_assert_eq!(parse_day(&echo(day), 2023), Ok(day));
        prop_assert_eq!(parse_record_day(&format!("{y:04}-{m:02}-{d:02}")), Ok(day));
        prop_assert_eq!(parse_record_day(&format!("{y}/{m}/{d}")), Ok(day));
        prop_assert_eq!(parse_record_day(&format!("{}{m}月{d}日", era::year_ja(day))), Ok(day));
        prop_assert_eq!(parse_day(&format!("{m:02}{d:02}"), y), Ok(day));
    }
}
