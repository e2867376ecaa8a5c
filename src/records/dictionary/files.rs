//! The files of a dictionary's folder.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use csv_core::ReadFieldResult;
use encoding_rs::{EUC_JP, UTF_8};

use super::{DictionaryError, DictionaryTrouble, slips};
use crate::domain::text::for_terminal;

/// All files together are at most so large; IPADIC is 53 MiB.
pub(super) const FILES_MAX_MIB: u64 = 512;
/// Where the kind and the reading stand in a line of words, the surface being the first.
const KIND: usize = 5;
const READING: usize = 11;
/// Longest field, bytes.
const FIELD_MAX: usize = 1024;

/// What the builder takes, decoded.
pub(super) struct Files {
    /// All words, a line each: surface, two classes for the matrix, cost, class, kind, reading.
    pub words: String,
    /// What following what costs.
    pub matrix: String,
    /// The scripts.
    pub characters: String,
    /// What is done with words not known.
    pub unknown: String,
}

impl Files {
    /// Reads the folder.
    pub fn read(folder: &Path) -> Result<Self, DictionaryError> {
        let (mut left, mut words) = (FILES_MAX_MIB << 20, String::new());
        for path in word_files(folder)? {
            push_words(&decoded(&path, &mut left)?, &mut words)
                .map_err(|what| DictionaryError::new(&path, what))?;
        }
        if words.is_empty() {
            return Err(DictionaryError::new(folder, DictionaryTrouble::NoWords));
        }
        let mut file = |name: &str| decoded(&folder.join(name), &mut left);
        let files = Self {
            words,
            matrix: file("matrix.def")?,
            characters: file("char.def")?,
            unknown: without_features(&file("unk.def")?),
        };
        match slips::first(&files) {
            Some((name, what)) => {
                let what = DictionaryTrouble::Format(for_terminal(&what));
                Err(DictionaryError::new(&folder.join(name), what))
            }
            None => Ok(files),
        }
    }
}

/// The files of words in the order of their names, so that a dictionary is read alike everywhere.
fn word_files(folder: &Path) -> Result<Vec<PathBuf>, DictionaryError> {
    let unreadable = |error| DictionaryError::new(folder, DictionaryTrouble::NotReadable(error));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn decoded(path: &Path, left: &mut u64) -> Result<String, DictionaryError> {
    let trouble = |what| DictionaryError::new(path, what);
    let size = std::fs::metadata(path).map_err(|error| trouble(error.into()))?.len();
    *left = left.checked_sub(size).ok_or_else(|| trouble(DictionaryTrouble::TooLarge))?;
    let bytes = std::fs::read(path).map_err(|error| trouble(error.into()))?;
    let text = [UTF_8, EUC_JP]
        .iter()
        .find_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(&bytes));
    match text {
        Some(text) => Ok(Cow::into_owned(text)),
        None => Err(trouble(DictionaryTrouble::NoEncoding)),
    }
}

/// Adds the words of one file, of each only what is needed.
fn push_words(text: &str, words: &mut String) -> Result<(), DictionaryTrouble> {
    let mut reader = csv_core::Reader::new();
    let (mut input, mut fields) = (text.as_bytes(), Vec::with_capacity(13));
    let mut field = [0; FIELD_MAX];
    let mut begun = 1;
    loop {
        let (result, read, written) = reader.read_field(input, &mut field);
        let wrong = || DictionaryTrouble::Format(format!("line {begun}"));
        input = &input[read..];
        match result {
            ReadFieldResult::Field { record_end } => {
                let text = std::str::from_utf8(&field[..written]).map_err(|_| wrong())?;
                fields.push(text.to_owned());
                if record_end {
                    push_word(&fields, words).ok_or_else(wrong)?;
                    fields.clear();
                    begun = reader.line();
                }
            }
            // The last line has no line end: an empty input says that it is over.
            ReadFieldResult::InputEmpty if written == 0 => {}
            ReadFieldResult::End => return Ok(()),
            _ => return Err(wrong()),
        }
    }
}

fn push_word(fields: &[String], words: &mut String) -> Option<()> {
    let [surface, left, right, cost, class, ..] = fields else {
        return None;
    };
    if surface.is_empty() {
        return Some(());
    }
    let reading = fields.get(READING).map_or("", String::as_str);
    let reading = if reading == "*" { "" } else { reading };
    let kind = fields.get(KIND).map_or("", String::as_str);
    // Each word is one line for whoever reads them next.
    if [surface, left, right, cost, class, kind, reading].iter().any(|f| f.contains(['\n', '\r'])) {
        return None;
    }
    let surface = surface.replace('"', "\"\"");
    // Writing to a string does not fail.
    let _ = writeln!(words, "\"{surface}\",{left},{right},{cost},{class},{kind},{reading}");
    Some(())
}

/// Of words not known only the class is used.
fn without_features(unknown: &str) -> String {
    let mut out = String::with_capacity(unknown.len());
    for line in unknown.lines() {
        let kept: Vec<&str> = line.splitn(7, ',').take(6).collect();
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", kept.join(","));
    }
    out
}
