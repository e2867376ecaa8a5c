//! How shops are read whose records do not say it: by a dictionary at the import, by a
//! supervisor's word, and how the desks learn of either.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::books::{number, opened, table, text};
use common::records::{SHOP, SHOPS, coupon, sale, settlement};
use common::{Answer, Office as Front, dictionary, with_shops, with_shops_under};
use madoguchi::config::Settings;
use madoguchi::domain::private::Private;
use madoguchi::domain::staff::{Role, StaffId};
use madoguchi::domain::time::Instant;
use madoguchi::office::shop::Shops;
use madoguchi::office::{Actor, Office};
use madoguchi::store::changes::Event;
use serde_json::{Value, json};

/// Three shops with kanji in their names and nothing that says how they are read, of which the
/// dictionary knows two; one in kana, one in letters, and one whose record says it.
const ROWS: [&str; 6] = [
    "N-1,上田食堂,,奈良県,奈良市1,",
    "N-2,宿の食堂,,奈良県,奈良市2,",
    "N-3,やまとカフェー,,奈良県,奈良市3,",
    "N-4,Cafe Yamato,,奈良県,奈良市4,",
    "N-5,鱗,,奈良県,奈良市5,",
    "N-6,上田宿,カミタジュク,奈良県,奈良市6,",
];

fn imports(front: &Front, options: &[&str]) -> Answer {
    front.import("merchants", &table("merchants", &ROWS), options)
}

/// What came of the readings at an import.
fn made(answer: Answer) -> (i64, i64) {
    let readings = answer.done()["readings"].clone();
    let count = |name: &str| readings[name].as_i64().expect("a number");
    (count("made"), count("unread"))
}

fn with_dictionary(folder: &Path) -> Front {
    let edits = dictionary::named(folder);
    with_shops_under(Some(&edits.each_ref().map(|(from, to)| (*from, to.as_str()))))
}

/// The same office, from now on under settings that name the dictionary.
fn goes_on_with_dictionary(front: Front, folder: &Path) -> Front {
    let edits = dictionary::named(folder);
    front.keep().open_with(Some(&edits.each_ref().map(|(from, to)| (*from, to.as_str()))))
}

/// The best shop for what was heard.
fn heard(front: &Front, said: &str) -> Value {
    front.run("op", ["shop", said]).done()["shops"][0].clone()
}

/// The id of the shop, its reading and where that comes from.
fn told(shop: &Value) -> [&str; 3] {
    ["merchant_id", "kana", "kana_source"].map(|name| shop[name].as_str().expect("a text"))
}

/// What the files have said and what was opened upon it.
fn kept(front: &Front) -> [String; 2] {
    let conn = opened(front.database());
    ["merchant", "cases"].map(|table| conn.told(&format!("SELECT * FROM {table} ORDER BY 1")))
}

fn readings(front: &Front) -> i64 {
    number(&opened(front.database()), "SELECT count(*) FROM reading")
}

fn corrections(front: &Front) -> i64 {
    let conn = opened(front.database());
    number(&conn, "SELECT count(*) FROM audit_event WHERE action = 'reading.correct'")
}

// ---- without a dictionary ---------------------------------------------------------------

#[test]
fn an_import_without_a_dictionary_says_how_many_shops_nobody_can_read_and_what_to_do() {
    let front = with_shops();
    let japanese = imports(&front, &[]);
    for said in ["3件", "かな・ローマ字", "[search] dictionary", "もう一度取り込んで"]
    {
        assert!(japanese.stderr.contains(said), "no {said} in {}", japanese.stderr);
    }
    assert_eq!(japanese.json["readings"], json!({"made": 0, "unread": 3}));
    assert_eq!(japanese.done()["imported"], 6);
    let english = imports(&front, &["--lang", "en"]);
    for said in ["3 shops", "kana, romaji", "[search] dictionary", "import the same file again"] {
        assert!(english.stderr.contains(said), "no {said} in {}", english.stderr);
    }
    assert_eq!(english.json["readings"], json!({"made": 0, "unread": 3}));
    assert_eq!(english.done()["unchanged"], 6);

    assert_eq!(readings(&front), 0);
    assert_eq!(told(&heard(&front, "上田食堂")), ["N-1", "", "none"]);
    assert_eq!(told(&heard(&front, "カミタジュク")), ["N-6", "カミタジュク", "record"]);
    front.audited();
}

#[test]
fn an_import_after_which_every_shop_is_read_has_nothing_to_say() {
    let front = with_shops();
    let again = front.import("merchants", SHOPS, &[]);
    assert_eq!(again.stderr, "");
    assert_eq!(made(again), (0, 0));
    let names = ["N-3,やまとカフェー,,奈良県,,", "N-4,Cafe Yamato,,奈良県,,"];
    let legible = front.import("merchants", &table("merchants", &names), &[]);
    assert_eq!(legible.stderr, "");
    assert_eq!(made(legible), (0, 0));
    let coupons = common::records::file("coupons", &[coupon("C0001", 100, 1, "2023-02-24")]);
    let other = front.import("coupons", &coupons, &[]).done();
    assert_eq!(other["readings"], Value::Null, "no shops came");
}

// ---- with one ---------------------------------------------------------------------------

#[test]
fn an_import_with_a_dictionary_gives_shops_a_reading_by_which_they_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    dictionary::write(folder.path());
    let front = with_dictionary(folder.path());
    let imported = imports(&front, &[]);
    for said in ["2件のお店に、辞書で読みを付けました", "1件", "madoguchi reading"]
    {
        assert!(imported.stderr.contains(said), "no {said} in {}", imported.stderr);
    }
    assert_eq!(made(imported), (2, 1));
    let read = ["N-1", "ウエダ ショクドウ", "dictionary"];
    for said in ["うえだしょくどう", "ウエダ食堂", "ueda shokudou", "うえたしょくどう", "上田食堂"]
    {
        assert_eq!(told(&heard(&front, said)), read, "{said}");
    }
    assert_eq!(told(&heard(&front, "やどのしょくどう"))[0], "N-2");
    assert_eq!(told(&heard(&front, "鱗")), ["N-5", "", "none"]);
    assert_eq!(told(&heard(&front, "上田宿")), ["N-6", "カミタジュク", "record"]);
    assert_eq!(told(&heard(&front, "若草堂")), ["M-1", "ワカクサドウ", "record"]);
    front.audited();

    let before = kept(&front);
    let again = imports(&front, &["--lang", "en"]);
    assert!(
        again.stderr.contains("1 shops") && !again.stderr.contains("given"),
        "{}",
        again.stderr
    );
    assert_eq!(made(again), (0, 1));
    assert_eq!(readings(&front), 2);
    assert_eq!(kept(&front), before);
    front.audited();
}

#[test]
fn shops_imported_before_there_was_a_dictionary_are_read_when_their_file_comes_again() {
    let front = with_shops();
    assert_eq!(made(imports(&front, &[])), (0, 3));
    let folder = tempfile::tempdir().expect("a folder");
    dictionary::write(folder.path());
    let front = goes_on_with_dictionary(front, folder.path());
    assert_eq!(told(&heard(&front, "上田食堂")), ["N-1", "", "none"], "nothing yet");
    let again = imports(&front, &[]);
    assert_eq!((&again.json["imported"], &again.json["unchanged"]), (&json!(0), &json!(6)));
    assert_eq!(made(again), (2, 1));
    assert_eq!(told(&heard(&front, "uedashokudou")), ["N-1", "ウエダ ショクドウ", "dictionary"]);
    front.audited();
}

#[test]
fn what_a_dictionary_made_stands_in_the_audit_trail_as_one_step() {
    let folder = tempfile::tempdir().expect("a folder");
    dictionary::write(folder.path());
    let front = with_dictionary(folder.path());
    imports(&front, &[]).done();
    let conn = opened(front.database());
    let events = "SELECT string_agg(staff_id || ' ' || detail, ',') FROM audit_event
        WHERE action = 'reading.made'";
    assert_eq!(text(&conn, events), r#"*system {"readings":2}"#);
    let row = "SELECT string_agg(merchant_id || ' ' || source, ',') FROM reading";
    assert_eq!(text(&conn, row), "N-1 dictionary,N-2 dictionary");
}

/// The database takes no more than 1,000 characters of readings; one such a name made every later import end
/// with an error.
#[test]
fn names_as_long_as_a_record_may_have_them_are_read_too() {
    let folder = tempfile::tempdir().expect("a folder");
    dictionary::write(folder.path());
    let front = with_dictionary(folder.path());
    let long = [
        format!("N-7,{},,奈良県,,", "志".repeat(200)),
        format!("N-8,{},,奈良県,,", "上田".repeat(100)),
        "N-9,大仏商店,,奈良県,,".to_owned(),
    ];
    let merchants = table("merchants", &long.each_ref().map(String::as_str));
    assert_eq!(made(front.import("merchants", &merchants, &[])), (3, 0));
    assert_eq!(told(&heard(&front, "だいぶつしょうてん"))[0], "N-9");
    front.audited();
}

/// Two imports at once read the same names.
#[tokio::test]
async fn a_shop_that_has_a_reading_by_now_is_given_no_other_by_a_dictionary() {
    let front = with_shops();
    let store = front.database().store("ad").await;
    let add = async |readings: &[(&str, &str)]| {
        let readings: Vec<_> =
            readings.iter().map(|(id, kana)| ((*id).to_owned(), (*kana).to_owned())).collect();
        let event = Event::new(Instant::from_micros(0), &StaffId::system(), "reading.made");
        store.add_readings(&readings, event).await.expect("written")
    };
    assert_eq!(add(&[("M-1", "ワカクサドウ")]).await, 1);
    assert_eq!(add(&[("M-1", "ジャクソウドウ"), ("M-2", "ツキガセ")]).await, 1);
    assert_eq!(add(&[("M-1", "ジャクソウドウ"), ("M-2", "ツキガセ")]).await, 0);
    store.close().await;
    let conn = opened(front.database());
    let row = "SELECT string_agg(merchant_id || ' ' || kana, ',') FROM reading";
    assert_eq!(text(&conn, row), "M-1 ワカクサドウ,M-2 ツキガセ");
    let steps = "SELECT count(*) FROM audit_event WHERE action = 'reading.made'";
    assert_eq!(number(&conn, steps), 2, "what came to nothing leaves no event");
    front.audited();
}

// ---- with a bad one ---------------------------------------------------------------------

#[test]
fn a_dictionary_that_is_not_there_or_broken_stops_no_import_and_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("dic");
    let front = with_dictionary(&place);
    let said = |answer: Answer, words: &[&str]| {
        let path = place.display().to_string();
        for word in words.iter().chain(&[path.as_str()]) {
            assert!(answer.stderr.contains(word), "no {word} in {}", answer.stderr);
        }
        assert_eq!(made(answer), (0, 3));
    };
    said(imports(&front, &[]), &["3件", "辞書が使えません", "読めません", "直して"]);
    assert_eq!(told(&heard(&front, "上田食堂"))[0], "N-1", "the shops are there all the same");
    said(imports(&front, &["--lang", "en"]), &["3 shops", "cannot be read", "Mend it"]);

    dictionary::write(&place);
    std::fs::write(place.join("Noun.csv"), "a,1\n").expect("written");
    said(imports(&front, &["--lang", "en"]), &["Noun.csv", "MeCab's source format", "line 1"]);
    said(imports(&front, &[]), &["Noun.csv", "MeCabの辞書のソース形式ではありません"]);
    dictionary::write(&place);
    std::fs::remove_file(place.join("matrix.def")).expect("removed");
    said(imports(&front, &["--lang", "en"]), &["matrix.def", "cannot be read"]);
    // Half of a file, as a full disk leaves it.
    dictionary::write(&place);
    std::fs::write(place.join("unk.def"), "DEFAULT,4,4,9000,*,*,*\n").expect("written");
    said(imports(&front, &["--lang", "en"]), &["unk.def", "MeCab's source format"]);
    assert_eq!(readings(&front), 0);

    // No shop needs it: nobody looks whether it is there.
    let none = with_dictionary(&place);
    let legible = none.import("merchants", SHOPS, &[]);
    assert_eq!(legible.stderr, "");
    assert_eq!(made(legible), (0, 0));

    dictionary::write(&place);
    assert_eq!(made(imports(&front, &[])), (2, 1));
    front.audited();
}

// ---- a supervisor's word ----------------------------------------------------------------

#[test]
fn a_supervisor_says_how_a_shop_is_read_and_it_is_found_so() {
    let front = with_shops();
    imports(&front, &[]).done();
    front.records(&[coupon("C0001", 3000, 0, "2023-02-24")], &[], &[], &[]);
    front.case("op", "C0001", "N-5");
    let before = kept(&front);
    let corrected = front.run("sv", ["reading", "N-5", "イロクズ"]).done();
    assert_eq!(corrected, json!({"merchant_id": "N-5", "kana": "イロクズ"}));
    for said in ["いろくず", "irokuzu"] {
        assert_eq!(told(&heard(&front, said)), ["N-5", "イロクズ", "corrected"], "{said}");
    }
    // Said wrongly, and said again by somebody else.
    front.run("sv2", ["reading", "N-5", "うろこ"]).done();
    assert_eq!(told(&heard(&front, "うろこ")), ["N-5", "ウロコ", "corrected"]);
    assert_eq!(told(&heard(&front, "鱗")), ["N-5", "ウロコ", "corrected"]);
    let found = front.run("op", ["shop", "いろくず"]).done();
    assert!(!found.to_string().contains("イロクズ"), "{found}");
    // What a record says is corrected too; the record stays what its file said.
    front.run("sv", ["reading", "N-6", "うえたじゅく"]).done();
    assert_eq!(told(&heard(&front, "ウエタジュク")), ["N-6", "ウエタジュク", "corrected"]);
    assert_eq!(kept(&front), before);
    let trail = text(
        &opened(front.database()),
        "SELECT string_agg(staff_id || ' ' || subject || ' ' || detail, ' | ' ORDER BY seq) FROM audit_event
         WHERE action = 'reading.correct'",
    );
    let due = "sv N-5 {\"kana\":\"イロクズ\"} | sv2 N-5 {\"kana\":\"ウロコ\"} \
        | sv N-6 {\"kana\":\"ウエタジュク\"}";
    assert_eq!(trail, due);
    front.audited();
}

#[test]
fn a_reading_is_kept_in_katakana_with_one_space_between_words_however_it_is_typed() {
    let front = with_shops();
    let long = "ア".repeat(200);
    for (typed, kept) in [
        ("うえだしょくどう", "ウエダショクドウ"),
        ("ｳｴﾀﾞ ｼｮｸﾄﾞｳ", "ウエダ ショクドウ"),
        ("  うえだ　　食ドウ ".replace('食', "ショク").as_str(), "ウエダ ショクドウ"),
        ("ウエダ・ショクドウ", "ウエダ ショクドウ"),
        ("ゔぃら ろーず", "ヴィラ ローズ"),
        ("うえだ|うえた", "ウエダ|ウエタ"),
        ("ｳｴﾀﾞ ｜ うえた | カミタ|カミダ", "ウエダ|ウエタ|カミタ|カミダ"),
        (&long, &long),
    ] {
        let corrected = front.run("sv", ["reading", SHOP, typed]).done();
        assert_eq!(corrected["kana"], kept, "{typed}");
        let of = format!(
            "SELECT kana FROM reading WHERE merchant_id = '{SHOP}' ORDER BY audit_seq DESC LIMIT 1"
        );
        assert_eq!(text(&opened(front.database()), &of), kept, "{typed}");
    }
    front.run("sv", ["reading", SHOP, "わかくさどう|ジャクソウドウ"]).done();
    let read = [SHOP, "ワカクサドウ", "corrected"];
    for said in ["わかくさどう", "jakusoudou"] {
        assert_eq!(told(&heard(&front, said)), read, "{said}");
    }
    front.audited();
}

#[test]
fn nobody_but_a_supervisor_says_how_a_shop_is_read() {
    let front = with_shops();
    for who in ["op", "ad", "au"] {
        let answer = front.run(who, ["reading", SHOP, "ジャクソウドウ"]);
        assert_eq!(answer.refused(), "NOT_ALLOWED", "{who}");
    }
    assert_eq!((readings(&front), corrections(&front)), (0, 0));
    assert_eq!(told(&heard(&front, "若草堂")), [SHOP, "ワカクサドウ", "record"]);
}

#[test]
fn what_is_no_reading_or_of_no_shop_is_refused_and_nothing_is_written() {
    let front = with_shops();
    let long = "ア".repeat(201);
    for typed in [
        "若草堂",
        "wakakusa",
        "ワカクサ1号",
        "ワカクサ!",
        "",
        " ",
        "・",
        "|",
        "ワカクサ|",
        "ワカクサ||ワカ",
        "ア|イ|ウ|エ|オ",
        &long,
    ] {
        let answer = front.run("sv", ["reading", SHOP, typed]);
        assert!(answer.json["error"]["message"].to_string().contains("kana"), "{}", answer.json);
        assert_eq!(answer.refused(), "BAD_INPUT", "{typed}");
    }
    for nobody in ["M-99", "", "a b\u{7}"] {
        let answer = front.run("sv", ["reading", nobody, "ワカクサ"]);
        assert_eq!(answer.refused(), "BAD_INPUT", "{nobody}");
    }
    let unknown = front.run("sv", ["reading", "M-99", "ワカクサ"]);
    assert!(unknown.json["error"]["message"].to_string().contains("M-99"), "{}", unknown.json);
    assert_eq!((readings(&front), corrections(&front)), (0, 0));
    front.audited();
}

#[test]
fn a_dictionary_does_not_override_what_a_supervisor_said() {
    let front = with_shops();
    imports(&front, &[]).done();
    front.run("sv", ["reading", "N-1", "カミダショクドウ"]).done();
    let folder = tempfile::tempdir().expect("a folder");
    dictionary::write(folder.path());
    let front = goes_on_with_dictionary(front, folder.path());
    assert_eq!(made(imports(&front, &[])), (1, 1), "only the other one");
    let corrected = ["N-1", "カミダショクドウ", "corrected"];
    assert_eq!(told(&heard(&front, "上田食堂")), corrected);
    // What the dictionary made is corrected as well, and stays so.
    front.run("sv", ["reading", "N-2", "シュクノショクドウ"]).done();
    assert_eq!(made(imports(&front, &[])), (0, 1));
    assert_eq!(told(&heard(&front, "上田食堂")), corrected);
    let other = ["N-2", "シュクノショクドウ", "corrected"];
    assert_eq!(told(&heard(&front, "しゅくのしょくどう")), other);
    front.audited();
}

// ---- the desks --------------------------------------------------------------------------

async fn office(front: &Front) -> Office {
    let settings = Arc::new(Settings::builtin().expect("settings"));
    Office::open(front.store().await, settings).await.expect("an office")
}

fn operator() -> Actor {
    Actor { staff_id: "op".parse().expect("an id"), role: Role::Operator, name: Private::new("op") }
}

/// The best shop of an index for what was heard, and its reading.
fn best(shops: &Shops, said: &str) -> (String, String) {
    let found = shops.find(said, None, 1);
    found.into_iter().next().map_or_else(Default::default, |shop| (shop.merchant_id, shop.kana))
}

fn pair(id: &str, kana: &str) -> (String, String) {
    (id.to_owned(), kana.to_owned())
}

#[tokio::test]
async fn a_running_desk_finds_shops_that_came_and_readings_that_were_corrected_elsewhere() {
    let front = with_shops();
    let (office, op) = (office(&front).await, operator());
    let old = office.shops(&op).await.expect("shops");
    assert!(!office.refresh_shops().await.expect("asked"), "nothing has happened");
    assert_ne!(best(&old, "やまとカフェー").0, "N-3");

    imports(&front, &[]).done();
    assert!(
        Arc::ptr_eq(&old, &office.shops(&op).await.expect("shops")),
        "until they are read anew"
    );
    assert!(office.refresh_shops().await.expect("asked"));
    let more = office.shops(&op).await.expect("shops");
    assert_eq!(best(&more, "やまとカフェー").0, "N-3");
    assert!(!office.refresh_shops().await.expect("asked"), "only once");
    assert!(Arc::ptr_eq(&more, &office.shops(&op).await.expect("shops")));

    front.run("sv", ["reading", "N-5", "うろこ"]).done();
    assert!(office.refresh_shops().await.expect("asked"));
    let corrected = office.shops(&op).await.expect("shops");
    assert_eq!(best(&corrected, "うろこ"), pair("N-5", "ウロコ"));
    assert!(!office.refresh_shops().await.expect("asked"), "only once");
    front.run("sv", ["reading", "N-5", "いろくず"]).done();
    assert!(office.refresh_shops().await.expect("asked"), "and every time");
    let again = office.shops(&op).await.expect("shops");
    assert_eq!(best(&again, "いろくず"), pair("N-5", "イロクズ"));

    // Whoever still searches in what was there before is answered from it.
    assert_eq!(best(&old, "わかくさどう"), pair(SHOP, "ワカクサドウ"));
    assert_eq!(best(&more, "鱗"), pair("N-5", ""));
    assert_eq!(best(&corrected, "鱗"), pair("N-5", "ウロコ"));
    office.close().await.expect("closed");
}

#[tokio::test]
async fn what_changes_no_shop_makes_no_desk_read_them_anew() {
    let front = with_shops();
    let (office, op) = (office(&front).await, operator());
    let shops = office.shops(&op).await.expect("shops");
    front.records(
        &[coupon("C0001", 3000, 777, "2023-02-24")],
        &[settlement("K1", "C0001", SHOP, 2000, "19:05")],
        &[sale("U1", SHOP, "19:04", 2000, 2000, "C0001")],
        &[],
    );
    front.case("op", "C0001", SHOP);
    front.import("merchants", SHOPS, &[]).done();
    assert_eq!(front.run("op", ["reading", SHOP, "ワカ"]).refused(), "NOT_ALLOWED");
    assert!(!office.refresh_shops().await.expect("asked"));
    assert!(Arc::ptr_eq(&shops, &office.shops(&op).await.expect("shops")));
    office.close().await.expect("closed");
}

#[tokio::test]
async fn where_nobody_has_looked_for_a_shop_yet_none_is_read() {
    let front = with_shops();
    let (office, op) = (office(&front).await, operator());
    assert!(!office.refresh_shops().await.expect("asked"));
    imports(&front, &[]).done();
    assert!(!office.refresh_shops().await.expect("asked"), "nor where shops came since");
    let shops = office.shops(&op).await.expect("shops");
    assert_eq!(best(&shops, "やまとカフェー").0, "N-3");
    assert!(!office.refresh_shops().await.expect("asked"), "they were read a moment ago");
    office.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_desks_that_ask_at_once_share_one_index() {
    const DESKS: usize = 16;
    let front = with_shops();
    let office = Arc::new(office(&front).await);
    let together = Arc::new(tokio::sync::Barrier::new(DESKS));
    let all_ask = async || {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..DESKS {
            let (office, together) = (Arc::clone(&office), Arc::clone(&together));
            tasks.spawn(async move {
                together.wait().await;
                office.shops(&operator()).await.expect("shops")
            });
        }
        let shared = tasks.join_all().await;
        assert!(shared.iter().all(|shops| Arc::ptr_eq(shops, &shared[0])));
        Arc::clone(&shared[0])
    };
    let first = all_ask().await;

    // Shops came, and every desk notices at the same time: one of them reads.
    imports(&front, &[]).done();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..DESKS {
        let (office, together) = (Arc::clone(&office), Arc::clone(&together));
        tasks.spawn(async move {
            together.wait().await;
            office.refresh_shops().await.expect("asked")
        });
    }
    let read = tasks.join_all().await;
    assert_eq!(read.iter().filter(|read| **read).count(), 1);
    let second = all_ask().await;
    assert!(!Arc::ptr_eq(&first, &second));
    assert_eq!(best(&second, "やまとカフェー").0, "N-3");
    Arc::into_inner(office).expect("nobody else").close().await.expect("closed");
}
