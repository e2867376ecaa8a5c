use proptest::prelude::*;

use super::*;

type Read1 = (u64, Vec<String>);

/// Every record with its line, and how it ended.
fn all(input: impl Read) -> (Vec<Read1>, Next, bool) {
    let mut csv = CsvReader::new(input);
    let mut records = Vec::new();
    loop {
        match csv.next_record().expect("a slice does not fail") {
            Next::Record { line } => {
                let fields = csv.fields().expect("text");
                records.push((line, fields.iter().map(str::to_owned).collect()));
            }
            end => return (records, end, csv.unended_last_line()),
        }
    }
}

/// Hands out a byte at a time.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((&first, rest)) = self.0.split_first() else {
            return Ok(0);
        };
        (buffer[0], self.0) = (first, rest);
        Ok(1)
    }
}

fn cells(line: u64, cells: &[&str]) -> Read1 {
    (line, cells.iter().map(|&cell| cell.to_owned()).collect())
}

#[test]
fn quotes_commas_and_line_breaks_are_read_as_rfc_4180_says() {
    let text = "a,b\r\n\"1,2\",\"say \"\"hi\"\"\"\r\n,\r\n\"x\ny\",z\r\nlast,row\r\n";
    let wanted = vec![
        cells(1, &["a", "b"]),
        cells(2, &["1,2", "say \"hi\""]),
        cells(3, &["", ""]),
        cells(4, &["x\ny", "z"]),
        cells(6, &["last", "row"]),
    ];
    assert_eq!(all(text.as_bytes()), (wanted.clone(), Next::End, false));
    assert_eq!(all(Drops(text.as_bytes())), (wanted, Next::End, false));
}

#[test]
fn a_line_number_counts_blank_lines_and_breaks_within_quotes() {
    let (records, ..) = all("h\n\n\r\n\"1\r\n\r\n2\"\r\n\nx\ry\n".as_bytes());
    assert_eq!(records.iter().map(|r| r.0).collect::<Vec<_>>(), [1, 4, 8, 9]);
}

#[test]
fn a_last_row_without_a_line_end_is_read_and_told() {
    assert_eq!(all(&b"a\nb"[..]), (vec![cells(1, &["a"]), cells(2, &["b"])], Next::End, true));
    assert!(all(&b"a\n\"b\""[..]).2);
    assert!(!all(&b"a\n\"b\"\n\n"[..]).2);
    assert_eq!(all(&b"a,"[..]).0, [cells(1, &["a", ""])]);
}

#[test]
fn a_quote_that_never_closes_is_told_with_its_line() {
    let (records, end, _) = all(&b"a,b\n1,2\n3,\"4\n5,6\n"[..]);
    assert_eq!((records.len(), end), (2, Next::QuoteOpen { line: 3 }));
}

#[test]
fn a_quote_that_never_closes_in_an_endless_file_takes_no_more_than_the_buffers() {
    let endless = (&b"a,b\n1,\""[..]).chain(io::repeat(b'x'));
    assert_eq!(all(endless).1, Next::QuoteOpen { line: 2 });
    let lines = (&b"a,b\n1,\""[..]).chain(io::repeat(b'\n'));
    assert_eq!(all(lines).1, Next::QuoteOpen { line: 2 });
}

#[test]
fn a_record_without_end_is_too_long() {
    assert_eq!(all((&b"a\n"[..]).chain(io::repeat(b'x'))).1, Next::TooLong { line: 2 });
    assert_eq!(all((&b"a\n"[..]).chain(io::repeat(b','))).1, Next::TooLong { line: 2 });
    let longest = "x".repeat(MAX_RECORD_BYTES - 1) + "\n";
    assert_eq!(all(longest.as_bytes()).0.len(), 1);
    assert_eq!(all(",".repeat(MAX_RECORD_BYTES - 1).as_bytes()).0[0].1.len(), MAX_RECORD_BYTES);
}

#[test]
fn half_characters_on_both_sides_of_a_comma_are_no_text() {
    let mut csv = CsvReader::new(&b"\xE9\xB9,\xBF\n"[..]);
    assert_eq!(csv.next_record().expect("a slice"), Next::Record { line: 1 });
    assert!(csv.fields().is_none());
    assert!(!csv.raw().is_empty());
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        rows in prop::collection::vec(prop::collection::vec("[ -~\n\r鹿ｶ]{0,8}", 2..5), 1..20),
        crlf: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + end;
        let text: String = rows.iter().map(line).collect();
        let (read, last, unended) = all(text.as_bytes());
        prop_assert_eq!(read.into_iter().map(|r| r.1).collect::<Vec<_>>(), rows);
        prop_assert_eq!((last, unended), (Next::End, false));
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes: Vec<u8>) {
        let mut csv = CsvReader::new(bytes.as_slice());
        let mut before = 0;
        while let Next::Record { line } = csv.next_record().expect("a slice") {
            prop_assert!(line > before);
            before = line;
            if let Some(fields) = csv.fields() {
                prop_assert!(fields.count() > 0);
                prop_assert!(fields.iter().map(str::len).sum::<usize>() <= csv.raw().len());
            }
        }
    }

    #[test]
    fn records_are_the_same_however_the_input_comes(text in "[ab,\"\r\n鹿\u{feff}]{0,60}") {
        // A byte at a time, no record is ever whole in the buffer.
        prop_assert_eq!(all(text.as_bytes()), all(Drops(text.as_bytes())));
    }
}
