//! Each rule of the file by one edit of the example: what was written is replaced, and
//! the line, the setting and the words of the refusal are those of the edit.

use super::tests::{edited, refused, taken};
use super::*;
use crate::domain::refusal::Code;
use crate::texts;

#[rustfmt::skip] // A table: one rule, one line.
/// (what stands there, what is written instead, the setting, what the English words hold)
const EDITS: &[(&str, &str, &str, &str)] = &[
    ("operator_limit_yen = 5000", "operator_limit_yen = -1", "operator_limit_yen", "from 0 to 10000000"),
    ("operator_limit_yen = 5000", "operator_limit_yen = 10_000_001", "operator_limit_yen", "from 0 to 10000000"),
    ("operator_limit_yen = 5000", "operator_limit_yen = \"5000\"", "operator_limit_yen", "a whole number"),
    ("operator_limit_yen = 5000", "operator_limit_yen = 5000.5", "operator_limit_yen", "a whole number"),
    ("four_eyes = \"above-limit\"", "four_eyes = \"never\"", "four_eyes", "\"always\""),
    ("four_eyes = \"above-limit\"", "four_eyes = true", "four_eyes", "a text"),
    ("\"[0-9A-Z]{4,32}\"", "\"[0-9\"", "number_pattern", "not a regular expression"),
    ("\"[0-9A-Z]{4,32}\"", "\"1)|(2\"", "number_pattern", "not a regular expression"),
    ("\"[0-9A-Z]{4,32}\"", "\"\"", "number_pattern", "1 to 200 characters"),
    ("# database = \"sqlite://madoguchi.db\"", "database = \"mysql://u:secret@h/d\"", "database", "sqlite://PATH"),
    ("# database = \"sqlite://madoguchi.db\"", "database = \"sqlite://\"", "database", "sqlite://PATH"),
    ("# language = \"ja\"", "language = \"fr\"", "language", "\"ja\" or \"en\""),
    ("misses = 20", "misses = 0", "look_up_throttle.misses", "from 1 to 100"),
    ("misses = 20", "misses = 101", "look_up_throttle.misses", "from 1 to 100"),
    ("within_minutes = 10", "within_minutes = 1441", "look_up_throttle.within_minutes", "from 1 to 1440"),
    ("lock_minutes = 10", "lock_minutes = 0", "look_up_throttle.lock_minutes", "from 1 to 1440"),
    ("lock_minutes = 10", "lock_minuets = 10", "look_up_throttle.lock_minuets", "no setting “lock_minuets”"),
    ("# language = \"ja\"", "colour = 3", "colour", "no setting “colour”"),
    ("# language = \"ja\"", "operator_limit_yen = 1", "operator_limit_yen", "twice"),
    ("dictionary = \"/usr/share/mecab/dic/ipadic\"", "dictionary = \"ipadic\"", "search.dictionary", "beginning with /"),
    ("dictionary = \"/usr/share/mecab/dic/ipadic\"", "dictionary = \"~/ipadic\"", "search.dictionary", "beginning with /"),
    ("dictionary = \"/usr/share/mecab/dic/ipadic\"", "dictionary = \"\"", "search.dictionary", "1 to 2000 characters"),
    ("dictionary = \"/usr/share/mecab/dic/ipadic\"", "dictionary = \"/a\\u0007b\"", "search.dictionary", "U+0007"),
    ("dictionary = \"/usr/share/mecab/dic/ipadic\"", "dictionary = true", "search.dictionary", "a text"),
    ("dictionary = \"/usr/share/mecab/dic/ipadic\"", "dictionaries = \"/a\"", "search.dictionaries", "no setting “dictionaries”"),
    ("# theme = \"dark\"", "theme = \"pink\"", "desk.theme", "one of \"dark\""),
    ("# theme = \"dark\"", "colour = 1", "desk.colour", "no setting “colour”"),
    ("# ambiguous_width = \"narrow\"", "ambiguous_width = \"broad\"", "desk.ambiguous_width", "\"wide\""),
    ("# mouse = \"off\"", "mouse = true", "desk.mouse", "a text"),
    ("# lock_minutes = 5", "lock_minutes = 0", "desk.lock_minutes", "from 1 to 60"),
    ("# listen = \"127.0.0.1:2222\"", "listen = \"localhost:2222\"", "serve.listen", "an address with a port"),
    ("# listen = \"127.0.0.1:2222\"", "listen = \"127.0.0.1\"", "serve.listen", "an address with a port"),
    ("# listen = \"127.0.0.1:2222\"", "listen = 2222", "serve.listen", "a text"),
    ("# host_key = \"madoguchi_host_key\"", "host_key = \"\"", "serve.host_key", "1 to 2000 characters"),
    ("# sign_in = [\"key\", \"password\"]", "sign_in = []", "serve.sign_in", "1 to 2 values"),
    ("# sign_in = [\"key\", \"password\"]", "sign_in = [\"key\", \"key\"]", "serve.sign_in", "“key” stands there twice"),
    ("# sign_in = [\"key\", \"password\"]", "sign_in = [\"none\"]", "serve.sign_in", "\"key\" or \"password\""),
    ("# sign_in = [\"key\", \"password\"]", "sign_in = \"key\"", "serve.sign_in", "a list"),
    ("# max_desks = 300", "max_desks = 0", "serve.max_desks", "from 1 to 10000"),
    ("# max_desks_per_address = 300", "max_desks_per_address = 10_001", "serve.max_desks_per_address", "from 1 to 10000"),
    ("# max_waiting = 400", "max_waiting = \"400\"", "serve.max_waiting", "a whole number"),
    ("# sign_in_seconds = 30", "sign_in_seconds = 601", "serve.sign_in_seconds", "from 1 to 600"),
    ("# idle_minutes = 60", "idle_minutes = 0", "serve.idle_minutes", "from 1 to 1440"),
    ("# metrics = \"127.0.0.1:9464\"", "metrics = \"0.0.0.0:9464\"", "serve.metrics", "of this machine alone"),
    ("# metrics = \"127.0.0.1:9464\"", "metrics = \"on\"", "serve.metrics", "an address with a port"),
    ("# metrics = \"127.0.0.1:9464\"", "shell = \"bash\"", "serve.shell", "no setting “shell”"),
    ("name = \"いまなら。キャンペーン2022プラス\"", "name = \"\"", "campaign.name", "1 to 80"),
    ("name = \"いまなら。キャンペーン2022プラス\"", "name = \"a\\u202Eb\"", "campaign.name", "U+202E"),
    ("name = \"いまなら。キャンペーン2022プラス\"", "name.ja = 1", "campaign.name", "a text"),
    ("prefectures = \"all\"", "prefectures = \"奈良県\"", "campaign.prefectures", "a list such as"),
    ("prefectures = \"all\"", "prefectures = []", "campaign.prefectures", "the list is empty"),
    ("prefectures = \"all\"", "prefectures = 29", "campaign.prefectures", "\"all\" or a list"),
    ("prefectures = \"all\"", "prefectures = [\"奈良府\"]", "campaign.prefectures", "“奈良府” is not a prefecture"),
    ("prefectures = \"all\"", "prefectures = [\"奈良県\", \"奈良\"]", "campaign.prefectures", "“奈良” stands there twice"),
    ("class_a_expiries = [\"2023-02-24\"]", "class_a_expiries = []", "campaign.class_a_expiries", "1 to 31 values"),
    ("class_a_expiries = [\"2023-02-24\"]", "class_a_expiries = \"2023-02-24\"", "campaign.class_a_expiries", "a list"),
    ("class_a_expiries = [\"2023-02-24\"]", "class_a_expiries = [\"2023-02-27\"]", "campaign.class_a_expiries", "not be after campaign.first_extension"),
    ("first_extension = \"2023-02-26\"", "first_extension = \"2023-02-29\"", "campaign.first_extension", "there is no 2023-02-29"),
    ("first_extension = \"2023-02-26\"", "first_extension = \"2/26\"", "campaign.first_extension", "has no year"),
    ("first_extension = \"2023-02-26\"", "first_extension = 20230226", "campaign.first_extension", "a day such as"),
    ("extended_expiry = \"2023-03-31\"", "extended_expiry = \"2023-02-25\"", "campaign.extended_expiry", "not be before campaign.first_extension (Sun 26 Feb 2023)"),
    ("last_day = \"2023-05-31\"", "last_day = \"2023-03-30\"", "campaign.last_day", "not be before campaign.extended_expiry"),
    ("lapse_warning_days = 14", "lapse_warning_days = 366", "campaign.lapse_warning_days", "from 0 to 365"),
    ("  \"Ponta ポイント コード\",", "  \"Amazon ギフトカード\",", "campaign.points_brands", "stands there twice"),
    ("until = \"2023-02-25 00:00\"", "until = \"2023-02-24 17:00\"", "campaign.outage.until", "is empty"),
    ("until = \"2023-02-25 00:00\"", "until = \"2023-02-24 24:00\"", "campaign.outage.until", "no clock shows"),
    ("from = \"2023-02-24 17:00\"", "from = \"evening\"", "campaign.outage.from", "not a time"),
    ("lapse_warning_days = 14", "lapse_warning_days = 14\noutage = [\"2023-02-24 17:00\", \"2023-02-25 00:00\"]", "outage", "twice"),
    ("from = \"2023-02-24 17:00\"", "from = 17", "campaign.outage.from", "a time such as"),
    ("apply_by = \"2023-04-30\"", "apply_by = \"2023-03-21\"", "campaign.deadlines.apply_by", "not be before campaign.deadlines.site_opens_on"),
    ("receive_by = \"2023-05-31\"", "receive_by = \"2023-04-29\"", "campaign.deadlines.receive_by", "not be before campaign.deadlines.apply_by"),
    ("closes = \"18:00\"", "closes = \"10:00\"", "campaign.hours.closes", "after campaign.hours.opens"),
    ("closes = \"18:00\"", "closes = \"24:01\"", "campaign.hours.closes", "a time of day"),
    ("opens = \"10:00\"", "opens = \"10:60\"", "campaign.hours.opens", "a time of day"),
    ("opens = \"10:00\"", "opens = 10", "campaign.hours.opens", "a time of day"),
    ("  \"2023-11-23\",", "  \"2023-11-03\",", "campaign.hours.holidays", "“2023-11-03” stands there twice"),
];

#[test]
fn every_slip_is_refused_with_its_line_and_its_setting() {
    for (from, to, key, words) in EDITS {
        let (text, line) = edited(from, to);
        let wrong = refused(&text);
        assert_eq!(wrong.key.as_deref(), Some(*key), "“{to}”: {wrong}");
        // Of two settings with one name the reader may point at either.
        if !wrong.what(Lang::En).contains("twice") || from.starts_with(' ') {
            assert_eq!(wrong.line, Some(line), "“{to}”: {wrong}");
        }
        assert!(wrong.what(Lang::En).contains(words), "“{to}”: {wrong}");
        assert!(wrong.what(Lang::Ja).contains(|c: char| !c.is_ascii()), "“{to}”: {wrong}");
        assert!(!wrong.to_string().contains("secret"), "{wrong}");
    }
}

/// As one does it who reads the example: the two comment marks are taken away.
#[test]
fn a_slip_in_the_place_of_the_dictionary_is_refused_with_its_line() {
    let place = "dictionary = \"/usr/share/mecab/dic/ipadic\"";
    for (to, key) in [
        ("dictionary = \"share/ipadic\"", "search.dictionary"),
        ("dictionary = [\"/usr/share/mecab/dic/ipadic\"]", "search.dictionary"),
        ("dictionery = \"/usr/share/mecab/dic/ipadic\"", "search.dictionery"),
    ] {
        let (text, line) = edited(place, to);
        let wrong = refused(&text);
        assert_eq!((wrong.line, wrong.key.as_deref()), (Some(line), Some(key)), "“{to}”: {wrong}");
    }
}

#[test]
fn what_is_left_out_is_named_with_its_table() {
    for (from, key) in [
        ("operator_limit_yen = 5000", "operator_limit_yen"),
        ("misses = 20", "look_up_throttle.misses"),
        ("last_day = \"2023-05-31\"", "campaign.last_day"),
        ("until = \"2023-02-25 00:00\"", "campaign.outage.until"),
    ] {
        let (text, _) = edited(from, "");
        let wrong = refused(&text);
        assert_eq!(wrong.key.as_deref(), Some(key), "{wrong}");
        assert_eq!(wrong.what(Lang::En), "this setting is missing");
        // The line of the table, where it has one.
        let header = key.rsplit_once('.').map(|(table, _)| format!("[{table}]"));
        let at = |header: String| text.lines().position(|line| line == header);
        assert_eq!(wrong.line, header.and_then(at).map(|line| line + 1), "{wrong}");
    }
    let nothing = refused("");
    assert_eq!((nothing.line, nothing.what(Lang::Ja)), (None, "この設定がありません"));
}

#[test]
fn what_is_no_toml_is_refused_with_its_line() {
    let (text, line) = edited("misses = 20", "misses 20");
    let wrong = refused(&text);
    assert_eq!((wrong.line, wrong.key.clone()), (Some(line), None), "{wrong}");
    assert!(wrong.to_string().starts_with(&format!("my.toml, line {line}: this is not TOML (")));
    let wrong = refused("\nlook_up_throttle = [20, 10, 10]\n");
    assert_eq!(wrong.line, Some(2), "{wrong}");
    assert!(wrong.what(Lang::En).contains("a table of settings"), "{wrong}");
    let wrong = refused("campaign = 3\n");
    assert_eq!((wrong.line, wrong.key.as_deref()), (Some(1), Some("campaign")), "{wrong}");
    assert!(
        wrong.message_ja().starts_with("my.toml 1行目（campaign）："),
        "{}",
        wrong.message_ja()
    );
}

#[test]
fn a_file_that_cannot_be_settings_is_refused_without_reading_on() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let read = |name: &str| Settings::read(&folder.path().join(name)).expect_err("no settings");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("a file to write");
    };
    assert_eq!(read("missing.toml").what(Lang::En), "there is no such file");
    assert_eq!(read("").what(Lang::En), "this is a folder and not a file");
    write("long.toml", &vec![b'#'; (1 << 20) + 1]);
    assert!(read("long.toml").what(Lang::En).contains("1 MiB"));
    write("cp932.toml", b"# a\n# \x92\x87\x88\xd3\n");
    let wrong = read("cp932.toml");
    assert_eq!(
        (wrong.line, wrong.what(Lang::En)),
        (Some(2), "this is not UTF-8; save the file as UTF-8")
    );
    write("whole.toml", EXAMPLE.as_bytes());
    assert!(Settings::read(&folder.path().join("whole.toml")).is_ok());
}

#[test]
fn the_refusal_says_where_and_what_in_both_languages() {
    let (text, line) = edited("misses = 20", "misses = 0");
    let refusal = refused(&text).to_refusal();
    assert_eq!(refusal.code, Code::ConfigBad);
    assert_eq!(
        texts::refusal(&refusal, Lang::Ja).message,
        format!(
            "設定ファイルmy.tomlの{line}行目に誤りがあります\
             （look_up_throttle.misses：1から100までの整数でなければなりません）。"
        )
    );
    assert_eq!(
        texts::refusal(&refusal, Lang::En).message,
        format!(
            "The settings are not right: my.toml, line {line}, look_up_throttle.misses: \
             this must be a whole number from 1 to 100."
        )
    );
}

#[test]
fn a_password_in_the_url_of_the_database_is_never_printed() {
    let settings = taken(
        "# database = \"sqlite://madoguchi.db\"",
        "database = \"postgres://desk:secret@db/madoguchi\"",
    );
    assert!(!format!("{settings:?}").contains("secret"));
    let (text, _) =
        edited("# database = \"sqlite://madoguchi.db\"", "database = \"postgres://desk:secret@db");
    assert!(!refused(&text).to_string().contains("secret"));
}
