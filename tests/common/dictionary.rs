//! A dictionary of a few words in MeCab's source format, as Debian's packages ship theirs:
//! in EUC-JP.

use std::path::Path;

/// What the names of the stories are made of.
const WORDS: &str = "\
上田,1,1,100,名詞,固有名詞,人名,姓,*,*,上田,ウエダ,ウエダ
上田,1,1,400,名詞,固有名詞,人名,姓,*,*,上田,ウエタ,ウエタ
食堂,1,1,100,名詞,一般,*,*,*,*,食堂,ショクドウ,ショクドー
の,2,2,10,助詞,連体化,*,*,*,*,の,ノ,ノ
宿,1,1,100,名詞,一般,*,*,*,*,宿,ヤド,ヤド
大仏,1,1,100,名詞,一般,*,*,*,*,大仏,ダイブツ,ダイブツ
商店,1,1,100,名詞,一般,*,*,*,*,商店,ショウテン,ショーテン
志,1,1,100,名詞,一般,*,*,*,*,志,ココロザシ,ココロザシ
";
const CHARACTERS: &str =
    "DEFAULT 0 1 0\nSPACE 0 1 0\nKANJI 0 0 2\n0x0020 SPACE\n0x4E00..0x9FA5 KANJI\n";
const UNKNOWN: &str = "DEFAULT,4,4,9000,記号,一般,*,*,*,*,*\nSPACE,4,4,10,記号,空白,*,*,*,*,*\nKANJI,1,1,9000,名詞,一般,*,*,*,*,*\n";

/// Writes the dictionary into a folder, which is made where it is not there.
pub fn write(folder: &Path) {
    let pairs = (0..5).flat_map(|left| (0..5).map(move |right| format!("{left} {right} 0\n")));
    let matrix: String = std::iter::once("5 5\n".to_owned()).chain(pairs).collect();
    std::fs::create_dir_all(folder).expect("a folder");
    for (name, text) in [
        ("Noun.csv", WORDS),
        ("matrix.def", &matrix),
        ("char.def", CHARACTERS),
        ("unk.def", UNKNOWN),
    ] {
        let euc = encoding_rs::EUC_JP.encode(text).0;
        std::fs::write(folder.join(name), euc).expect("written");
    }
}

/// The edit of the example settings by which they name the dictionary in a folder.
pub fn named(folder: &Path) -> [(&'static str, String); 1] {
    [(
        "dictionary = \"/usr/share/mecab/dic/ipadic\"",
        format!("dictionary = \"{}\"", folder.display()),
    )]
}
