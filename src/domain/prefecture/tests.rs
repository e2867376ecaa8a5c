use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn read(s: &str) -> Option<&'static str> {
    s.parse::<Prefecture>().ok().map(Prefecture::name)
}

#[test]
fn codes_run_from_1_to_47() {
    assert_eq!(Prefecture::all().len(), 47);
    assert_eq!(Prefecture::from_code(0), None);
    assert_eq!(Prefecture::from_code(48), None);
    for (code, p) in (1..).zip(Prefecture::all()) {
        assert_eq!(p.code(), code);
        assert_eq!(Prefecture::from_code(code), Some(p));
    }
    let nara = Prefecture::from_code(29).unwrap();
    assert_eq!((nara.name(), nara.kana(), nara.romaji()), ("奈良県", "ならけん", "Nara"));
    assert_eq!(nara.to_string(), "奈良県");
}

#[test]
fn the_table_is_in_the_order_of_jis_and_its_keys_are_right() {
    for (code, name) in
        [(1, "北海道"), (13, "東京都"), (26, "京都府"), (40, "福岡県"), (47, "沖縄県")]
    {
        assert_eq!(Prefecture::from_code(code).map(Prefecture::name), Some(name));
    }
    for p in Prefecture::all() {
        assert_eq!(romaji_key(&p.romaji().to_lowercase()), p.row().key);
    }
}

#[test]
fn people_write_them_in_many_ways() {
    let told = [
        ("奈良県", "奈良県 奈良 なら ならけん ナラ ナラケン ﾅﾗ ﾅﾗｹﾝ Nara NARA nara-ken 29 ２９"),
        ("奈良県", "ＮＡＲＡ Nara-Ken naraken Nara-prefecture NaraPref."),
        (
            "北海道",
            "北海道 ほっかいどう ホッカイドウ ﾎﾂｶｲﾄﾞｳ ホッカイドー Hokkaido Hokkaidō hokkaidou",
        ),
        ("北海道", "Hokkai-do Hokkaidô 1 01 １"),
        (
            "東京都",
            "東京 東京都 とうきょう トウキョウト トーキョー ﾄｳｷﾖｳﾄ Tokyo Tōkyō Tôkyô toukyou tokyo-to",
        ),
        ("京都府", "京都 京都府 きょうと キョウトフ ｷﾖｳﾄﾌ Kyoto Kyōto kyouto-fu Kyoto-hu 26"),
        ("大阪府", "大阪 おおさか オーサカ ｵｵｻｶﾌ Osaka Ōsaka oosaka Oosakafu ÔSAKA"),
        ("兵庫県", "兵庫 ひょうご ヒョーゴ ﾋﾖｳｺﾞ Hyogo Hyōgo hyougo Hyougo-ken"),
        ("大分県", "大分 おおいた オーイタ Oita Ōita Ooita"),
        ("高知県", "高知 こうち コーチ Kochi Kōchi Kouchi Kôti"),
        ("群馬県", "群馬 ぐんま Gunma Gumma"),
        ("福岡県", "Fukuoka Hukuoka hukuoka-ken ふくおか"),
        ("福島県", "Fukushima Hukusima"),
        ("福井県", "Fukui Hukui"),
        ("千葉県", "Chiba Tiba ちば ﾁﾊﾞ"),
        ("静岡県", "Shizuoka Sizuoka"),
        ("山形県", "Yamagata"),
        ("岐阜県", "Gifu Gihu ぎふ ぎふけん"),
        ("鹿児島県", "Kagoshima Kagosima"),
        ("鳥取県", "Tottori とっとり ﾄﾂﾄﾘ"),
        ("茨城県", "Ibaraki Ibaragi いばらき いばらぎ いばらぎけん"),
    ];
    for (name, spellings) in told {
        for spelling in spellings.split(' ') {
            assert_eq!(read(spelling), Some(name), "{spelling}");
        }
    }
    assert_eq!(read("　奈良　"), Some("奈良県"));
    assert_eq!(read("Nara Prefecture"), Some("奈良県"));
    assert_eq!(read("Tokyo Metropolis"), Some("東京都"));
}

#[test]
fn what_is_no_prefecture_is_refused() {
    for s in "| |-|0|00|48|029|-1|2 9|29a|奈良府|京都県|東京府|北海|奈|県|ken|けん|ー|ならふ|\
        Nara-fu|Osaka-to|kyo|大阪市|prefecture|奈良県奈良県|NaN|nara\0|13101"
        .split('|')
    {
        assert_eq!(read(s), None, "{s:?}");
    }
    let e = "奈良府\u{1B}".parse::<Prefecture>().unwrap_err();
    assert_eq!(e.to_string(), "“奈良府�” is not a prefecture");
    assert_eq!(e.message_ja(), "「奈良府�」という都道府県はありません");
    assert_eq!("x".repeat(500).parse::<Prefecture>().unwrap_err().value.chars().count(), 40);
}

/// Every spelling of every prefecture, made by rule, belongs to that one alone.
#[test]
fn no_spelling_means_two_prefectures() {
    let mut owner: HashMap<String, Prefecture> = HashMap::new();
    for p in Prefecture::all() {
        let kana = [p.kana(), short_kana(p.row())];
        let mut spellings: Vec<String> = vec![
            p.name().into(),
            short_name(p.name()).into(),
            p.code().to_string(),
            format!("{:02}", p.code()),
        ];
        for k in kana {
            spellings.push(plain_kana(k));
            spellings.push(k.into());
            spellings.push(k.chars().map(katakana).collect());
            spellings.push(k.replace("おお", "おー").replace("ょう", "ょー"));
        }
        for base in [p.romaji(), p.row().key] {
            for ending in ["", "-ken", " prefecture", "-pref."] {
                if ending == "-ken" && !p.name().ends_with('県') {
                    continue;
                }
                spellings.push(format!("{base}{ending}"));
                spellings.push(format!("{base}{ending}").to_uppercase());
                spellings.push(format!("{base}{ending}").replace('o', "ō"));
                spellings.push(format!("{base}{ending}").replace('o', "ou"));
            }
        }
        for s in spellings {
            assert_eq!(s.parse(), Ok(p), "{s}");
            assert_eq!(*owner.entry(s.clone()).or_insert(p), p, "{s}");
        }
    }
    // Not only the spellings: no two share the keys the readers compare.
    let mut keys: Vec<String> = Prefecture::all()
        .flat_map(|p| {
            let row = p.row();
            [row.key.to_owned(), format!("{}{}", row.key, ending_key(row.name))]
        })
        .chain(
            Prefecture::all().flat_map(|p| [plain_kana(p.kana()), plain_kana(short_kana(p.row()))]),
        )
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 47 * 4 - 2, "only 北海道 has one form instead of two, twice");
}

fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap(),
        c => c,
    }
}

#[test]
fn stored_by_name_and_read_from_any_spelling() {
    let nara: Prefecture = serde_json::from_str("\"ﾅﾗ\"").unwrap();
    assert_eq!(serde_json::to_string(&nara).unwrap(), "\"奈良県\"");
    assert!(serde_json::from_str::<Prefecture>("\"奈良府\"").is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(s in any::<String>()) {
        if let Ok(p) = s.parse::<Prefecture>() {
            prop_assert_eq!(p.name().parse(), Ok(p));
        }
    }
}
