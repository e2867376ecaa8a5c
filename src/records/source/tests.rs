use std::fs;
use std::io::{Read as _, Write as _};

use encoding_rs::SHIFT_JIS;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::domain::evidence::hex;
use crate::records::csv::{CsvReader, Next};

struct Sheet {
    folder: tempfile::TempDir,
}

impl Sheet {
    fn of(bytes: &[u8]) -> Self {
        let sheet = Self { folder: tempfile::tempdir().expect("a folder") };
        fs::write(sheet.path(), bytes).expect("a file");
        sheet
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("shops.csv")
    }

    fn trouble(&self) -> FileTrouble {
        SourceFile::open(&self.path(), None).expect_err("it must be refused").trouble
    }

    fn text(&self) -> SourceText {
        SourceFile::open(&self.path(), None).expect("good").into_text().expect("good")
    }
}

fn cp932(text: &str) -> Vec<u8> {
    let (bytes, _, unmapped) = SHIFT_JIS.encode(text);
    assert!(!unmapped);
    bytes.into_owned()
}

fn read(text: &mut SourceText) -> String {
    let mut all = Vec::new();
    let mut buffer = [0; 7];
    loop {
        match text.read(&mut buffer).expect("it reads") {
            0 => return String::from_utf8(all).expect("UTF-8 comes out"),
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
}

#[test]
fn a_file_that_is_not_there_or_no_file_is_said_to_be_that() {
    let sheet = Sheet::of(b"a\n");
    let open = |path: &Path| SourceFile::open(path, None).expect_err("no file").trouble;
    assert!(matches!(open(&sheet.folder.path().join("none")), FileTrouble::NotThere));
    assert!(matches!(open(&sheet.path().join("below a file")), FileTrouble::NotThere));
    assert!(matches!(open(sheet.folder.path()), FileTrouble::Folder));
    #[cfg(unix)]
    assert!(matches!(open(Path::new("/dev/null")), FileTrouble::NotRegular));
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_writer_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    if made.is_ok_and(|status| status.success()) {
        let error = SourceFile::open(&path, None).expect_err("a pipe");
        assert!(matches!(error.trouble, FileTrouble::NotRegular));
    }
}

#[test]
fn a_file_without_permission_says_so_in_both_languages() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let error = FileError::new(Path::new("a\u{202e}.csv"), not_there(denied));
    assert_eq!(error.message_ja(), "a\u{fffd}.csv: 読み取る権限がありません");
    assert!(error.to_string().contains("cannot be read"));
}

#[test]
fn nothing_is_empty_and_so_are_a_mark_and_blank_lines() {
    for bytes in [&b""[..], BOM, b"\n\r\n  \n", b"\xEF\xBB\xBF\r\n"] {
        assert!(matches!(Sheet::of(bytes).trouble(), FileTrouble::Empty), "{bytes:?}");
    }
}

#[test]
fn utf_16_is_named() {
    for bytes in [&b"\xFF\xFEa\0"[..], b"\xFE\xFF\0a"] {
        assert!(matches!(Sheet::of(bytes).trouble(), FileTrouble::Utf16));
    }
}

#[test]
fn a_nul_byte_is_found_with_its_line() {
    let trouble = Sheet::of(b"a,b\r\n1,2\r\n3,\0\r\n").trouble();
    assert!(matches!(trouble, FileTrouble::Nul { line: 3 }), "{trouble:?}");
}

#[test]
fn utf_8_is_found_with_and_without_a_mark() {
    let marked = Sheet::of("\u{feff}店舗名\n鹿\n".as_bytes());
    let mut text = marked.text();
    assert_eq!((text.encoding(), read(&mut text).as_str()), (Encoding::Utf8, "店舗名\n鹿\n"));
    assert_eq!(read(&mut Sheet::of("鹿".as_bytes()).text()), "鹿");
    assert_eq!(read(&mut Sheet::of(b"a").text()), "a");
}

#[test]
fn cp932_is_found_with_half_width_kana_and_the_characters_of_windows() {
    let written = "店舗名,ﾌﾘｶﾞﾅ\n髙島①,ﾀｶｼﾏ\n～－∥\n";
    let sheet = Sheet::of(&cp932(written));
    let mut text = sheet.text();
    assert_eq!((text.encoding(), read(&mut text).as_str()), (Encoding::Cp932, written));
}

#[test]
fn cp932_that_shows_itself_only_in_row_100_000_is_found() {
    let mut bytes = b"merchant_id,name\n".to_vec();
    for row in 2..100_000 {
        bytes.extend_from_slice(format!("M{row},a plain name\n").as_bytes());
    }
    bytes.extend_from_slice(&cp932("M1,鹿の茶屋\n"));
    let mut text = Sheet::of(&bytes).text();
    assert_eq!(text.encoding(), Encoding::Cp932);
    assert!(read(&mut text).ends_with("M1,鹿の茶屋\n"));
}

#[test]
fn what_is_neither_is_refused_on_the_line_where_the_better_guess_ends() {
    let trouble = Sheet::of(b"a\nb\n\xFF\xFF\n").trouble();
    assert!(matches!(trouble, FileTrouble::NoEncoding { line: 3 }), "{trouble:?}");
    // CP932 from line 1 on, damaged on line 4: not "line 1 is not UTF-8".
    let mut bytes = cp932("店舗名\n鹿\n茶\n");
    bytes.extend_from_slice(b"\xFD\n");
    let trouble = Sheet::of(&bytes).trouble();
    assert!(matches!(trouble, FileTrouble::NoEncoding { line: 4 }), "{trouble:?}");
}

#[test]
fn a_damaged_utf_8_file_is_not_read_as_nonsense_in_cp932() {
    let mut bytes = "店舗名,都道府県,住所\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"abc\xB1\n");
    assert!(!SHIFT_JIS.decode(b"abc\xB1").2, "the byte alone is a half-width kana");
    let trouble = Sheet::of(&bytes).trouble();
    assert!(matches!(trouble, FileTrouble::NoEncoding { line: 2 }), "{trouble:?}");
    let mut marked = BOM.to_vec();
    marked.extend_from_slice(b"a\nb\xB1\n");
    assert!(matches!(Sheet::of(&marked).trouble(), FileTrouble::NoEncoding { line: 2 }));
}

#[test]
fn the_encoding_asked_for_must_be_the_one() {
    let open = |bytes: &[u8], encoding| {
        SourceFile::open(&Sheet::of(bytes).path(), Some(encoding)).map(|file| file.encoding())
    };
    let refused = |bytes: &[u8], encoding| match open(bytes, encoding) {
        Err(FileError { trouble: FileTrouble::NotInEncoding { line, .. }, .. }) => line,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&cp932("a\n鹿\n"), Encoding::Utf8), 2);
    assert_eq!(refused(b"a\nb\n\xFD\n", Encoding::Cp932), 3);
    assert_eq!(refused("\u{feff}a\n".as_bytes(), Encoding::Cp932), 1);
    assert!(matches!(open(&cp932("鹿\n"), Encoding::Cp932), Ok(Encoding::Cp932)));
    assert!(matches!(open("鹿\n".as_bytes(), Encoding::Utf8), Ok(Encoding::Utf8)));
}

#[test]
fn a_character_cut_by_the_end_of_a_buffer_is_whole_again() {
    for shift in 0..4 {
        let text = format!("{}{}", "a".repeat(shift), "鹿𠮷é".repeat(CHUNK_BYTES / 8));
        let mut source = Sheet::of(text.as_bytes()).text();
        assert_eq!(read(&mut source), text);
        let text = format!("{}{}", "a".repeat(shift), "鹿ｶa".repeat(CHUNK_BYTES / 3));
        let mut source = Sheet::of(&cp932(&text)).text();
        assert_eq!(source.encoding(), Encoding::Cp932);
        assert!(read(&mut source) == text, "shift {shift}");
    }
}

#[test]
fn a_character_cut_by_the_end_of_the_file_is_refused() {
    let trouble = Sheet::of(b"a\n\xE9").trouble();
    assert!(matches!(trouble, FileTrouble::NoEncoding { line: 2 }), "{trouble:?}");
}

#[test]
fn the_hash_is_of_the_bytes_with_their_mark_and_the_progress_of_them_too() {
    let bytes = "\u{feff}a\n".as_bytes();
    let sheet = Sheet::of(bytes);
    let mut text = sheet.text();
    let progress = text.progress();
    assert_eq!((progress.read_bytes(), progress.total_bytes()), (0, 5));
    read(&mut text);
    assert_eq!(progress.read_bytes(), 5);
    assert_eq!(text.finish().expect("unchanged"), hex(&Sha256::digest(bytes)));
    let unread = sheet.text();
    assert_eq!(unread.finish().expect("unchanged"), hex(&Sha256::digest(bytes)));
}

fn changed(change: impl FnOnce(&Path)) -> bool {
    let sheet = Sheet::of("店舗名\n鹿の茶屋\n".as_bytes());
    let mut text = sheet.text();
    change(&sheet.path());
    read(&mut text);
    matches!(text.finish(), Err(FileError { trouble: FileTrouble::Changed, .. }))
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    assert!(!changed(|_| ()));
    assert!(changed(|path| {
        let mut file = fs::OpenOptions::new().append(true).open(path).expect("the file");
        file.write_all(b"more\n").expect("it grows");
    }));
    assert!(changed(|path| {
        let file = fs::OpenOptions::new().write(true).open(path).expect("the file");
        file.set_len(10).expect("it shrinks");
    }));
    assert!(changed(|path| {
        let file = fs::OpenOptions::new().write(true).open(path).expect("the file");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("its time changes");
    }));
}

#[test]
fn cp932_that_becomes_something_else_is_a_change_and_no_panic() {
    let sheet = Sheet::of(&cp932("店舗名\n鹿\n"));
    let text = sheet.text();
    fs::write(sheet.path(), b"\xFD\xFD\xFD\xFD\xFD\xFD\xFD\xFD\xFD\xFD").expect("written over");
    let mut csv = CsvReader::new(text);
    let error = csv.next_record().expect_err("not CP932 any more");
    assert!(matches!(csv.input().explain(error).trouble, FileTrouble::Changed));
}

#[test]
fn a_file_without_a_last_line_end_is_read_to_its_end() {
    let mut csv = CsvReader::new(Sheet::of(&cp932("a,鹿\nb,茶")).text());
    assert_eq!(csv.next_record().expect("read"), Next::Record { line: 1 });
    assert_eq!(csv.next_record().expect("read"), Next::Record { line: 2 });
    assert_eq!(csv.fields().map(|fields| fields.get(1).to_owned()), Some("茶".to_owned()));
    assert_eq!(csv.next_record().expect("read"), Next::End);
    assert!(csv.unended_last_line());
}
