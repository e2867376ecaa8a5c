//! Kanji and kana packed into numbers, so that counting them allocates nothing.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Kanji of one unit at most.
pub const UNIT_MAX: usize = 3;
/// Kana that fit one packed reading.
pub const READING_MAX: usize = 8;

/// A map by packed keys.
pub type Counts<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// A hasher for numbers that need no defence: multiply and fold.
#[derive(Debug, Default, Clone, Copy)]
pub struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

/// Packs at most [`UNIT_MAX`] kanji; longer runs would not be unique.
#[must_use]
pub fn unit(kanji: &[char]) -> u64 {
    kanji.iter().fold(0, |packed, &c| packed << 21 | u64::from(c))
}

/// Packs kana, at most [`READING_MAX`] of them; none if one is no hiragana.
#[must_use]
pub fn reading(kana: &[char]) -> Option<u64> {
    if kana.len() > READING_MAX {
        return None;
    }
    kana.iter().try_fold(0, |packed, &c| {
        let number = match c {
            'ぁ'..='ゔ' => c as u64 - 'ぁ' as u64 + 1,
            'ー' => 0x70,
            _ => return None,
        };
        Some(packed << 8 | number)
    })
}

/// Writes a packed reading out as kana.
pub fn unpack(reading: u64, out: &mut String) {
    for byte in reading.to_be_bytes().into_iter().filter(|&byte| byte != 0) {
        let c = match byte {
            0x70 => Some('ー'),
            _ => char::from_u32('ぁ' as u32 + u32::from(byte) - 1),
        };
        out.extend(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let kana: Vec<char> = "しょくどーゔ".chars().collect();
        let mut out = String::new();
        unpack(reading(&kana).expect("kana"), &mut out);
        assert_eq!(out, "しょくどーゔ");
        assert_eq!(reading(&['漢']), None);
        assert_ne!(unit(&['奈', '良']), unit(&['良', '奈']));
    }
}
