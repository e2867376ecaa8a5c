use super::*;

/// A dictionary of ten words in MeCab's source format.
const WORDS: &str = "\
上田,1,1,100,名詞,固有名詞,人名,姓,*,*,上田,ウエダ,ウエダ
上田,1,1,400,名詞,固有名詞,人名,姓,*,*,上田,ウエタ,ウエタ
上田,1,1,9000,名詞,固有名詞,地域,一般,*,*,上田,カミタ,カミタ
食堂,1,1,100,名詞,一般,*,*,*,*,食堂,ショクドウ,ショクドー
の,2,2,10,助詞,連体化,*,*,*,*,の,ノ,ノ
屋,3,3,50,名詞,接尾,一般,*,*,*,屋,ヤ,ヤ
宿,1,1,100,名詞,一般,*,*,*,*,宿,ヤド,ヤド
志,1,1,100,名詞,一般,*,*,*,*,志,ココロザシ,ココロザシ
\"」\",4,4,10,記号,括弧閉,*,*,*,*,」,」,」
\",\",4,4,10,記号,読点,*,*,*,*,\",\",\",\",\",\"
";
const CHARACTERS: &str =
    "DEFAULT 0 1 0\nSPACE 0 1 0\nKANJI 0 0 2\n0x0020 SPACE\n0x4E00..0x9FA5 KANJI\n";
const UNKNOWN: &str = "DEFAULT,4,4,9000,記号,一般,*,*,*,*,*\nSPACE,4,4,10,記号,空白,*,*,*,*,*\nKANJI,1,1,9000,名詞,一般,*,*,*,*,*\n";

fn matrix() -> String {
    let pairs = (0..5).flat_map(|left| (0..5).map(move |right| format!("{left} {right} 0\n")));
    std::iter::once("5 5\n".to_owned()).chain(pairs).collect()
}

fn folder(encode: fn(&str) -> Vec<u8>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), encode(text)).expect("written");
    };
    write("Noun.csv", WORDS);
    write("matrix.def", &matrix());
    write("char.def", CHARACTERS);
    write("unk.def", UNKNOWN);
    folder
}

fn euc(text: &str) -> Vec<u8> {
    encoding_rs::EUC_JP.encode(text).0.into_owned()
}

fn utf8(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn read(dictionary: &Dictionary, name: &str) -> String {
    dictionary.reader().readings(name).unwrap_or_default()
}

#[test]
fn a_name_is_read_word_by_word_in_either_encoding() {
    for encode in [euc as fn(&str) -> Vec<u8>, utf8] {
        let dictionary = Dictionary::open(folder(encode).path()).expect("a dictionary");
        assert_eq!(read(&dictionary, "食堂の宿"), "ショクドウノ ヤド");
        assert_eq!(read(&dictionary, "宿屋"), "ヤドヤ");
        assert_eq!(read(&dictionary, "宿 食堂"), "ヤド ショクドウ");
        assert_eq!(read(&dictionary, "宿」食堂"), "ヤド ショクドウ");
    }
}

#[test]
fn where_the_dictionary_is_unsure_it_says_both_and_leaves_the_unlikely_out() {
    let dictionary = Dictionary::open(folder(euc).path()).expect("a dictionary");
    assert_eq!(read(&dictionary, "上田食堂"), "ウエダ ショクドウ|ウエタ ショクドウ");
}

#[test]
fn what_it_does_not_know_stays_as_it_is_written() {
    let dictionary = Dictionary::open(folder(euc).path()).expect("a dictionary");
    // Half of a reading is worse than none: the rest of the name is then nowhere.
    assert_eq!(dictionary.reader().readings("鱗食堂"), None);
    assert_eq!(dictionary.reader().readings("鱗"), None);
    assert_eq!(dictionary.reader().readings(""), None);
    assert!(!read(&dictionary, "宿|宿").trim_matches('ヤ').contains('|'));
}

#[test]
fn of_the_longest_names_no_more_is_read_than_can_be_kept() {
    let dictionary = Dictionary::open(folder(euc).path()).expect("a dictionary");
    // Nobody's name is this long; it is answered all the same.
    for name in ["食堂", "上田", "志"] {
        let read = read(&dictionary, &name.repeat(10_000));
        assert!((1..=READINGS_CHARS_MAX).contains(&read.chars().count()), "{read}");
        assert!(!read.ends_with('|'), "{read}");
    }
    // Of two readings of 399 characters each, both are kept; a third would not be.
    let both = read(&dictionary, &"上田".repeat(100));
    assert_eq!(both.matches('|').count(), 1, "{both}");
}

#[test]
fn what_is_no_dictionary_is_refused_with_the_file() {
    let said = |folder: &Path| Dictionary::open(folder).expect_err("refused").to_string();
    assert!(said(Path::new("/nonexistent")).starts_with("/nonexistent: cannot be read"));
    let empty = tempfile::tempdir().expect("a folder");
    assert!(said(empty.path()).contains("no words (*.csv)"));
    let broken = |name: &str, content: &[u8]| {
        let folder = folder(euc);
        std::fs::write(folder.path().join(name), content).expect("written");
        said(folder.path())
    };
    assert!(
        broken("Noun.csv", b"a,1\n").contains("Noun.csv: is not in MeCab's source format: line 1")
    );
    assert!(broken("Noun.csv", &[0xff, 0xfe, 0x00]).contains("neither UTF-8 nor EUC-JP"));
    assert!(broken("matrix.def", b"nonsense").contains("is not in MeCab's source format"));
    // A word that names a row the matrix does not have.
    assert!(
        broken("Noun.csv", &euc("宿,9,9,1,名詞,一般,*,*,*,*,宿,ヤド,ヤド\n"))
            .contains("is not in MeCab's source format")
    );
    let folder = folder(euc);
    std::fs::remove_file(folder.path().join("unk.def")).expect("removed");
    assert!(said(folder.path()).contains("unk.def: cannot be read"));
}

/// Each of these made the tokenizer panic, at once or at the first name, and the import with it.
#[test]
fn files_that_were_cut_off_or_edited_wrongly_are_refused_where_they_are_wrong() {
    let said = |name: &str, content: &str| {
        let folder = folder(euc);
        std::fs::write(folder.path().join(name), euc(content)).expect("written");
        let error = Dictionary::open(folder.path()).expect_err(content);
        assert_eq!(error.path, folder.path().join(name), "{error}");
        error.what.to_string()
    };
    let characters = |line: &str| said("char.def", &format!("{CHARACTERS}{line}\n"));
    let scripts: Vec<String> = (0..17).map(|i| format!("X{i} 0 0 1")).collect();
    let scripts = scripts.join("\n");
    for line in
        ["0x3041 KANA", "0x3041 KANJI KANA", "0x3041", "0x3041 # none", "LONG 0 0 16", &scripts]
    {
        assert!(characters(line).contains("format: line "), "{line}");
    }
    assert!(characters("0x3041 KANA").ends_with("line 6"));
    assert!(characters("0xFFFFFFFFFFFFFFFF..0xFFFFFFFFFFFFFFFF KANJI").ends_with("line 6"));
    assert!(said("matrix.def", "").ends_with("line 1"));
    let cut_off = UNKNOWN.split_inclusive('\n').next().expect("a line");
    assert!(said("unk.def", cut_off).ends_with("SPACE is missing"));
    assert!(said("unk.def", &UNKNOWN.replace("空白", "\"空白")).ends_with("line 2"));
    let broken_word = format!("{WORDS}\"宿\nや\",1,1,1,名詞,一般,*,*,*,*,宿,ヤド,ヤド\n");
    assert!(said("Noun.csv", &broken_word).contains("format: line 11"));
    let unclosed = format!("{WORDS}宿,1,1,\",名詞,一般,*,*,*,*,宿,ヤド,ヤド\n宿,1,1,1,名詞\n");
    assert!(said("Noun.csv", &unclosed).contains("format: line 11"));
}
