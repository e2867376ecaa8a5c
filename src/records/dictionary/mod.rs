//! Readings for names that come without one, from a dictionary on this machine.
//!
//! The dictionary is a folder in MeCab's source format (Debian's `mecab-ipadic` installs one):
//! words with their reading and cost (`*.csv`), what may follow what (`matrix.def`), and what is
//! done with words that are not in it (`char.def`, `unk.def`). It is read when an import needs
//! it; nothing of it is linked into the program or kept.
//!
//! ```text
//! files       the folder: which files, in which encoding
//! slips       what is the matter with them, where the tokenizer would panic
//! homographs  words written alike and read differently
//! ```

mod files;
mod homographs;
mod slips;

use std::path::{Path, PathBuf};

use vibrato::tokenizer::worker::Worker;
use vibrato::{SystemDictionaryBuilder, Tokenizer};

use crate::domain::text::for_terminal;
use crate::search::fold::{is_kanji, usual_kanji};
use files::Files;
use homographs::Homographs;

/// Readings given for one name at most: the likeliest, and those with one word read otherwise.
pub const READINGS_MAX: usize = 4;
/// Characters of all readings of one name together: what the database takes.
pub const READINGS_CHARS_MAX: usize = 1_000;
/// Characters of a name that are read; what is longer is no name.
const NAME_MAX: usize = 200;

/// Why a dictionary cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", for_terminal(&.path.to_string_lossy()))]
pub struct DictionaryError {
    /// The folder or the file in it.
    pub path: PathBuf,
    /// What is the matter.
    pub what: DictionaryTrouble,
}

/// What is the matter with a dictionary.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryTrouble {
    /// The folder or the file is not there or cannot be read.
    #[error("cannot be read: {0}")]
    NotReadable(#[from] std::io::Error),
    /// No `*.csv` in the folder.
    #[error("no words (*.csv): this is not a dictionary in MeCab's source format")]
    NoWords,
    /// Neither UTF-8 nor EUC-JP.
    #[error("is neither UTF-8 nor EUC-JP")]
    NoEncoding,
    /// More than a dictionary can be.
    #[error("is larger than {} MiB", files::FILES_MAX_MIB)]
    TooLarge,
    /// A line or a number in it is not what the format says.
    #[error("is not in MeCab's source format: {0}")]
    Format(String),
}

impl DictionaryTrouble {
    /// What is the matter, in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::NotReadable(error) => format!("読めません（{error}）"),
            Self::NoWords => {
                "単語（*.csv）がありません。MeCabの辞書のソース形式ではありません".into()
            }
            Self::NoEncoding => "文字コードがUTF-8でもEUC-JPでもありません".into(),
            Self::TooLarge => format!("{} MiBを超えています", files::FILES_MAX_MIB),
            Self::Format(what) => format!("MeCabの辞書のソース形式ではありません（{what}）"),
        }
    }
}

impl DictionaryError {
    fn new(path: &Path, what: impl Into<DictionaryTrouble>) -> Self {
        Self { path: path.to_owned(), what: what.into() }
    }
}

/// A dictionary, ready to read names.
pub struct Dictionary {
    tokenizer: Tokenizer,
    homographs: Homographs,
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dictionary").finish_non_exhaustive()
    }
}

impl Dictionary {
    /// Reads the dictionary in `folder`. Takes a few seconds and some hundred megabytes.
    ///
    /// # Errors
    /// What is the matter with the folder, and with which of its files.
    pub fn open(folder: &Path) -> Result<Self, DictionaryError> {
        let files = Files::read(folder)?;
        let format = |error: &dyn std::fmt::Display| {
            DictionaryTrouble::Format(for_terminal(&error.to_string()))
        };
        let homographs = Homographs::of(&files.words);
        let built = SystemDictionaryBuilder::from_readers(
            files.words.as_bytes(),
            files.matrix.as_bytes(),
            files.characters.as_bytes(),
            files.unknown.as_bytes(),
        );
        let built = built.map_err(|error| DictionaryError::new(folder, format(&error)))?;
        let tokenizer = Tokenizer::new(built)
            .ignore_space(true)
            .map_err(|error| DictionaryError::new(folder, format(&error)))?;
        Ok(Self { tokenizer, homographs })
    }

    /// Something that reads one name after the other; one for each thread.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { worker: self.tokenizer.new_worker(), homographs: &self.homographs }
    }
}

/// Reads names.
pub struct Reader<'a> {
    worker: Worker<'a>,
    homographs: &'a Homographs,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// A word of a name as the dictionary reads it.
struct Word {
    reading: String,
    /// Whether it is said in one breath with the word before: a particle or a suffix.
    joined: bool,
    /// Other readings, each with what it costs more.
    others: Vec<(i32, String)>,
}

impl Reader<'_> {
    /// How `name` may be read, the likeliest first, separated by `|`; words are kept apart by
    /// spaces, and letters that are no kanji stay as they are written. `None` where it can read
    /// nothing of it, or not all of its kanji: what is half read is found by neither half. At most [`READINGS_CHARS_MAX`] characters: of a name that long
    /// the less likely readings are left out.
    pub fn readings(&mut self, name: &str) -> Option<String> {
        use unicode_normalization::UnicodeNormalization as _;
        let name: String = name.nfkc().take(NAME_MAX).map(usual_kanji).collect();
        let words = self.words(&name)?;
        if words.iter().any(|word| word.reading.contains(is_kanji)) {
            return None;
        }
        let mut doubts: Vec<(i32, usize, &str)> = words
            .iter()
            .enumerate()
            .flat_map(|(at, word)| {
                word.others.iter().map(move |(more, other)| (*more, at, other.as_str()))
            })
            .collect();
        doubts.sort_unstable();
        let mut readings: String = spelled(&words, None).chars().take(READINGS_CHARS_MAX).collect();
        let mut left = READINGS_CHARS_MAX - readings.chars().count();
        for &(_, at, other) in doubts.iter().take(READINGS_MAX - 1) {
            let other = format!("|{}", spelled(&words, Some((at, other))));
            let Some(rest) = left.checked_sub(other.chars().count()) else {
                break;
            };
            left = rest;
            readings += &other;
        }
        Some(readings)
    }

    fn words(&mut self, name: &str) -> Option<Vec<Word>> {
        self.worker.reset_sentence(name);
        self.worker.tokenize();
        let mut read = false;
        let words: Vec<Word> = self
            .worker
            .token_iter()
            .filter_map(|token| {
                let (surface, feature) = (token.surface(), token.feature());
                let mut feature = feature.split(',');
                let class = feature.next().unwrap_or_default();
                let kind = feature.next().unwrap_or_default();
                let known = feature.next().filter(|reading| !reading.is_empty());
                if class == "記号" && known.is_none_or(|reading| !reading.contains(is_letter)) {
                    return None;
                }
                read |= known.is_some();
                let others = match known {
                    Some(reading) => self.homographs.others(surface, reading),
                    None => Vec::new(),
                };
                Some(Word {
                    // A bar would be taken for the end of a reading.
                    reading: known.unwrap_or(surface).replace('|', " "),
                    joined: class.starts_with('助') || kind == "接尾",
                    others,
                })
            })
            .collect();
        read.then_some(words)
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() && c != 'ー'
}

/// The words written out, the one at `other` read otherwise.
fn spelled(words: &[Word], other: Option<(usize, &str)>) -> String {
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        if !out.is_empty() && !word.joined {
            out.push(' ');
        }
        match other {
            Some((which, reading)) if which == at => out += reading,
            _ => out += &word.reading,
        }
    }
    out
}

#[cfg(test)]
mod tests;
