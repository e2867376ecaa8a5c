//! Laying names beside their readings.

use super::Shop;
use super::fold::{Folded, is_kana, is_kanji};

/// A run of kanji and the kana it is read by.
pub type Lesson = (Vec<char>, Vec<char>);

/// The runs of kanji of a record and what each is read by, as far as the kana they share tell.
#[must_use]
pub fn lessons_of(shop: &Shop) -> Vec<Lesson> {
    let name = Folded::with_company(&shop.name);
    let first = shop.kana.split('|').next().unwrap_or_default();
    let kana = Folded::with_company(first);
    let (written, said) = (words(&name), words(&kana));
    if written.len() != said.len() {
        return lay_beside(&name.chars, &kana.chars).unwrap_or_default();
    }
    let pairs = written.into_iter().zip(said);
    pairs
        .filter_map(|(written, said)| lay_beside(&name.chars[written], &kana.chars[said]))
        .flatten()
        .collect()
}

/// The words of a text, as stretches between what separated them.
fn words(folded: &Folded) -> Vec<std::ops::Range<usize>> {
    let mut begins: Vec<usize> = (0..folded.chars.len()).filter(|&at| folded.starts[at]).collect();
    begins.push(folded.chars.len());
    begins.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

/// Walks both texts at once: kana of the name must stand in the reading, and what lies before
/// them belongs to the kanji before them. None if the two cannot be laid side by side.
fn lay_beside(name: &[char], kana: &[char]) -> Option<Vec<Lesson>> {
    let mut lessons = Vec::new();
    let (mut at, mut said) = (0, 0);
    while at < name.len() {
        let kanji_end = (at..name.len()).find(|&i| !is_kanji(name[i])).unwrap_or(name.len());
        let kana_end = (kanji_end..name.len()).find(|&i| is_kanji(name[i])).unwrap_or(name.len());
        let (run, anchor) = (&name[at..kanji_end], &name[kanji_end..kana_end]);
        if !anchor.iter().copied().all(is_kana) {
            return None;
        }
        let rest = kana.get(said..)?;
        // Every kanji takes at least one kana, so the anchor cannot stand earlier than that.
        let found = if anchor.is_empty() {
            rest.len()
        } else {
            let from = run.len().min(rest.len());
            from + rest[from..].windows(anchor.len()).position(|window| window == anchor)?
        };
        if !run.is_empty() && found >= run.len() {
            lessons.push((run.to_vec(), rest[..found].to_vec()));
        } else if found > 0 || !run.is_empty() {
            return None;
        }
        said += found + anchor.len();
        at = kana_end;
    }
    (said == kana.len()).then_some(lessons)
}
