//! Record files as they really come: in other encodings and orders, cut off, damaged,
//! repeated, far too large. Either all of a file is in, or nothing is and every reason is told.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::books::{
    Books, OUTAGE_COVERED, RECORD_TABLES, header, number, opened, rows_of, soak, table, text,
    verify,
};
use common::{Answer, Office};

/// An office with one or two good rows of every kind.
fn office() -> Office {
    let office = Office::open();
    for (kind, rows) in [
        (
            "merchants",
            vec!["M1,鹿の茶屋,シカノチャヤ,奈良県,奈良市1,0742-00-0001", "M2,大仏商店,,奈良県,,"],
        ),
        (
            "coupons",
            vec![
                "CPN1,奈良県,5000,500,2023-02-24,app,090-0000-0001,a@example.jp,宿A",
                "CPN2,奈良県,5000,600,2023-02-24,paper,,,",
            ],
        ),
        ("settlements", vec!["D1,CPN1,M1,1500,2023-02-24 17:05"]),
        ("sales", vec!["S1,M1,2023-02-24 17:05,1500,0,CPN1,R-1"]),
        ("coverage", vec!["M1,sales,2023-02-24 16:00,2023-02-24 18:00"]),
    ] {
        office.import(kind, &table(kind, &rows), &[]).done();
    }
    office
}

/// A good row of a kind that is not in [`office`].
fn good(kind: &str) -> &'static str {
    match kind {
        "merchants" => "M3,春日堂,カスガドウ,奈良県,奈良市3,",
        "coupons" => "CPN3,奈良県,3000,3000,2023-02-24,paper,,,",
        "settlements" => "D3,CPN2,M2,700,2023-02-24 17:30",
        "sales" => "S3,M2,2023-02-24 17:30,700,0,,",
        _ => "M2,settlements,2023-02-24 16:00,2023-02-24 18:00",
    }
}

/// What an import might leave behind.
fn state(office: &Office) -> BTreeMap<&'static str, i64> {
    let conn = opened(office.database());
    let mut state: BTreeMap<&str, i64> =
        RECORD_TABLES.iter().map(|(_, table)| (*table, rows_of(&conn, table))).collect();
    state.insert("import", rows_of(&conn, "import"));
    let events = "SELECT count(*) FROM audit_event WHERE action = 'import'";
    state.insert("events", number(&conn, events));
    state
}

/// Imports a file from where it stands.
fn import(office: &Office, kind: &str, path: &Path, options: &[&str]) -> Answer {
    let mut words = vec!["import", kind, path.to_str().expect("a name")];
    words.extend(options);
    office.run("ad", words)
}

/// Imports bytes as they are.
fn import_bytes(office: &Office, kind: &str, bytes: &[u8], options: &[&str]) -> Answer {
    let path = office.folder().join("bytes.csv");
    std::fs::write(&path, bytes).expect("written");
    import(office, kind, &path, options)
}

/// A bad row as the rejects file has it.
#[derive(Debug, PartialEq, Eq)]
struct Reject {
    line: u64,
    column: String,
    value: String,
    reason_ja: String,
    reason_en: String,
}

fn rejects_path(input: &Path) -> PathBuf {
    PathBuf::from(format!("{}.rejects.csv", input.display()))
}

/// The cells of a file of quoted cells.
fn cells(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let row = rows.last_mut().expect("a row");
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                row.last_mut().expect("a cell").push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().expect("a cell").push(c),
        }
    }
    assert!(!quoted, "a quote is left open");
    assert_eq!(rows.pop(), Some(vec![String::new()]), "it ends with a line end");
    rows
}

fn rejects(input: &Path) -> Vec<Reject> {
    let path = rejects_path(input);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = text.strip_prefix('\u{feff}').expect("the mark that spreadsheets need");
    let mut rows = cells(text).into_iter();
    let titles = rows.next().expect("a header");
    assert_eq!(titles, ["line", "column", "value", "reason_ja", "reason_en"]);
    rows.map(|row| {
        let [line, column, value, reason_ja, reason_en] =
            <[String; 5]>::try_from(row).expect("five cells");
        Reject { line: line.parse().expect("a line"), column, value, reason_ja, reason_en }
    })
    .collect()
}

/// A row that must not be imported: what is wrong with which column, and how it is said.
struct Bad {
    kind: &'static str,
    row: String,
    column: &'static str,
    value: &'static str,
    reason: &'static str,
}

fn bad(
    kind: &'static str,
    row: impl Into<String>,
    column: &'static str,
    value: &'static str,
    reason: &'static str,
) -> Bad {
    Bad { kind, row: row.into(), column, value, reason }
}

const YEN: &str = "not a whole number of yen";
const NEEDED: &str = "a value is needed here";
const UNSEEN: &str = "cannot be seen";

fn bad_merchants() -> Vec<Bad> {
    let row = |row: &str, column, value, reason| bad("merchants", row, column, value, reason);
    vec![
        row("M9,店,,奈良県,", "", "M9,店,,奈良県,", "5 fields, the header has 6"),
        row("M9,店,,奈良県,,,", "", "M9,店,,奈良県,,,", "7 fields, the header has 6"),
        row(",店,,奈良県,,", "merchant_id", "", NEEDED),
        row("　,店,,奈良県,,", "merchant_id", "　", NEEDED),
        row("M9,,,奈良県,,", "name", "", NEEDED),
        row("M9,店,,奈良国,,", "prefecture", "奈良国", "no such prefecture"),
        row("M9,店,,48,,", "prefecture", "48", "no such prefecture"),
        row("M9,店,,,,", "prefecture", "", NEEDED),
        row("M9,店\u{7},,奈良県,,", "name", "店\u{fffd}", "U+0007"),
        row("M9,店\u{202e}屋,,奈良県,,", "name", "店\u{fffd}屋", "U+202E"),
        row("M9,店,カ\u{200e}ナ,奈良県,,", "kana", "カ\u{fffd}ナ", "U+200E"),
        row("M9,店,,奈良県,奈\t良,", "address", "奈 良", UNSEEN),
        row("M9,店,,奈良県,\"奈\n良\",", "address", "奈 良", "U+000A"),
        row("M9,店,,奈良県,,0\u{2066}1", "phone", "0\u{fffd}1", "U+2066"),
        row("M\u{200f}9,店,,奈良県,,", "merchant_id", "M\u{fffd}9", "U+200F"),
        row(
            "M1,鹿の茶店,シカノチャヤ,奈良県,奈良市1,0742-00-0001",
            "merchant_id",
            "M1",
            "imported earlier",
        ),
    ]
}

fn bad_coupons() -> Vec<Bad> {
    let row = |row: &str, column, value, reason| bad("coupons", row, column, value, reason);
    vec![
        row(
            "CPN9,奈良県,3000,3000,2023-02-24,paper,,",
            "",
            "CPN9,奈良県,3000,3000,2023-02-24,paper,,",
            "8 fields",
        ),
        row(",奈良県,3000,3000,2023-02-24,paper,,,", "inquiry_number", "", NEEDED),
        row(
            "CP9,奈良県,3000,3000,2023-02-24,paper,,,",
            "inquiry_number",
            "CP9",
            "form of an inquiry number",
        ),
        row(
            "CPN_9!,奈良県,3000,3000,2023-02-24,paper,,,",
            "inquiry_number",
            "CPN_9!",
            "letters and digits only",
        ),
        row(
            "CPN9,ならけんん,3000,3000,2023-02-24,paper,,,",
            "prefecture",
            "ならけんん",
            "no such prefecture",
        ),
        row("CPN9,奈良県,3000.5,300,2023-02-24,paper,,,", "face_value", "3000.5", YEN),
        row("CPN9,奈良県,三千,300,2023-02-24,paper,,,", "face_value", "三千", YEN),
        row("CPN9,奈良県,,300,2023-02-24,paper,,,", "face_value", "", NEEDED),
        row(
            "CPN9,奈良県,10000001,300,2023-02-24,paper,,,",
            "face_value",
            "10000001",
            "must be from",
        ),
        row("CPN9,奈良県,-3000,300,2023-02-24,paper,,,", "face_value", "'-3000", "must be from"),
        row(
            "CPN9,奈良県,3000,3001,2023-02-24,paper,,,",
            "balance",
            "3001",
            "higher than the face value",
        ),
        row("CPN9,奈良県,3000,-1,2023-02-24,paper,,,", "balance", "'-1", "must be from"),
        row("CPN9,奈良県,3000,x,2023-02-24,paper,,,", "balance", "x", YEN),
        row("CPN9,奈良県,3000,\"1,50\",2023-02-24,paper,,,", "balance", "1,50", YEN),
        row(
            "CPN9,奈良県,3000,99999999999999999999,2023-02-24,paper,,,",
            "balance",
            "99999999999999999999",
            "must be from",
        ),
        row("CPN9,奈良県,3000,300,2023-02-30,paper,,,", "expires_on", "2023-02-30", "2023-02-24"),
        row("CPN9,奈良県,3000,300,24.02.23,paper,,,", "expires_on", "24.02.23", "2023-02-24"),
        row("CPN9,奈良県,3000,300,,paper,,,", "expires_on", "", NEEDED),
        row("CPN9,奈良県,3000,300,2023-02-24,phone,,,", "holder", "phone", "app (アプリ)"),
        row("CPN9,奈良県,3000,300,2023-02-24,,,,", "holder", "", NEEDED),
        row("CPN9,奈良県,3000,300,2023-02-24,paper,\u{1b}[2J,,", "phone", "\u{fffd}[2J", "U+001B"),
        row("CPN9,奈良県,3000,300,2023-02-24,paper,,a\u{202d}b,", "email", "a\u{fffd}b", "U+202D"),
        row(
            "CPN1,奈良県,5000,501,2023-02-24,app,090-0000-0001,a@example.jp,宿A",
            "inquiry_number",
            "CPN1",
            "imported earlier",
        ),
    ]
}

fn bad_settlements() -> Vec<Bad> {
    let row = |row: &str, column, value, reason| bad("settlements", row, column, value, reason);
    vec![
        row("D9,CPN1,M1,1500", "", "D9,CPN1,M1,1500", "4 fields, the header has 5"),
        row(",CPN1,M1,1500,2023-02-24 17:05", "settlement_id", "", NEEDED),
        row("D9,NOPE1,M1,1500,2023-02-24 17:05", "inquiry_number", "NOPE1", "no such coupon"),
        row("D9,CPN1,M9,1500,2023-02-24 17:05", "merchant_id", "M9", "no such merchant"),
        row("D9,CPN1,M1,0,2023-02-24 17:05", "amount", "0", "must be from"),
        row("D9,CPN1,M1,10000001,2023-02-24 17:05", "amount", "10000001", "must be from"),
        row("D9,CPN1,M1,-1500,2023-02-24 17:05", "amount", "'-1500", "must be from"),
        row("D9,CPN1,M1,1500.0,2023-02-24 17:05", "amount", "1500.0", YEN),
        row("D9,CPN1,M1,1 500,2023-02-24 17:05", "amount", "1 500", YEN),
        row("D9,CPN1,M1,NaN,2023-02-24 17:05", "amount", "NaN", YEN),
        row("D9,CPN1,M1,,2023-02-24 17:05", "amount", "", NEEDED),
        row("D9,CPN1,M1,1500,2023-02-24", "settled_at", "2023-02-24", ""),
        row("D9,CPN1,M1,1500,2023-02-24 25:00", "settled_at", "2023-02-24 25:00", ""),
        row("D9,CPN1,M1,1500,2023-02-29 17:00", "settled_at", "2023-02-29 17:00", ""),
        row("D9,CPN1,M1,1500,きのう", "settled_at", "きのう", ""),
        row("D9,CPN1,M1,1500,", "settled_at", "", NEEDED),
        row("D1,CPN1,M1,1501,2023-02-24 17:05", "settlement_id", "D1", "imported earlier"),
        row("D1,CPN1,M1,1500,2023-02-24 17:06", "settlement_id", "D1", "imported earlier"),
    ]
}

fn bad_sales_and_coverage() -> Vec<Bad> {
    let row = |row: &str, column, value, reason| bad("sales", row, column, value, reason);
    let cover = |row: &str, column, value, reason| bad("coverage", row, column, value, reason);
    vec![
        row("S9,M1,2023-02-24 17:05,1500,0,", "", "S9,M1,2023-02-24 17:05,1500,0,", "6 fields"),
        row("S9,M9,2023-02-24 17:05,1500,0,,", "merchant_id", "M9", "no such merchant"),
        row("S9,M1,2023-02-24 17:05,1500,0,NOPE1,", "inquiry_number", "NOPE1", "no such coupon"),
        row("S9,M1,2023-02-24 17:05,0,0,,", "total", "0", "must be from"),
        row("S9,M1,2023-02-24 17:05,10000001,0,,", "total", "10000001", "must be from"),
        row("S9,M1,2023-02-24 17:05,1500,-1,,", "cash", "'-1", "must be from"),
        row("S9,M1,2023-02-24 17:05,1500,10000001,,", "cash", "10000001", "must be from"),
        row("S9,M1,2023-02-24 17:05,1500,,,", "cash", "", NEEDED),
        row("S9,M1,17:05,1500,0,,", "sold_at", "17:05", ""),
        row("S9,M1,2023-02-24 17:05,1500,0,,R\u{85}1", "receipt", "R 1", UNSEEN),
        row("S1,M1,2023-02-24 17:05,1500,1,CPN1,R-1", "sale_id", "S1", "imported earlier"),
        row("S1,M1,2023-02-24 17:05,1500,0,,R-1", "sale_id", "S1", "imported earlier"),
        cover(
            "M9,sales,2023-02-24 16:00,2023-02-24 18:00",
            "merchant_id",
            "M9",
            "no such merchant",
        ),
        cover(
            "M1,receipts,2023-02-24 16:00,2023-02-24 18:00",
            "source",
            "receipts",
            "settlements (決済)",
        ),
        cover("M1,,2023-02-24 16:00,2023-02-24 18:00", "source", "", NEEDED),
        cover(
            "M1,sales,2023-02-24 18:00,2023-02-24 18:00",
            "covers_until",
            "2023-02-24 18:00",
            "must end after it begins",
        ),
        cover(
            "M1,sales,2023-02-24 18:00,2023-02-24 16:00",
            "covers_until",
            "2023-02-24 16:00",
            "must end after it begins",
        ),
        cover("M1,sales,x,2023-02-24 16:00", "covers_from", "x", ""),
    ]
}

/// One bad row, a good one before and after it: nothing of the file is imported.
fn each_is_rejected(bads: &[Bad]) {
    let office = office();
    let before = state(&office);
    for bad in bads {
        let what = &bad.row;
        let last = match bad.kind {
            "merchants" => "M4,末広,,奈良県,,",
            "coupons" => "CPN4,奈良県,3000,3000,2023-02-24,paper,,,",
            "settlements" => "D4,CPN2,M2,700,2023-02-24 17:30",
            "sales" => "S4,M2,2023-02-24 17:30,700,0,,",
            _ => "M2,sales,2023-02-24 16:00,2023-02-24 18:00",
        };
        let path = office.file("bad.csv", &table(bad.kind, &[good(bad.kind), what, last]));
        let answer = import(&office, bad.kind, &path, &[]);
        assert_eq!(answer.json["error"]["code"], "RECORDS_REJECTED", "{what}: {}", answer.json);
        assert_eq!(answer.status, 1, "{what}");
        assert_eq!(answer.json["rejected"], 1, "{what}");
        assert_eq!(answer.json["imported"], 0, "{what}");
        assert_eq!(answer.json["read"], 3, "{what}");
        let listed = rejects(&path);
        let [row] = listed.as_slice() else { panic!("{what}: {listed:?}") };
        assert_eq!((row.line, row.column.as_str()), (3, bad.column), "{what}: {row:?}");
        assert_eq!(row.value, bad.value, "{what}");
        assert!(row.reason_en.contains(bad.reason), "{what}: {}", row.reason_en);
        assert!(!row.reason_en.is_empty() && !row.reason_ja.is_ascii());
        let told = format!("3行目 {}", bad.column);
        assert!(answer.stderr.contains(&told), "{what}: {}", answer.stderr);
        let said = madoguchi::domain::text::for_terminal(&row.reason_ja);
        assert!(answer.stderr.contains(&said), "{what}: {}", answer.stderr);
        assert!(!answer.stderr.contains('\u{1b}'), "{what}: nothing steers the terminal");
        assert_eq!(state(&office), before, "{what}: something was imported");
        std::fs::remove_file(rejects_path(&path)).expect("removed");
    }
    assert_eq!(verify(office.database()).status, 0);
}

#[test]
fn bad_merchants_are_rejected() {
    each_is_rejected(&bad_merchants());
}

#[test]
fn bad_coupons_are_rejected() {
    each_is_rejected(&bad_coupons());
}

#[test]
fn bad_settlements_are_rejected() {
    each_is_rejected(&bad_settlements());
}

#[test]
fn bad_sales_and_coverage_are_rejected() {
    each_is_rejected(&bad_sales_and_coverage());
}

#[test]
fn everything_that_is_wrong_with_a_row_is_listed() {
    let office = office();
    let row = "CP\u{7}9,奈良国,3000.5,x,2023-02-30,phone,a\u{202e}b,,";
    let path = office.file("bad.csv", &table("coupons", &[row, good("coupons")]));
    let answer = import(&office, "coupons", &path, &[]);
    assert_eq!(answer.json["rejected"], 1, "one row: {}", answer.json);
    let columns: Vec<String> = rejects(&path).into_iter().map(|row| row.column).collect();
    let all =
        ["inquiry_number", "prefecture", "face_value", "balance", "expires_on", "holder", "phone"];
    assert_eq!(columns, all);
}

/// A refusal of the file as a whole, whose message says what is the matter.
fn refused(office: &Office, answer: &Answer, says: &str) {
    assert_eq!(answer.status, 1, "{}\n{}", answer.json, answer.stderr);
    assert_eq!(answer.json["error"]["code"], "FILE_UNREADABLE", "{}", answer.json);
    let message = answer.json["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains(says), "{message:?} does not say {says:?}");
    assert_eq!(state(office)["import"], 5, "something was imported");
}

#[test]
fn a_file_that_is_no_table_is_told_what_it_is() {
    let office = office();
    let bytes = |kind: &str, bytes: &[u8], says: &str| {
        refused(&office, &import_bytes(&office, kind, bytes, &[]), says);
    };
    bytes("sales", b"", "空です");
    bytes("sales", b"\xef\xbb\xbf", "空です");
    bytes("sales", b"\r\n\r\n  \r\n", "空です");
    bytes("sales", header("sales").as_bytes(), "見出しだけ");
    bytes("sales", format!("{}\r\n\r\n", header("sales").trim_end()).as_bytes(), "見出しだけ");
    bytes("sales", header("sales").trim_end().as_bytes(), "見出しだけ");
    bytes("sales", table("sales", &["S3,M1,2023-02-24 17:30,700,0,,\0"]).as_bytes(), "2行目にNUL");
    bytes("sales", b"\0\0\0\0", "NUL");
    bytes("sales", b"\xff\xfes\0a\0l\0e\0", "UTF-16");
    bytes("sales", header("sales").replace(',', "\t").as_bytes(), "タブ");
    bytes("sales", header("sales").replace(',', ";").as_bytes(), "セミコロン");
    bytes("sales", b"\"sale_id,merchant_id\nS3,M1\n", "見出し行が終わりません");
    let without = table("sales", &[]).replace(",cash", "");
    bytes("sales", format!("{without}S3,M1,2023-02-24 17:30,700,,\n").as_bytes(), "cash (現金等)");
    let unknown = table("sales", &[]).replace("cash", "cash,colour");
    bytes("sales", format!("{unknown}S3,M1,2023-02-24 17:30,700,0,red,,\n").as_bytes(), "colour");
    let twice = table("sales", &[]).replace("cash", "cash,現金等");
    bytes("sales", format!("{twice}S3,M1,2023-02-24 17:30,700,0,0,,\n").as_bytes(), "cash");
    bytes("coupons", table("sales", &[good("sales")]).as_bytes(), "face_value (額面)");
    assert_eq!(verify(office.database()).status, 0);
}

/// The line is told, and nothing is guessed.
#[test]
fn bytes_that_are_neither_utf8_nor_cp932_are_refused_with_their_line() {
    let office = office();
    let mut text = table("merchants", &["M3,春日堂,,奈良県,,"]).into_bytes();
    text.extend(b"M4,\xff\xfe\xfd,,\xe5\xa5\x88\xe8\x89\xaf,,\n");
    let answer = import_bytes(&office, "merchants", &text, &[]);
    assert_eq!(answer.status, 1, "{}", answer.json);
    let code = answer.json["error"]["code"].as_str().unwrap_or_default();
    assert!(["RECORDS_REJECTED", "FILE_UNREADABLE"].contains(&code), "{}", answer.json);
    assert!(answer.stderr.contains("3行目"), "{}", answer.stderr);
    assert_eq!(state(&office)["import"], 5);
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode("M4,春日堂,,奈良県,,\n");
    let mut file = table("merchants", &[]).into_bytes();
    file.extend(cp932.iter());
    let answer = import_bytes(&office, "merchants", &file, &["--encoding", "utf-8"]);
    refused(&office, &answer, "2行目");
    let utf8 = table("merchants", &["M4,\u{9e7f}\u{306e}店𠮷,,奈良県,,"]);
    let answer = import_bytes(&office, "merchants", utf8.as_bytes(), &["--encoding", "shift_jis"]);
    assert_eq!(answer.status, 1, "{}", answer.json);
    let answer = import_bytes(&office, "merchants", &file, &["--encoding", "latin-1"]);
    assert_eq!(answer.refused(), "BAD_INPUT");
    import_bytes(&office, "merchants", &file, &["--encoding", "cp932"]).done();
}

#[test]
fn what_is_no_file_is_told_so() {
    let office = office();
    let at = |path: &Path| import(&office, "sales", path, &[]);
    refused(&office, &at(&office.folder().join("gone.csv")), "ありません");
    refused(&office, &at(&office.folder().join("gone").join("sales.csv")), "ありません");
    refused(&office, &at(office.folder()), "フォルダー");
    refused(&office, &at(Path::new("/dev/null")), "通常のファイルではありません");
    assert!(!office.folder().join("gone.csv.rejects.csv").exists());
}

#[test]
fn a_file_that_ends_in_the_middle_is_not_imported() {
    let office = office();
    let before = state(&office);
    let whole = table("settlements", &[good("settlements"), "D4,CPN2,M2,800,2023-02-24 17:31"]);
    // Cut off in every place of the last row but after its last character.
    let row = whole.trim_end().len() - whole.trim_end().rfind('\n').expect("rows") - 1;
    for cut in [1, 2, 6, 9, 17, 20] {
        assert!(cut < row);
        let text = &whole.trim_end()[..whole.trim_end().len() - cut];
        let answer = office.import("settlements", text, &[]);
        assert_eq!(answer.status, 1, "{text:?}: {}", answer.json);
        assert_eq!(answer.json["error"]["code"], "RECORDS_REJECTED", "{text:?}");
        assert_eq!(rejects(&office.folder().join("settlements.csv"))[0].line, 3, "{text:?}");
        assert_eq!(state(&office), before);
    }
    // The line end alone is missing: that may be so, and is told.
    let answer = office.import("settlements", whole.trim_end(), &[]);
    assert!(answer.stderr.contains("改行で終わっていません"), "{}", answer.stderr);
    assert_eq!(answer.done()["imported"], 2);
}

/// The last digit is a digit like any other: only the missing line end can tell.
#[test]
fn a_file_cut_off_within_its_last_number_is_warned_of() {
    let office = office();
    let text = table("sales", &["S3,M2,2023-02-24 17:30,700,0,,R-1234"]);
    let answer = office.import("sales", &text[..text.len() - 3], &[]);
    assert!(answer.stderr.contains("改行で終わっていません"), "{}", answer.stderr);
    answer.done();
}

#[test]
fn a_quote_that_never_closes_swallows_nothing_silently() {
    let office = office();
    let before = state(&office);
    let rows =
        ["M3,春日堂,,奈良県,,", "M4,\"末広,,奈良県,,", "M5,松屋,,奈良県,,", "M6,竹屋,,奈良県,,"];
    let path = office.file("open.csv", &table("merchants", &rows));
    let answer = import(&office, "merchants", &path, &[]);
    assert_eq!(answer.refused(), "RECORDS_REJECTED");
    let listed = rejects(&path);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0].line, 3);
    assert!(listed[0].reason_en.contains("not closed"), "{listed:?}");
    // Longer than any row can be.
    let long = format!("M4,\"{}\",,奈良県,,", "あ".repeat(100_000));
    let path = office.file("long.csv", &table("merchants", &["M3,春日堂,,奈良県,,", &long]));
    assert_eq!(import(&office, "merchants", &path, &[]).refused(), "RECORDS_REJECTED");
    assert_eq!(rejects(&path)[0].line, 3);
    assert!(std::fs::metadata(rejects_path(&path)).expect("a list").len() < 5_000);
    assert_eq!(state(&office), before);
}

#[test]
fn cp932_with_half_width_kana_is_found_by_itself() {
    let office = office();
    let text = "フリガナ,加盟店ID,電話番号,住所,店舗名,都道府県\r\n\
        ｶｽｶﾞﾄﾞｳ,M3,０７４２－００－０００３,奈良市①番,髙橋ｶﾞﾗｽ春日堂,ﾅﾗｹﾝ\r\n";
    let (bytes, _, lost) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!lost && std::str::from_utf8(&bytes).is_err(), "it is CP932 and nothing else");
    let done = import_bytes(&office, "merchants", &bytes, &[]).done();
    assert_eq!(done["imported"], 1);
    let conn = opened(office.database());
    let row = "FROM merchant WHERE merchant_id = 'M3'";
    assert_eq!(text_of(&conn, "name", row), "髙橋ｶﾞﾗｽ春日堂");
    assert_eq!(text_of(&conn, "address", row), "奈良市①番");
    assert_eq!(number(&conn, &format!("SELECT prefecture {row}")), 29);
    drop(conn);
    // Said in full width, it is found all the same.
    let found = office.run("op", ["shop", "カスガドウ"]).done();
    assert_eq!(found["shops"][0]["merchant_id"], "M3", "{found}");
    // The same rows in UTF-8 are the same rows.
    let again = import_bytes(&office, "merchants", text.as_bytes(), &[]).done();
    assert_eq!((again["imported"].as_i64(), again["unchanged"].as_i64()), (Some(0), Some(1)));
}

#[test]
fn what_a_web_page_left_between_the_letters_is_no_part_of_a_record() {
    let office = office();
    let row =
        "M9,鹿の\u{200b}茶屋\u{feff},シカノ\u{200d}チャヤ,奈良県,奈良市\u{ad}1,0742-\u{2060}1";
    let path = office.file("merchants.csv", &table("merchants", &[row]));
    import(&office, "merchants", &path, &[]).done();
    // Whether it comes with them or without, it is the same row.
    let plain = table("merchants", &["M9,鹿の茶屋,シカノチャヤ,奈良県,奈良市1,0742-1"]);
    let again = import(&office, "merchants", &office.file("merchants.csv", &plain), &[]).done();
    assert_eq!((again["imported"].as_i64(), again["unchanged"].as_i64()), (Some(0), Some(1)));
    let conn = opened(office.database());
    let row = "SELECT name || kana || address || phone FROM merchant WHERE merchant_id = 'M9'";
    assert_eq!(text(&conn, row), "鹿の茶屋シカノチャヤ奈良市10742-1");
    office.audited();
}

fn text_of(conn: &Books, column: &str, row: &str) -> String {
    text(conn, &format!("SELECT {column} {row}"))
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let office = office();
    for (kind, name) in RECORD_TABLES {
        let plain = table(kind, &[good(kind)]);
        let done = office.import(kind, &plain, &[]).done();
        assert_eq!(done["imported"], 1, "{kind}");
        let rows = rows_of(&opened(office.database()), name);
        let crlf = plain.replace('\n', "\r\n");
        let spaced = format!("{plain}\n  \n\n");
        let quoted: String = plain
            .lines()
            .map(|line| {
                let cells: Vec<String> =
                    line.split(',').map(|cell| format!("\"{cell}\"")).collect();
                cells.join(",") + "\n"
            })
            .collect();
        for text in [format!("\u{feff}{plain}"), format!("\u{feff}{crlf}"), crlf, spaced, quoted] {
            let done = office.import(kind, &text, &[]).done();
            assert_eq!(done["unchanged"], 1, "{kind} {text:?}: {done}");
            assert_eq!(done["imported"], 0, "{kind} {text:?}: {done}");
        }
        assert_eq!(rows_of(&opened(office.database()), name), rows);
    }
}

#[test]
fn japanese_headers_in_another_order_are_the_same_columns() {
    let office = office();
    let mut plain = Vec::new();
    for (kind, _) in RECORD_TABLES {
        office.import(kind, &table(kind, &[good(kind)]), &[]).done();
        plain.push(kind);
    }
    let others = [
        (
            "merchants",
            "電話番号,住所,都道府県,フリガナ,店舗名,加盟店ID\n,奈良市3,奈良,カスガドウ,春日堂,M3\n",
        ),
        (
            "coupons",
            "発行店,メールアドレス,電話番号,利用形態,有効期限,残額,額面,都道府県,お問い合わせ番号\n\
             ,,,紙,2023/2/24,\"３，０００円\",¥3000,なら,cpn-3\n",
        ),
        (
            "settlements",
            "決済日時,金額,加盟店ID,お問い合わせ番号,決済ID\n\
             2023-02-24T08:30:00Z,７００,M2,ＣＰＮ ２,D3\n",
        ),
        (
            "sales",
            "レシート番号,お問い合わせ番号,現金等,合計,売上日時,加盟店ID,売上ID\n\
             ,,０,700円,2023/2/24 17:30,M2,S3\n",
        ),
        ("coverage", "終了,開始,種別,加盟店ID\n2023/2/24 18:00,2023/2/24 16:00,決済,M2\n"),
    ];
    for (kind, text) in others {
        let done = office.import(kind, text, &[]).done();
        assert_eq!(done["unchanged"], 1, "{kind}: {done}");
    }
}

#[test]
fn the_same_row_again_is_unchanged_and_another_content_is_not_let_in() {
    let office = office();
    let row = good("settlements");
    let other = "D3,CPN2,M2,701,2023-02-24 17:30";
    // Twice the same in one file.
    let done = office.import("settlements", &table("settlements", &[row, row]), &[]).done();
    assert_eq!(done["read"], 2);
    assert_eq!((done["imported"].as_i64(), done["unchanged"].as_i64()), (Some(1), Some(1)));
    // Once more, with a new one.
    let new = "D4,CPN2,M2,800,2023-02-24 17:31";
    let done = office.import("settlements", &table("settlements", &[row, new, row]), &[]).done();
    assert_eq!((done["imported"].as_i64(), done["unchanged"].as_i64()), (Some(1), Some(2)));
    let before = state(&office);
    // The same id with other content: inside the file, whose first line is named, and across.
    let path = office.file(
        "twice.csv",
        &table(
            "settlements",
            &[
                "D5,CPN2,M2,800,2023-02-24 17:31",
                "D6,CPN2,M2,800,2023-02-24 17:31",
                "D5,CPN2,M2,801,2023-02-24 17:31",
            ],
        ),
    );
    assert_eq!(import(&office, "settlements", &path, &[]).refused(), "RECORDS_REJECTED");
    let listed = rejects(&path);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!((listed[0].line, listed[0].column.as_str()), (4, "settlement_id"));
    assert_eq!(listed[0].value, "D5");
    assert!(listed[0].reason_en.ends_with("line 2"), "{listed:?}");
    let path = office.file("other.csv", &table("settlements", &[other]));
    assert_eq!(import(&office, "settlements", &path, &[]).refused(), "RECORDS_REJECTED");
    assert_eq!(state(&office), before);
}

/// The quick way into an empty table finds the same as the careful one.
#[test]
fn the_first_import_is_held_to_the_same_rules() {
    let office = Office::open();
    let rejected = |kind: &str, rows: &[&str], line: u64, column: &str, reason: &str| {
        let path = office.file("first.csv", &table(kind, rows));
        let answer = import(&office, kind, &path, &[]);
        assert_eq!(answer.json["rejected"], 1, "{rows:?}: {}", answer.json);
        assert_eq!(answer.refused(), "RECORDS_REJECTED");
        let listed = rejects(&path);
        assert_eq!((listed[0].line, listed[0].column.as_str()), (line, column), "{listed:?}");
        assert!(listed[0].reason_en.contains(reason), "{listed:?}");
        let conn = opened(office.database());
        assert!(RECORD_TABLES.iter().all(|(of, table)| *of != kind || rows_of(&conn, table) == 0));
    };
    let twice = ["M1,鹿の茶屋,,奈良県,,", "M2,大仏,,奈良県,,", "M1,鹿の茶店,,奈良県,,"];
    rejected("merchants", &twice, 4, "merchant_id", "line 2");
    rejected(
        "settlements",
        &["D1,CPN1,M1,1500,2023-02-24 17:05"],
        2,
        "inquiry_number",
        "no such coupon",
    );
    let same = ["M1,鹿の茶屋,,奈良県,,", "M1,鹿の茶屋,,奈良県,,", "M2,大仏,,奈良県,,"];
    let done = office.import("merchants", &table("merchants", &same), &[]).done();
    assert_eq!((done["imported"].as_i64(), done["unchanged"].as_i64()), (Some(2), Some(1)));
    let coupon = "CPN1,奈良県,5000,500,2023-02-24,app,,,";
    let coupons = [coupon, "CPN1,奈良県,5000,501,2023-02-24,app,,,"];
    rejected("coupons", &coupons, 3, "inquiry_number", "line 2");
    office.import("coupons", &table("coupons", &[coupon]), &[]).done();
    let settled = "D1,CPN1,M1,1500,2023-02-24 17:05";
    rejected(
        "settlements",
        &[settled, "D2,CPN1,M9,1500,2023-02-24 17:05"],
        3,
        "merchant_id",
        "no such merchant",
    );
    rejected(
        "settlements",
        &[settled, "D2,CPN9,M1,1500,2023-02-24 17:05"],
        3,
        "inquiry_number",
        "no such coupon",
    );
    rejected(
        "settlements",
        &[settled, "D1,CPN1,M1,1501,2023-02-24 17:05"],
        3,
        "settlement_id",
        "line 2",
    );
    let sold = "S1,M1,2023-02-24 17:05,1500,0,,";
    rejected(
        "sales",
        &[sold, "S2,M9,2023-02-24 17:05,1500,0,,"],
        3,
        "merchant_id",
        "no such merchant",
    );
    rejected(
        "sales",
        &[sold, "S2,M1,2023-02-24 17:05,1500,0,CPN9,"],
        3,
        "inquiry_number",
        "no such coupon",
    );
    rejected(
        "coverage",
        &["M9,sales,2023-02-24 16:00,2023-02-24 18:00"],
        2,
        "merchant_id",
        "no such merchant",
    );
    office.import("settlements", &table("settlements", &[settled]), &[]).done();
    office.import("sales", &table("sales", &[sold]), &[]).done();
    assert_eq!(verify(office.database()).status, 0);
}

#[test]
fn ten_thousand_bad_rows_are_all_listed_and_twenty_told() {
    let office = office();
    let before = state(&office);
    // Bad in themselves and bad against what is there take turns.
    let rows: Vec<String> = (0..10_000)
        .map(|i| match i % 4 {
            0 => format!("X{i},CPN1,M1,0,2023-02-24 17:05"),
            1 => format!("X{i},NOPE{i},M1,100,2023-02-24 17:05"),
            2 => format!("X{i},CPN1,M1,100,soon"),
            _ => format!("X{i},CPN1,M{i},100,2023-02-24 17:05"),
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let path = office.file("many.csv", &table("settlements", &rows));
    let answer = import(&office, "settlements", &path, &[]);
    assert_eq!(answer.json["rejected"], 10_000, "{}", answer.json);
    assert_eq!(answer.json["rejects_file"], rejects_path(&path).to_str().expect("a name"));
    let told: Vec<&str> = answer.stderr.lines().filter(|line| line.contains("行目 ")).collect();
    assert_eq!(told.len(), 20, "{}", answer.stderr);
    assert!(
        told[0].starts_with("2行目 amount") && told[19].starts_with("21行目 merchant_id"),
        "{told:?}"
    );
    assert_eq!(answer.refused(), "RECORDS_REJECTED");
    let listed = rejects(&path);
    assert!(listed.iter().map(|row| row.line).eq(2..10_002), "every line once, in order");
    assert!(
        listed.iter().zip(0..).all(|(row, i)| row.column
            == ["amount", "inquiry_number", "settled_at", "merchant_id"][i % 4])
    );
    assert_eq!(state(&office), before);
}

#[test]
fn no_cell_of_the_rejects_file_is_a_formula() {
    let office = office();
    let evil = [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "+1",
        "-1+1",
        "@SUM(A1)",
        "＝1+1",
        "＋1",
        "－1x",
        "＠A1",
        "\u{2212}1x",
        "  =1+1",
        "　=1+1",
        "\t=1+1",
        "\u{200b}=1+1",
        "\u{feff}=1",
        "﹢1",
        "⁼1",
    ];
    let mut rows: Vec<String> =
        evil.iter().map(|cell| format!("X1,CPN1,M1,\"{cell}x\",2023-02-24 17:05")).collect();
    rows.extend(evil.iter().map(|cell| format!("X1,CPN1,M1,100,\"{cell}\"")));
    // A whole row that is told as one cell, and a quoted line break.
    rows.push("=1+1,CPN1".to_owned());
    rows.push("X1,CPN1,M1,\"\n=1+1\",2023-02-24 17:05".to_owned());
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let path = office.file("evil.csv", &table("settlements", &rows));
    assert_eq!(import(&office, "settlements", &path, &[]).refused(), "RECORDS_REJECTED");
    let listed = rejects(&path);
    assert_eq!(listed.len(), rows.len());
    for row in &listed {
        let first = row.value.chars().find(|c| !c.is_whitespace() && *c != '\u{fffd}');
        assert_eq!(first, Some('\''), "{row:?}");
        assert!(!row.value.chars().any(char::is_control), "{row:?}");
        for cell in [&row.column, &row.reason_ja, &row.reason_en] {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{row:?}");
        }
    }
}

#[test]
fn a_rejects_file_that_cannot_be_written_is_told_and_changes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let office = office();
    let before = state(&office);
    let rows = table("settlements", &["D9,CPN1,M1,0,2023-02-24 17:05"]);
    let check = |path: &Path| {
        let answer = import(&office, "settlements", path, &[]);
        assert_eq!(answer.json["rejected"], 1, "{}", answer.json);
        assert!(answer.json["rejects_file"].is_null(), "{}", answer.json);
        assert!(answer.stderr.contains("2行目 amount"), "the rows are told: {}", answer.stderr);
        assert!(answer.stderr.contains(".rejects.csv"), "and why no list: {}", answer.stderr);
        assert_eq!(answer.refused(), "RECORDS_REJECTED");
        assert_eq!(state(&office), before);
    };
    // Something else has its name.
    let path = office.file("taken.csv", &rows);
    std::fs::create_dir(rejects_path(&path)).expect("a folder");
    check(&path);
    // The folder may not be written to; whoever runs as root may write everywhere.
    let folder = office.folder().join("kept");
    std::fs::create_dir(&folder).expect("a folder");
    let path = folder.join("settlements.csv");
    std::fs::write(&path, &rows).expect("written");
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).expect("set");
    if std::fs::write(folder.join("probe"), "").is_err() {
        check(&path);
    }
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).expect("set");
}

#[test]
fn the_rejects_file_is_for_its_owner_only_and_replaced_by_the_next() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = office();
    let path = office.file("bad.csv", &table("settlements", &["D9,CPN1,M1,0,2023-02-24 17:05"]));
    assert_eq!(import(&office, "settlements", &path, &[]).refused(), "RECORDS_REJECTED");
    let mode = std::fs::metadata(rejects_path(&path)).expect("a list").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    let path = office.file("bad.csv", &table("settlements", &["D9,CPN1,M1,1,soon"]));
    assert_eq!(import(&office, "settlements", &path, &[]).refused(), "RECORDS_REJECTED");
    let listed = rejects(&path);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].column, "settled_at");
}

/// What a case would come to, as far as the records are declared complete.
fn reason(office: &Office, coupon: &str, merchant: &str) -> String {
    let words = [
        "case",
        "open",
        "--number",
        coupon,
        "--expiry",
        "2023-02-24",
        "--prefecture",
        "奈良県",
        "--merchant",
        merchant,
        "--dry-run",
    ];
    let view = office.run("op", words).done();
    view["reasons"][0].as_str().expect("a reason").to_owned()
}

#[test]
fn covers_with_settlements_is_for_every_merchant() {
    let office = office();
    assert_eq!(reason(&office, "CPN2", "M2"), "P11_SETTLEMENTS_MISSING");
    assert_eq!(reason(&office, "CPN1", "M1"), "P11_SETTLEMENTS_MISSING");
    // The file names M1 only, and brings nothing new.
    let known = table("settlements", &["D1,CPN1,M1,1500,2023-02-24 17:05"]);
    let done = office.import("settlements", &known, &["--covers", OUTAGE_COVERED]).done();
    assert_eq!((done["imported"].as_i64(), done["unchanged"].as_i64()), (Some(0), Some(1)));
    assert_eq!(reason(&office, "CPN2", "M2"), "R41_NO_SETTLEMENT");
    assert_eq!(reason(&office, "CPN1", "M1"), "P12_SALES_MISSING");
    assert_eq!(reason(&office, "CPN1", "M2"), "F4_NOT_SETTLED_HERE");
    // Declared once more: nothing changes.
    let before = state(&office)["coverage"];
    office.import("settlements", &known, &["--covers", OUTAGE_COVERED]).done();
    assert_eq!(state(&office)["coverage"], before);
    // A merchant that comes later is covered too.
    office.import("merchants", &table("merchants", &[good("merchants")]), &[]).done();
    assert_eq!(reason(&office, "CPN2", "M3"), "R41_NO_SETTLEMENT");
    assert_eq!(verify(office.database()).status, 0);
}

#[test]
fn covers_with_sales_is_for_the_merchants_named() {
    let office = office();
    let settled = table("settlements", &["D2,CPN2,M2,700,2023-02-24 17:30"]);
    office.import("settlements", &settled, &["--covers", OUTAGE_COVERED]).done();
    // From 17:00 to 20:00 only: the file of the office has M1 to 18:00.
    let known = table("sales", &["S1,M1,2023-02-24 17:05,1500,0,CPN1,R-1"]);
    office.import("sales", &known, &["--covers", "2023-02-24 17:00/2023-02-24 20:00"]).done();
    assert_eq!(reason(&office, "CPN1", "M1"), "P12_SALES_MISSING");
    // The rest, a second short of it, and then all of it.
    office.import("sales", &known, &["--covers", "2023-02-24 20:00:01/2023-02-25 00:00"]).done();
    assert_eq!(reason(&office, "CPN1", "M1"), "P12_SALES_MISSING");
    office.import("sales", &known, &["--covers", "2023-02-24 20:00/2023-02-24 20:00:01"]).done();
    assert_eq!(reason(&office, "CPN1", "M1"), "R43_NOT_OVERPAID");
    assert_eq!(reason(&office, "CPN2", "M2"), "P12_SALES_MISSING");
    let other = table("sales", &["S9,M2,2023-02-20 12:00,100,0,,"]);
    office.import("sales", &other, &["--covers", OUTAGE_COVERED]).done();
    assert_eq!(reason(&office, "CPN2", "M2"), "V31_SHOP_SILENT");
    assert_eq!(verify(office.database()).status, 0);
}

#[test]
fn covers_goes_the_way_of_its_file() {
    let office = office();
    let before = state(&office);
    let bad = table("settlements", &["D9,CPN1,M1,0,2023-02-24 17:05"]);
    let answer = office.import("settlements", &bad, &["--covers", OUTAGE_COVERED]);
    assert_eq!(answer.refused(), "RECORDS_REJECTED");
    assert_eq!(state(&office), before, "nothing is declared by a file that was rejected");
    for kind in ["merchants", "coupons", "coverage"] {
        let answer =
            office.import(kind, &table(kind, &[good(kind)]), &["--covers", OUTAGE_COVERED]);
        assert_eq!(answer.refused(), "BAD_INPUT", "{kind}");
    }
    for covers in ["2023-02-24 20:00", "2023-02-25 00:00/2023-02-24 17:00", "x/y", "/", ""] {
        let text = table("settlements", &[good("settlements")]);
        let answer = office.import("settlements", &text, &["--covers", covers]);
        assert!([1, 2].contains(&answer.status), "{covers:?}: {}", answer.json);
    }
    assert_eq!(state(&office), before);
}

#[test]
fn two_gigabytes_of_nothing_are_refused_at_once() {
    let office = office();
    let path = office.folder().join("huge.csv");
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(table("sales", &[good("sales")]).as_bytes()).expect("written");
    file.set_len(2 << 30).expect("sparse");
    drop(file);
    let started = Instant::now();
    let answer = import(&office, "sales", &path, &[]);
    refused(&office, &answer, "3行目にNUL");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    std::fs::File::create(&path).and_then(|file| file.set_len(2 << 30)).expect("sparse");
    refused(&office, &import(&office, "sales", &path, &[]), "1行目にNUL");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(verify(office.database()).status, 0);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_not_imported() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let office = office();
    let before = state(&office);
    let rows: Vec<String> =
        (0..30_000).map(|i| format!("X{i},CPN1,M1,100,2023-02-24 17:05")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let path = office.file("growing.csv", &table("settlements", &rows));
    let over = AtomicBool::new(false);
    let answer = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("it");
            let mut i = 0;
            while !over.load(Ordering::Relaxed) {
                i += 1;
                writeln!(file, "Y{i},CPN1,M1,100,2023-02-24 17:05").expect("written");
                std::thread::sleep(Duration::from_micros(300));
            }
        });
        let answer = import(&office, "settlements", &path, &[]);
        over.store(true, Ordering::Relaxed);
        answer
    });
    refused(&office, &answer, "ファイルが変わりました");
    assert_eq!(state(&office), before);
}

/// The most memory that a process ever had, in kB, while it runs.
fn peak_kb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Memory does not grow with the file. Soak only: a million coupons take a while to make.
#[test]
fn a_million_coupons_need_less_than_100_mib() {
    if !soak() {
        return;
    }
    let office = Office::open();
    let folder = office.folder().join("sample");
    std::fs::create_dir(&folder).expect("a folder");
    let into = folder.to_str().expect("a name");
    office.run("ad", ["sample", into, "--coupons", "1000000"]).done();
    let mut peaks = Vec::new();
    // Into an empty table, and once more, where every row is held against the first.
    for round in ["first", "again"] {
        for kind in ["merchants", "coupons", "settlements"] {
            let path = folder.join(format!("{kind}.csv"));
            let words = ["import", kind, path.to_str().expect("a name")];
            let mut child = office.command("ad", words).spawn().expect("it runs");
            let mut most = 0;
            while child.try_wait().expect("its state").is_none() {
                most = most.max(peak_kb(child.id()).unwrap_or(0));
                std::thread::sleep(Duration::from_millis(5));
            }
            let output = child.wait_with_output().expect("what it said");
            let done = common::answer(&output).done();
            assert!(round == "first" || done["imported"] == 0, "{done}");
            println!("{round} {kind}: {} rows, {most} kB", done["read"]);
            assert!(kind == "merchants" || most > 0, "nothing was measured");
            peaks.push((round, kind, most));
        }
    }
    let over: Vec<_> = peaks.iter().filter(|(_, _, kb)| *kb >= 100 * 1024).collect();
    assert!(over.is_empty(), "{over:?} of {peaks:?}");
}
