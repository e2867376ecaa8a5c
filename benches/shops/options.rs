//! What was asked for on the command line.

use std::path::PathBuf;

/// Where the dictionary of Debian's `mecab-ipadic` lies.
const DICTIONARY: &str = "/usr/share/mecab/dic/ipadic";

/// Which readings the records come with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kana {
    /// Those of the records as they are; most of the real ones have none.
    Given,
    /// The dictionary's for those that have none.
    Filled,
    /// The dictionary's for all.
    Emptied,
}

impl Kana {
    pub const ALL: [Self; 3] = [Self::Given, Self::Filled, Self::Emptied];

    pub fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Filled => "filled",
            Self::Emptied => "emptied",
        }
    }
}

/// Which half of the names the queries are about. Whoever tunes the search looks at one half only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    Tune,
    Held,
    All,
}

pub struct Options {
    /// The folder of the real names and queries.
    pub data: PathBuf,
    /// No more shops than these.
    pub shops: Option<usize>,
    /// One mode only.
    pub kana: Option<Kana>,
    /// The folder of the dictionary.
    pub dictionary: PathBuf,
    /// Seed of new queries, instead of those of the file.
    pub fresh: Option<u64>,
    pub half: Half,
    /// A class whose misses are listed, or `all` of them.
    pub misses: Option<String>,
    /// How often the index is built.
    pub builds: usize,
    /// Every so-manieth query is also put to plain matchers; 0 for none.
    pub plain: usize,
}

impl Options {
    pub fn read() -> Self {
        let mut options = Self {
            data: concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").into(),
            shops: None,
            kana: None,
            dictionary: DICTIONARY.into(),
            fresh: None,
            half: Half::All,
            misses: None,
            builds: 3,
            plain: 40,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut next =
                || words.next().unwrap_or_else(|| panic!("{word} wants a word after it"));
            match word.as_str() {
                "--data" => options.data = next().into(),
                "--dictionary" => options.dictionary = next().into(),
                "--shops" => options.shops = Some(number(&word, &next())),
                "--kana" => options.kana = Some(kana(&next())),
                "--fresh" => options.fresh = Some(number(&word, &next())),
                "--half" => options.half = half(&next()),
                "--misses" => options.misses = Some(next()),
                "--builds" => options.builds = number(&word, &next()),
                "--plain" => options.plain = number(&word, &next()),
                // Cargo's own word, and names of benchmarks meant for others.
                _ => {}
            }
        }
        options
    }
}

fn number<T: std::str::FromStr>(word: &str, text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{word} wants a number and not {text:?}"))
}

fn kana(text: &str) -> Kana {
    let found = Kana::ALL.into_iter().find(|kana| kana.word() == text);
    found.unwrap_or_else(|| panic!("--kana is given, filled or emptied and not {text:?}"))
}

fn half(text: &str) -> Half {
    match text {
        "tune" => Half::Tune,
        "held" => Half::Held,
        "all" => Half::All,
        _ => panic!("--half is tune, held or all and not {text:?}"),
    }
}
