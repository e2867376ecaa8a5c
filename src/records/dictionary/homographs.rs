//! Words written alike and read differently: 上田 うえだ, うえた.

use std::collections::HashMap;

/// How much less likely than the likeliest a reading may be, in the dictionary's costs; IPADIC's
/// words lie between 0 and 15,000 or so.
const COST_MORE_MAX: i32 = 4_000;
/// Other readings kept of one word.
const OTHERS_MAX: usize = 3;

/// For each word that is read in more than one way, its readings and what each costs.
pub(super) struct Homographs(HashMap<String, Vec<(i32, String)>>);

impl Homographs {
    /// Of the words as [`super::files::Files`] has them.
    pub fn of(words: &str) -> Self {
        let mut all: HashMap<&str, Vec<(i32, &str)>> = HashMap::new();
        for line in words.lines() {
            // Nothing but the surface is in quotes, and only kanji are read in several ways.
            let unquoted = line.strip_prefix('"').and_then(|line| line.split_once("\","));
            let Some((surface, rest)) = unquoted else {
                continue;
            };
            let mut fields = rest.split(',');
            let (cost, reading) = (fields.nth(2), fields.nth(2));
            let (Some(Ok(cost)), Some(reading)) = (cost.map(str::parse), reading) else {
                continue;
            };
            if reading.is_empty() || !surface.contains(crate::search::fold::is_kanji) {
                continue;
            }
            let readings = all.entry(surface).or_default();
            match readings.iter_mut().find(|known| known.1 == reading) {
                Some(known) => known.0 = known.0.min(cost),
                None => readings.push((cost, reading)),
            }
        }
        let several = all.into_iter().filter(|(_, readings)| readings.len() > 1);
        let owned = several.map(|(surface, readings)| {
            let owned = readings.into_iter().map(|(cost, reading)| (cost, reading.to_owned()));
            (surface.to_owned(), owned.collect())
        });
        Self(owned.collect())
    }

    /// The other readings of a word, the likeliest first, each with what it costs more than
    /// `reading`; none that is much less likely.
    pub fn others(&self, surface: &str, reading: &str) -> Vec<(i32, String)> {
        let Some(readings) = self.0.get(surface) else {
            return Vec::new();
        };
        let own = readings.iter().find(|known| known.1 == reading).map_or(0, |known| known.0);
        let mut others: Vec<(i32, String)> = readings
            .iter()
            .filter(|(cost, other)| other != reading && cost - own <= COST_MORE_MAX)
            .map(|(cost, other)| (cost - own, other.clone()))
            .collect();
        others.sort_unstable();
        others.truncate(OTHERS_MAX);
        others
    }
}
