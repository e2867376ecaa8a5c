//! Which few hundred of the shops are worth comparing.

use super::index::Index;
use super::query::Asked;

/// Shops compared at most, apart from exact beginnings and boosted ones.
const BY_GRAMS: usize = 200;
/// The same for a long query: it has so many grams that what was meant stands far in front.
const BY_GRAMS_LONG: usize = 80;
/// Sounds or characters of a query that is long.
const LONG: usize = 16;
/// Exact beginnings compared at most.
const BY_BEGINNING: usize = 64;
/// Filed shops visited at most for one query; the rarest grams come first.
const VISITS_MAX: usize = 300_000;
/// Grams looked up at most, so that no sum of weights can overflow.
const GRAMS_MAX: usize = 120;
/// Weight of a gram per halving of the number of shops that have it.
const WEIGHT: u32 = 24;
/// What each sound of a name beyond those asked for takes off.
const SURPLUS: u16 = 5;
/// What being in the caller's prefecture adds.
const PREFECTURE: u16 = 60;
const BUCKETS: usize = 1024;
/// Sums looked at together.
const CHUNK: usize = 32;

/// The sums of one look-up, kept between calls so that nothing is allocated for a keystroke.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    sums: Vec<u16>,
    found: Vec<(u16, u32)>,
    /// Length with what vowels cost, place and position.
    beginning: Vec<(usize, u32, u32)>,
    lists: Vec<(usize, u32)>,
}

impl Tally {
    /// Writes the shops worth comparing to `shops`, the likeliest first, each once.
    pub fn candidates(
        &mut self,
        index: &Index,
        asked: &Asked,
        prefecture: Option<u8>,
        boost: &[u32],
        shops: &mut Vec<u32>,
    ) {
        shops.clear();
        let count = u32::try_from(index.len()).unwrap_or(u32::MAX);
        // Looks and sound are summed apart where either alone may be what was meant: latin
        // letters that name a shop in kana must not be crowded out by shops written in latin.
        let apart = asked.segments.is_empty();
        let (heard, seen) = (&asked.heard_grams[..], &asked.seen_grams[..]);
        let none: &[u32] = &[];
        let rounds =
            if apart { [(heard, none), (none, seen)] } else { [(heard, seen), (none, none)] };
        for (grams, more) in rounds {
            if grams.is_empty() && more.is_empty() {
                continue;
            }
            self.sum(index, grams, more);
            self.select(index, asked.length(), prefecture);
            shops.extend(self.found.iter().map(|&(_, shop)| shop));
            // A boosted shop that shares nothing with the query is not what was asked for.
            shops.extend(boost.iter().copied().filter(|&shop| {
                shop < count && self.sums.get(shop as usize).is_some_and(|&sum| sum > 0)
            }));
        }
        self.add_beginnings(index, asked, shops);
        self.keep_first(shops);
    }

    fn sum(&mut self, index: &Index, grams: &[u32], more: &[u32]) {
        self.sums.clear();
        self.sums.resize(index.len(), 0);
        self.lists.clear();
        self.lists
            .extend(grams.iter().chain(more).map(|&gram| (index.filed().shops(gram).len(), gram)));
        self.lists.retain(|list| list.0 > 0);
        self.lists.sort_unstable();
        let sums = self.sums.as_mut_slice();
        let mut visits = 0;
        for &(len, gram) in self.lists.iter().take(GRAMS_MAX) {
            visits += len;
            if visits > VISITS_MAX && visits > len {
                break;
            }
            let weight = weight(index.len(), len);
            for &shop in index.filed().shops(gram) {
                if let Some(sum) = sums.get_mut(shop as usize) {
                    *sum += weight;
                }
            }
        }
    }

    /// Keeps the highest sums, highest first.
    fn select(&mut self, index: &Index, asked: usize, prefecture: Option<u8>) {
        self.found.clear();
        let highest = self.sums.iter().copied().max().unwrap_or(0);
        let least = (highest / 3).max(1);
        let asked = u16::try_from(asked).unwrap_or(u16::MAX);
        let mut histogram = [0u32; BUCKETS];
        let (lengths, prefectures) = (index.lengths(), index.prefectures());
        for (chunk, sums) in self.sums.chunks(CHUNK).enumerate() {
            // Nearly all chunks hold nothing high enough; a maximum is found without branches.
            if sums.iter().copied().max().unwrap_or(0) < least {
                continue;
            }
            for (at, &sum) in (chunk * CHUNK..).zip(sums) {
                if sum < least {
                    continue;
                }
                let surplus = u16::from(lengths[at]).saturating_sub(asked);
                let mut judged = sum.saturating_sub(surplus * SURPLUS).max(1);
                if prefecture == Some(prefectures[at]) {
                    judged = judged.saturating_add(PREFECTURE);
                }
                histogram[usize::from(judged >> 6)] += 1;
                self.found.push((judged, u32::try_from(at).unwrap_or(u32::MAX)));
            }
        }
        let most = if usize::from(asked) > LONG { BY_GRAMS_LONG } else { BY_GRAMS };
        let floor = floor(&histogram, most);
        self.found.retain(|found| usize::from(found.0 >> 6) >= floor);
        // By place and not by position: which of many equals are compared must not depend on the
        // order in which they were filed.
        let place = |shop| index.place(shop);
        let order = |a: &(u16, u32), b: &(u16, u32)| {
            b.0.cmp(&a.0).then_with(|| place(a.1).cmp(&place(b.1)))
        };
        // Thousands may have the very same sum: whatever all of a trade have in their names.
        if self.found.len() > most {
            self.found.select_nth_unstable_by(most, order);
            self.found.truncate(most);
        }
        self.found.sort_unstable_by(order);
    }

    /// Adds the shortest names that begin with exactly what was heard, long vowels counted.
    fn add_beginnings(&mut self, index: &Index, asked: &Asked, shops: &mut Vec<u32>) {
        let spelled = asked.is_spelled();
        for heard in &asked.heard {
            self.beginning.clear();
            let beginning = index.beginning_with(&heard.codes);
            self.beginning.extend(beginning.map(|(shop, said)| {
                let slips = usize::from(heard.lengthening(said.codes.len(), said.long, spelled));
                (said.codes.len() + slips, index.place(shop), shop)
            }));
            if self.beginning.len() > BY_BEGINNING {
                self.beginning.select_nth_unstable(BY_BEGINNING);
                self.beginning.truncate(BY_BEGINNING);
            }
            self.beginning.sort_unstable();
            shops.extend(self.beginning.iter().map(|&(_, _, shop)| shop));
        }
    }

    /// Drops repetitions; the sums are done with and serve as marks.
    fn keep_first(&mut self, shops: &mut Vec<u32>) {
        let sums = &mut self.sums;
        sums.resize(sums.len().max(1), 0);
        for &shop in shops.iter() {
            if let Some(sum) = sums.get_mut(shop as usize) {
                *sum = 0;
            }
        }
        shops.retain(|&shop| match sums.get_mut(shop as usize) {
            Some(mark) if *mark == 0 => {
                *mark = 1;
                true
            }
            _ => false,
        });
    }
}

/// The rarer, the heavier.
fn weight(shops: usize, filed: usize) -> u16 {
    let rarity = u32::try_from((shops + 1) / filed.max(1)).unwrap_or(u32::MAX);
    // A logarithm in eighths of an octave is fine enough.
    let octaves = rarity.max(1).ilog2();
    let within =
        (rarity >> octaves.saturating_sub(3)).saturating_sub(if octaves >= 3 { 8 } else { 0 });
    let within = if octaves >= 3 { within } else { 0 };
    u16::try_from((octaves * 8 + within + 2) * WEIGHT / 8).unwrap_or(u16::MAX)
}

/// The lowest bucket that still has to be kept.
fn floor(histogram: &[u32; BUCKETS], most: usize) -> usize {
    let mut kept = 0;
    for (bucket, &count) in histogram.iter().enumerate().rev() {
        kept += count as usize;
        if kept >= most {
            return bucket;
        }
    }
    0
}
