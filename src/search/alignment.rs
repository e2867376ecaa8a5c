//! The cheapest way to find what was typed in a name.
//!
//! One table of costs answers for the whole name, its beginning, the beginning of any word, any
//! place inside, words left out and words in another order: the alignment may begin anywhere for a
//! price, may leap from the end of what was matched to the beginning of any word for a price, and
//! may end anywhere nearly for nothing.

use super::hearing::Costs;

/// Longest text aligned, and the number of bits of a mask of word starts.
pub const TEXT_MAX: usize = 64;
/// What no alignment costs.
pub const FAR: u16 = u16::MAX / 2;

/// Prices of not beginning at the beginning, in the units of `super::sound::UNIT`.
#[derive(Debug, Clone, Copy)]
pub struct Prices {
    /// Beginning at a word that is not the first.
    pub at_word: u16,
    /// Beginning inside a word.
    pub inside: u16,
    /// Leaping to a word from the end of another.
    pub leap: u16,
    /// Leaping to a word from the middle of another: an abbreviation.
    pub leap_inside: u16,
    /// Ending before the end of the name.
    pub open_end: u16,
}

/// A name's characters or sounds and where its words begin.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a, T> {
    /// The elements, at most [`TEXT_MAX`] of them count.
    pub items: &'a [T],
    /// Bit `i` is set where a word begins at element `i`.
    pub starts: u64,
}

/// Rows of the table, kept between calls.
#[derive(Debug, Clone)]
pub struct Rows {
    row: [u16; TEXT_MAX + 1],
    lost: [u16; TEXT_MAX],
}

impl Default for Rows {
    fn default() -> Self {
        Self { row: [0; TEXT_MAX + 1], lost: [0; TEXT_MAX] }
    }
}

/// Positions of the set bits, lowest first.
pub(super) fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if mask == 0 {
            return None;
        }
        let at = mask.trailing_zeros() as usize;
        mask &= mask - 1;
        Some(at)
    })
}

impl Rows {
    /// The cost of `heard` in `said`, or [`FAR`] as soon as it must exceed `limit`.
    pub fn cost<C: Costs>(
        &mut self,
        costs: &C,
        prices: &Prices,
        heard: &[C::Item],
        said: Said<'_, C::Item>,
        limit: u16,
    ) -> u16 {
        let len = said.items.len().min(TEXT_MAX);
        let items = &said.items[..len];
        let starts = said.starts & super::sound::bits_below(len) & !1;
        self.begin(costs, prices, items, starts);
        for &one in heard {
            let least = self.advance(costs, one, items);
            if least > limit {
                return FAR;
            }
            self.leap(prices, len, starts, least);
        }
        self.end(prices, len, starts)
    }

    fn begin<C: Costs>(&mut self, costs: &C, prices: &Prices, items: &[C::Item], starts: u64) {
        self.row[..=items.len()].fill(prices.inside);
        self.row[0] = 0;
        for at in bits(starts) {
            self.row[at] = prices.at_word;
        }
        for (price, &item) in self.lost.iter_mut().zip(items) {
            *price = costs.lost(item);
        }
    }

    /// One more element heard; returns the least cost of the new row.
    #[inline]
    fn advance<C: Costs>(&mut self, costs: &C, heard: C::Item, items: &[C::Item]) -> u16 {
        let added = costs.added(heard);
        let substitute = costs.substitute(heard);
        let mut diagonal = self.row[0];
        let mut left = diagonal + added;
        let mut least = left;
        self.row[0] = left;
        let cells = self.row[1..].iter_mut().zip(&self.lost).zip(items);
        for ((cell, &lost), &item) in cells {
            let best = (diagonal + substitute(item)).min(*cell + added);
            diagonal = *cell;
            left = best.min(left + lost);
            *cell = left;
            least = least.min(left);
        }
        least
    }

    /// Lets what was matched so far go on at the beginning of any word.
    #[inline]
    fn leap(&mut self, prices: &Prices, len: usize, starts: u64, least: u16) {
        if starts == 0 {
            return;
        }
        let mut at_end = self.row[len];
        for at in bits(starts) {
            at_end = at_end.min(self.row[at]);
        }
        let price = (at_end + prices.leap).min(least + prices.leap_inside);
        self.row[0] = self.row[0].min(price);
        for at in bits(starts) {
            self.row[at] = self.row[at].min(price);
        }
    }

    fn end(&self, prices: &Prices, len: usize, starts: u64) -> u16 {
        let mut best = self.row[len];
        for at in 0..len {
            let price = if starts >> at & 1 == 1 { prices.open_end / 2 } else { prices.open_end };
            best = best.min(self.row[at] + price);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::hearing::SoundCosts;
    use crate::search::sound::Sound;

    const PRICES: Prices =
        Prices { at_word: 6, inside: 16, leap: 10, leap_inside: 24, open_end: 2 };

    fn cost(heard: &str, said: &str) -> u16 {
        let said = Sound::typed(said);
        let said = Said { items: &said.codes, starts: said.starts };
        let heard = Sound::of_kana(heard).codes;
        Rows::default().cost(SoundCosts::get(), &PRICES, &heard, said, FAR)
    }

    #[test]
    fn every_part_of_a_name_has_its_price() {
        let name = "なら つきのにわ";
        assert_eq!(cost("ならつきのにわ", name), 0);
        assert_eq!(cost("なら", name), 1);
        assert_eq!(cost("つきのにわ", name), PRICES.at_word);
        assert_eq!(cost("きのにわ", name), PRICES.inside);
        assert_eq!(cost("つきのにわなら", name), PRICES.at_word + PRICES.leap + 1);
        assert_eq!(cost("なつき", name), PRICES.leap_inside + PRICES.open_end);
    }

    #[test]
    fn what_is_confused_on_a_telephone_is_near() {
        assert!(cost("たかさわ", "たかざわ") < cost("たかまわ", "たかざわ"));
        assert!(cost("ひろしま", "しろしま") < cost("むろしま", "しろしま"));
        assert!(
            cost("まつかぜおせん", "まつかぜおんせん") < cost("まつかぜおせん", "まつかぜおかせん")
        );
    }

    #[test]
    fn beyond_the_limit_nothing_is_finished() {
        let said = Sound::typed("ほしぞら").codes;
        let said = Said { items: &said, starts: 1 };
        let heard = Sound::of_kana("まつかぜ").codes;
        let cost = Rows::default().cost(SoundCosts::get(), &PRICES, &heard, said, 20);
        assert_eq!(cost, FAR);
    }
}
