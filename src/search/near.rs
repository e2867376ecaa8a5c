//! Numbers near one that does not exist: a digit misheard or mistyped.
//!
//! What is likeliest over a telephone comes first: digits that sound alike (いち and しち), a の
//! or 番 between the groups taken for a digit, two neighbours in the wrong order, the next key.
//! Which of them are coupons, and the caller's, is asked elsewhere.

use std::collections::HashSet;

/// Numbers proposed at most: all of a number of fifteen digits.
pub const NEAR_MAX: usize = 400;

/// A number one slip away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The number.
    pub number: String,
    /// The slip, as an operator reads it: `1↔7` (one for the other), `12↔21` (changed places),
    /// `+7` (one was left out), `-7` (one too many), `-5(の)` (の was taken for a five).
    pub why: String,
}

/// Digits that sound alike, the likeliest first: いち/しち, し/しち, いち/はち, し/く, ろく/く,
/// しち/はち.
const SOUND: [(char, char); 6] =
    [('1', '7'), ('4', '7'), ('1', '8'), ('4', '9'), ('6', '9'), ('7', '8')];

/// Words between the groups of a number that are taken for a digit: の for ご, 番 for さん.
const WORDS: [(char, &str); 2] = [('5', "の"), ('3', "番")];

/// Letters that sound alike when they are spelled, and letters that look like digits.
const LETTERS: [&str; 6] = ["BDEGPTVZC", "MN", "FSX", "AHJK", "O0Q", "I1L"];

/// Keys side by side or one above the other, on a keyboard's number block and on a telephone.
const KEYS: [&str; 10] = ["128", "024", "0135", "26", "157", "2468", "359", "48", "0579", "68"];

/// Numbers one slip away from `number` that are `possible`, the likeliest first, each once, never
/// itself. `number` is folded: digits and capitals.
#[must_use]
pub fn near(number: &str, possible: impl Fn(&str) -> bool) -> Vec<Near> {
    let chars: Vec<char> = number.chars().collect();
    let seen = HashSet::from([number.to_owned()]);
    let mut found = Found { seen, near: Vec::new(), possible: &possible };
    for pair in SOUND {
        substitute(&chars, &mut found, |c| match c {
            c if c == pair.0 => vec![pair.1],
            c if c == pair.1 => vec![pair.0],
            _ => Vec::new(),
        });
    }
    for (digit, word) in WORDS {
        for at in (0..chars.len()).filter(|&at| chars[at] == digit) {
            found.add(without(&chars, at), || format!("-{digit}({word})"));
        }
    }
    for letters in LETTERS {
        substitute(&chars, &mut found, |c| {
            if letters.contains(c) { letters.chars().collect() } else { Vec::new() }
        });
    }
    transpose(&chars, &mut found);
    substitute(&chars, &mut found, |c| {
        let keys = c.to_digit(10).and_then(|digit| KEYS.get(digit as usize));
        keys.map(|keys| keys.chars().collect()).unwrap_or_default()
    });
    doubled(&chars, &mut found);
    substitute(&chars, &mut found, alphabet);
    for at in 0..chars.len() {
        found.add(without(&chars, at), || format!("-{}", chars[at]));
    }
    left_out(&chars, &mut found);
    found.near
}

struct Found<'a> {
    seen: HashSet<String>,
    near: Vec<Near>,
    possible: &'a dyn Fn(&str) -> bool,
}

impl Found<'_> {
    fn add(&mut self, number: String, why: impl FnOnce() -> String) {
        if self.near.len() < NEAR_MAX && !number.is_empty() && !self.seen.contains(&number) {
            self.seen.insert(number.clone());
            if (self.possible)(&number) {
                self.near.push(Near { number, why: why() });
            }
        }
    }
}

fn substitute(chars: &[char], found: &mut Found<'_>, others: impl Fn(char) -> Vec<char>) {
    for (at, &own) in chars.iter().enumerate() {
        for other in others(own) {
            let mut number = chars.to_vec();
            number[at] = other;
            found.add(number.into_iter().collect(), || format!("{own}↔{other}"));
        }
    }
}

fn transpose(chars: &[char], found: &mut Found<'_>) {
    for at in 1..chars.len() {
        let (first, second) = (chars[at - 1], chars[at]);
        let mut number = chars.to_vec();
        number.swap(at - 1, at);
        found.add(number.into_iter().collect(), || format!("{first}{second}↔{second}{first}"));
    }
}

/// One of two equal neighbours left out, or one typed twice.
fn doubled(chars: &[char], found: &mut Found<'_>) {
    for (at, &own) in chars.iter().enumerate() {
        if at > 0 && chars[at - 1] == own {
            found.add(without(chars, at), || format!("-{own}"));
        }
        found.add(with(chars, at, own), || format!("+{own}"));
    }
}

fn left_out(chars: &[char], found: &mut Found<'_>) {
    for at in 0..=chars.len() {
        for digit in '0'..='9' {
            found.add(with(chars, at, digit), || format!("+{digit}"));
        }
    }
    // A letter is left out nowhere but among letters.
    if chars.iter().all(char::is_ascii_digit) {
        return;
    }
    for at in 0..=chars.len() {
        for letter in 'A'..='Z' {
            found.add(with(chars, at, letter), || format!("+{letter}"));
        }
    }
}

/// Everything of its kind: a digit for a digit, a letter for a letter.
fn alphabet(c: char) -> Vec<char> {
    if c.is_ascii_digit() { ('0'..='9').collect() } else { ('A'..='Z').collect() }
}

fn without(chars: &[char], at: usize) -> String {
    chars[..at].iter().chain(&chars[at + 1..]).collect()
}

fn with(chars: &[char], at: usize, other: char) -> String {
    chars[..at].iter().chain([&other]).chain(&chars[at..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: &str, meant: &str) -> Option<(usize, String)> {
        let near = near(number, |_| true);
        let at = near.iter().position(|near| near.number == meant)?;
        Some((at, near[at].why.clone()))
    }

    #[test]
    fn what_sounds_alike_comes_first_and_every_single_slip_is_there() {
        let why = |typed: &str, meant: &str| place(typed, meant).expect("near").1;
        assert_eq!(why("5335149687092", "5335749687092"), "1↔7");
        assert_eq!(why("5335149687092", "5335194687092"), "49↔94");
        assert_eq!(why("5335149687092", "5336149687092"), "5↔6");
        assert_eq!(why("5335149687092", "5335149087092"), "6↔0");
        assert_eq!(why("5335149687092", "533514968709"), "-2");
        assert_eq!(why("533514968709", "5335149687092"), "+2");
        assert_eq!(why("53355149687092", "5335149687092"), "-5(の)");
        assert_eq!(why("53351496837092", "5335149687092"), "-3(番)");
        assert_eq!(why("533514968770", "53351496870"), "-7");
        assert_eq!(why("A0123", "AO123"), "0↔O");
        assert_eq!(why("MB123", "NB123"), "M↔N");
        let sounds = place("5335149687092", "5335749687092").expect("near").0;
        let turned = place("5335149687092", "5335194687092").expect("near").0;
        let far = place("5335149687092", "5335149687392").expect("near").0;
        assert!(sounds < turned && turned < far, "{sounds} {turned} {far}");
    }

    #[test]
    fn it_is_bounded_each_once_and_never_the_number_itself() {
        for number in ["", "1", "11", "5335149687092", &"A".repeat(32), &"7".repeat(32)] {
            let near = near(number, |_| true);
            let all: HashSet<&str> = near.iter().map(|near| near.number.as_str()).collect();
            assert_eq!(all.len(), near.len(), "{number}");
            assert!(near.len() <= NEAR_MAX && !all.contains(number) && !all.contains(""));
        }
        let whole = near("533514968709214", |_| true);
        assert!(whole.len() < NEAR_MAX, "of fifteen digits all are there: {}", whole.len());
    }

    #[test]
    fn what_no_number_looks_like_takes_nobodys_place() {
        let digits =
            |number: &str| number.len() == 12 && number[2..].bytes().all(|b| b.is_ascii_digit());
        let near = near("NR123456790", digits);
        assert!(near.iter().any(|near| near.number == "NR1234567890" && near.why == "+8"));
        assert!(near.iter().all(|near| digits(&near.number)));
    }

    #[test]
    fn two_slips_are_too_many() {
        assert_eq!(place("5335149687092", "5335749687093"), None);
        assert_eq!(place("5335149687092", "53351496870"), None);
    }
}
