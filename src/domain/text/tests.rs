use proptest::prelude::*;

use super::*;

#[test]
fn folding_makes_one_of_the_widths() {
    assert_eq!(fold("　ＮＡＲＡ－１２３ "), "NARA-123");
    assert_eq!(fold("ﾅﾗｼｮｸﾄﾞｳ"), "ナラショクドウ");
    assert_eq!(fold("ﾊﾟﾝ屋"), "パン屋");
    assert_eq!(fold(""), "");
    assert_eq!(fold("　"), "");
}

#[test]
fn what_is_folded_already_is_not_copied() {
    for s in ["  plain ascii ", "奈良県", "ならまち食堂", "喫茶ジャズ"] {
        assert!(matches!(fold(s), Cow::Borrowed(_)), "{s}");
    }
    assert!(matches!(fold("Ｎ"), Cow::Owned(_)));
}

#[test]
fn the_short_way_of_folding_agrees_with_the_tables() {
    for c in ('\0'..=char::MAX).filter(|&c| folds_to_itself(c)) {
        assert_eq!(is_nfkc_quick([c].into_iter()), IsNormalized::Yes, "U+{:04X}", u32::from(c));
        assert_eq!(unicode_normalization::char::canonical_combining_class(c), 0);
    }
}

#[test]
fn clean_text_is_taken() {
    for s in [
        "",
        "Cafe 24",
        "奈良県奈良市三条通り１－２",
        "ﾅﾗｼｮｸﾄﾞｳ",
        "①号店・〜ー々〆㈱",
        "葛\u{E0100}城市",
        "𠮷野家",
        "Café é",
        "髙島屋　﨑",
    ] {
        assert_eq!(check_clean(s), Ok(()), "{s}");
    }
}

#[test]
fn each_kind_of_bad_character_is_refused() {
    let bad = [
        '\0',
        '\t',
        '\n',
        '\r',
        '\u{1B}',
        '\u{7F}',
        '\u{80}',
        '\u{85}',
        '\u{9F}',
        '\u{AD}',
        '\u{61C}',
        '\u{200B}',
        '\u{200C}',
        '\u{200D}',
        '\u{200E}',
        '\u{200F}',
        '\u{2028}',
        '\u{2029}',
        '\u{202A}',
        '\u{202E}',
        '\u{2060}',
        '\u{2066}',
        '\u{2069}',
        '\u{3164}',
        '\u{FEFF}',
        '\u{FFA0}',
        '\u{FFFE}',
        '\u{FFFF}',
        '\u{FDD0}',
        '\u{1FFFE}',
        '\u{10FFFF}',
        '\u{E000}',
        '\u{F8FF}',
        '\u{F0000}',
        '\u{E0041}',
        '\u{378}',
    ];
    for character in bad {
        let s = format!("奈良{character}x");
        let refused = BadText { position: 3, character };
        assert_eq!(check_clean(&s), Err(refused), "U+{:04X}", u32::from(character));
    }
}

#[test]
fn a_refusal_names_the_character_by_its_code() {
    let e = check_clean("ab\u{7}").unwrap_err();
    assert_eq!(e.to_string(), "character 3 (U+0007) is not allowed in text");
    assert_eq!(e.message_ja(), "3文字目に使えない文字（U+0007）があります");
}

#[test]
fn a_terminal_gets_no_escape_and_no_half_width_kana() {
    assert_eq!(for_terminal("\u{1B}[31mﾄﾞ\r\nx\ty"), "�[31mド  x y");
    assert_eq!(for_terminal("a\u{202E}b"), "a�b");
    assert_eq!(for_terminal("葛\u{E0100}城"), "葛城");
}

#[test]
fn a_bounded_text_ends_with_an_ellipsis() {
    assert_eq!(for_terminal_bounded("ならまち", 4), "ならまち");
    assert_eq!(for_terminal_bounded("ならまち食堂", 4), "ならま…");
    assert_eq!(for_terminal_bounded("ab", 1), "…");
    assert_eq!(for_terminal_bounded("ab", 0), "");
    assert_eq!(for_terminal_bounded("", 0), "");
}

#[test]
fn a_cell_is_never_a_formula() {
    for (text, cell) in [
        ("=1+1", "'=1+1"),
        ("+81", "'+81"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\rx", "' x"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("−1", "'−1"),
        (" =1", "' =1"),
        ("　＝1", "'　＝1"),
        ("\u{FEFF}=1", "'�=1"),
        ("a=1", "a=1"),
        ("ﾄﾞ\nx", "ﾄﾞ x"),
        ("\0", "�"),
        ("", ""),
    ] {
        assert_eq!(for_csv(text), cell, "{text:?}");
    }
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(s in "\\PC{0,20}|.{0,20}") {
        let once = fold(&s).into_owned();
        prop_assert_eq!(fold(&once).into_owned(), once);
    }

    #[test]
    fn what_is_printed_is_clean(s in any::<String>(), max in 0_usize..12) {
        prop_assert_eq!(check_clean(&for_terminal(&s)), Ok(()));
        prop_assert_eq!(check_clean(&for_csv(&s)), Ok(()));
        let bounded = for_terminal_bounded(&s, max);
        prop_assert!(bounded.chars().count() <= max);
        prop_assert_eq!(check_clean(&bounded), Ok(()));
    }
}
