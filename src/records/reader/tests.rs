use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::sample;

const COVERAGE: &str = "merchant_id,source,covers_from,covers_until\n";
const GOOD: &str = "M1,sales,2023-02-24 17:00,2023-02-25 00:00\n";

fn pattern() -> NumberPattern {
    NumberPattern::new("[0-9]{13}").expect("a fixed pattern")
}

fn write(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("records.csv");
    fs::write(&path, bytes).expect("a file");
    (folder, path)
}

type Outcome = Result<(Vec<Row>, Summary), FileError>;

fn read_file(path: &Path, kind: Kind) -> Outcome {
    let pattern = pattern();
    let mut rows = Vec::new();
    let reader = Reader::open(path, kind, None, &pattern, &str::to_owned)?;
    let summary = reader.read_all(&mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, summary))
}

fn read(kind: Kind, bytes: &[u8]) -> Outcome {
    let (_folder, path) = write(bytes);
    read_file(&path, kind)
}

fn trouble(bytes: &[u8]) -> FileTrouble {
    read(Kind::Coverage, bytes).expect_err("it must be refused").trouble
}

fn bad_lines(rows: &[Row]) -> Vec<(u64, BadRowReason)> {
    let bad = rows.iter().filter_map(|row| match row {
        Row::Bad(bad) => Some(bad.iter().map(|b| (b.line, b.reason.clone()))),
        Row::Good { .. } => None,
    });
    bad.flatten().collect()
}

#[test]
fn a_good_file_is_summed_up() {
    let text = format!("\u{feff}{COVERAGE}{GOOD}\r\n{GOOD}");
    let (rows, summary) = read(Kind::Coverage, text.as_bytes()).expect("good");
    assert_eq!((summary.read, summary.bad, summary.encoding), (2, 0, Encoding::Utf8));
    assert_eq!(summary.sha256_hex.len(), 64);
    assert!(!summary.unended_last_line);
    let lines = rows.iter().map(|row| match row {
        Row::Good { line, record, hash } => (*line, record.hash() == *hash),
        Row::Bad(bad) => panic!("{bad:?}"),
    });
    assert_eq!(lines.collect::<Vec<_>>(), [(2, true), (4, true)]);
}

#[test]
fn japanese_headers_in_another_order_in_cp932_say_the_same() {
    let english = "settlement_id,inquiry_number,merchant_id,amount,settled_at\n\
                   T1,1234567890123,鹿1,1500,2023-02-24 18:00\n";
    let japanese = "決済日時,金額,加盟店ID,お問い合わせ番号,決済ID\r\n\
                    2023/2/24 18:00,\"１，５００円\",鹿1,1234-5678-9012-3,T1\r\n";
    let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(japanese);
    let hash = |bytes: &[u8], encoding| {
        let (rows, summary) = read(Kind::Settlements, bytes).expect("good");
        assert_eq!(summary.encoding, encoding);
        match &rows[..] {
            [Row::Good { line: 2, hash, .. }] => *hash,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(hash(english.as_bytes(), Encoding::Utf8), hash(&bytes, Encoding::Cp932));
}

#[test]
fn a_header_without_rows_is_refused() {
    assert!(matches!(trouble(COVERAGE.as_bytes()), FileTrouble::HeaderOnly));
    assert!(matches!(trouble(COVERAGE.trim().as_bytes()), FileTrouble::HeaderOnly));
    assert!(matches!(trouble(format!("{COVERAGE}\n \n").as_bytes()), FileTrouble::HeaderOnly));
}

#[test]
fn a_header_that_is_not_this_kinds_is_refused() {
    assert!(
        matches!(trouble(b"a,b\n1,2\n"), FileTrouble::Columns { missing, .. } if missing.len() == 4)
    );
    assert!(matches!(trouble(b"a\tb\n1\t2\n"), FileTrouble::Separator('\t')));
    assert!(matches!(trouble(b"\"a,b\n1,2\n"), FileTrouble::HeaderUnended));
    let wide = "x".repeat(100_000);
    assert!(matches!(trouble(wide.as_bytes()), FileTrouble::HeaderUnended));
}

#[test]
fn a_bad_row_does_not_keep_the_others_from_being_read() {
    let text = format!("{COVERAGE}{GOOD}M1,\"x\ny\",z,\n{GOOD}M1\n{GOOD}");
    let (rows, summary) = read(Kind::Coverage, text.as_bytes()).expect("read to the end");
    assert_eq!((summary.read, summary.bad), (5, 2));
    let lines: Vec<u64> = bad_lines(&rows).iter().map(|bad| bad.0).collect();
    assert_eq!(lines, [3, 3, 3, 6]);
    assert_eq!(summary.sha256_hex.len(), 64);
}

#[test]
fn a_file_that_ends_in_the_middle_of_a_row_has_a_bad_row_and_a_warning() {
    let text = format!("{COVERAGE}{GOOD}M1,sales,2023-02");
    let (rows, summary) = read(Kind::Coverage, text.as_bytes()).expect("read to the end");
    assert_eq!(bad_lines(&rows), [(3, BadRowReason::FieldCount { expected: 4, found: 3 })]);
    assert!(summary.unended_last_line);
    let (_, summary) =
        read(Kind::Coverage, format!("{COVERAGE}{}", GOOD.trim()).as_bytes()).expect("good");
    assert_eq!((summary.read, summary.bad, summary.unended_last_line), (1, 0, true));
}

#[test]
fn a_quote_that_never_closes_is_one_bad_row_however_long_the_rest_is() {
    let text = format!("{COVERAGE}{GOOD}\"M1{GOOD}{}", GOOD.repeat(100_000));
    let (rows, summary) = read(Kind::Coverage, text.as_bytes()).expect("read");
    assert_eq!(bad_lines(&rows), [(3, BadRowReason::QuoteOpen)]);
    assert_eq!((summary.read, summary.bad), (2, 1));
    assert_eq!(summary.sha256_hex.len(), 64, "the hash is of the whole file all the same");
    match &rows[1] {
        Row::Bad(bad) => assert_eq!(bad[0].value.chars().count(), 200),
        other @ Row::Good { .. } => panic!("{other:?}"),
    }
}

#[test]
fn a_row_that_never_ends_is_too_long() {
    let text = format!("{COVERAGE}{GOOD}{}", "x".repeat(100_000));
    let (rows, _) = read(Kind::Coverage, text.as_bytes()).expect("read");
    assert_eq!(bad_lines(&rows), [(3, BadRowReason::TooLong)]);
}

#[test]
fn the_line_of_a_row_counts_the_breaks_within_the_rows_before_it() {
    let header = "merchant_id,name,kana,prefecture,address,phone\r\n";
    let text = format!("{header}M1,\"a\r\nb\",,29,,\r\n\r\nM2,,,29,,\r\n");
    let (rows, _) = read(Kind::Merchants, text.as_bytes()).expect("read");
    assert_eq!(bad_lines(&rows), [(2, BadRowReason::Character(13)), (5, BadRowReason::Empty)]);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_refused() {
    let (_folder, path) = write(format!("{COVERAGE}{GOOD}").as_bytes());
    let pattern = pattern();
    let reader = Reader::open(&path, Kind::Coverage, None, &pattern, &str::to_owned).expect("good");
    fs::write(&path, format!("{COVERAGE}{GOOD}{GOOD}")).expect("it grows");
    let outcome = reader.read_all(&mut |_| ControlFlow::Continue(()));
    assert!(matches!(outcome, Err(FileError { trouble: FileTrouble::Changed, .. })));
}

#[test]
fn the_sink_can_break_off_and_the_progress_can_be_watched() {
    let (_folder, path) = write(format!("{COVERAGE}{}", GOOD.repeat(50_000)).as_bytes());
    let pattern = pattern();
    let reader = Reader::open(&path, Kind::Coverage, None, &pattern, &str::to_owned).expect("good");
    let progress = reader.progress();
    let summary = reader.read_all(&mut |_| ControlFlow::Break(())).expect("broken off");
    assert_eq!((summary.read, summary.sha256_hex.as_str()), (1, ""));
    assert!(progress.read_bytes() > 0 && progress.read_bytes() < progress.total_bytes());
}

#[test]
fn the_sample_campaign_is_good_to_the_last_row() {
    let plan = sample::demo();
    let check = |kind, written: u64, bytes: Vec<u8>| {
        let (rows, summary) = read(kind, &bytes).expect("good");
        assert_eq!((summary.read, summary.bad), (written, 0), "{:?}", bad_lines(&rows));
        assert_eq!(rows.len() as u64, written);
        let hashes = |rows: &[Row]| -> Vec<[u8; 32]> {
            rows.iter()
                .map(|row| match row {
                    Row::Good { hash, .. } => *hash,
                    Row::Bad(bad) => panic!("{bad:?}"),
                })
                .collect()
        };
        let text = String::from_utf8(bytes).expect("UTF-8");
        let (cp932, _, lost) = encoding_rs::SHIFT_JIS.encode(&text);
        assert!(!lost);
        let (again, _) = read(kind, &cp932).expect("good in CP932 too");
        assert_eq!(hashes(&rows), hashes(&again));
    };
    let mut out = Vec::new();
    check(Kind::Merchants, sample::write_merchants(&plan, &mut out).expect("a Vec"), out);
    let mut out = Vec::new();
    check(Kind::Coupons, sample::write_coupons(&plan, &mut out).expect("a Vec"), out);
    let mut out = Vec::new();
    check(Kind::Settlements, sample::write_settlements(&plan, &mut out).expect("a Vec"), out);
    let mut out = Vec::new();
    check(Kind::Sales, sample::write_sales(&plan, &mut out).expect("a Vec"), out);
    let mut out = Vec::new();
    check(Kind::Coverage, sample::write_coverage(&plan, &mut out).expect("a Vec"), out);
}

#[test]
fn a_reader_can_be_handed_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Reader<'_>>();
}

/// Not a test of right or wrong: `cargo test --release -- --ignored --nocapture how_fast`.
#[test]
#[ignore = "writes 100 MB and takes its time"]
fn how_fast_a_million_coupons_are_read() {
    let rows: u64 =
        std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("coupons.csv");
    let plan = sample::Plan { coupons: rows, ..sample::demo() };
    let mut out = std::io::BufWriter::new(fs::File::create(&path).expect("a file"));
    sample::write_coupons(&plan, &mut out).expect("written");
    drop(out);
    let pattern = pattern();
    let begin = std::time::Instant::now();
    let reader = Reader::open(&path, Kind::Coupons, None, &pattern, &str::to_owned).expect("good");
    let opened = begin.elapsed();
    let bytes = reader.progress().total_bytes();
    let summary = reader.read_all(&mut |_| ControlFlow::Continue(())).expect("good");
    let whole = begin.elapsed();
    assert_eq!((summary.read, summary.bad), (rows, 0));
    #[allow(clippy::cast_precision_loss)]
    let speed = rows as f64 / whole.as_secs_f64();
    println!(
        "{rows} rows, {bytes} bytes: first pass {opened:?}, whole {whole:?}, {speed:.0} rows/s"
    );
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(kind in kinds(), bytes: Vec<u8>) {
        // Whatever it says, it says it without a panic.
        let _ = read(kind, &bytes);
    }

    #[test]
    fn any_cells_under_a_good_header_are_read_or_refused(
        kind in kinds(),
        cells in prop::collection::vec("\\PC{0,12}|[0-9,/: ¥円-]{0,20}|.{0,4}", 4..10),
    ) {
        let header: Vec<&str> = super::super::columns(kind).iter().map(|c| c.name).collect();
        let row: Vec<String> =
            cells.iter().map(|cell| format!("\"{}\"", cell.replace(['"', '\0'], ""))).collect();
        let text = format!("{}\n{}\n", header.join(","), row.join(","));
        let (rows, summary) = read(kind, text.as_bytes()).expect("a good header and a row");
        prop_assert_eq!(rows.len() as u64, summary.read);
    }

    #[test]
    fn good_settlements_come_back_as_they_were_written(
        rows in prop::collection::vec(
            ("[A-Z0-9-]{1,64}", "[0-9]{13}", "[!#-+.-~]{1,64}", 1..=10_000_000_i64, 0..86_400_u32),
            1..30,
        ),
    ) {
        let mut text = String::from("settlement_id,inquiry_number,merchant_id,amount,settled_at\n");
        for (id, number, merchant, amount, second) in &rows {
            let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
            let time = format!("2023-02-24 {h:02}:{m:02}:{s:02}");
            text += &[id, number, &format!("\"{merchant}\""), &amount.to_string(), &time].map(String::as_str).join(",");
            text.push('\n');
        }
        let (read, summary) = read(Kind::Settlements, text.as_bytes()).expect("good");
        prop_assert_eq!(summary.bad, 0);
        for (row, (id, number, merchant, amount, second)) in read.iter().zip(&rows) {
            let Row::Good { record: Record::Settlement(s), .. } = row else {
                return Err(TestCaseError::fail("a settlement"));
            };
            prop_assert_eq!(s.settlement_id.as_str(), id);
            prop_assert_eq!(s.inquiry_number.as_str(), number);
            prop_assert_eq!(s.merchant_id.as_str(), merchant);
            prop_assert_eq!(s.amount.get(), *amount);
            let (h, m, sec) = s.settled_at.jst_hour_minute_second();
            prop_assert_eq!(h * 3600 + m * 60 + sec, *second);
        }
    }
}
