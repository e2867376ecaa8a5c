//! A good row of a record file, and the hash that stands for it.

use crate::domain::coupon::CouponRecord;
use crate::domain::evidence::FieldHasher;
use crate::domain::merchant::Merchant;
use crate::domain::settlement::{Coverage, Sale, Settlement};

/// One good row of a record file.
#[derive(Clone, Debug)]
pub enum Record {
    /// Of the merchants file, with the folded name and reading.
    Merchant(Merchant, String, String),
    /// Of the coupons file.
    Coupon(CouponRecord),
    /// Of the settlements file.
    Settlement(Settlement),
    /// Of the sales file.
    Sale(Sale),
    /// Of the coverage file.
    Coverage(Coverage),
}

impl Record {
    /// SHA-256 over everything the file says of the row. The same row gives the same
    /// hash; the first eight bytes of it are the row's seal.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = FieldHasher::new();
        match self {
            Self::Merchant(m, _, _) => hasher
                .text("merchant")
                .text(m.merchant_id.as_str())
                .text(&m.name)
                .text(&m.kana)
                .number(i64::from(m.prefecture.code()))
                .text(&m.address)
                .text(m.phone.expose()),
            Self::Coupon(c) => hasher
                .text("coupon")
                .text(c.inquiry_number.as_str())
                .number(i64::from(c.prefecture.code()))
                .number(c.face_value.get())
                .number(c.balance.get())
                .number(days(c.expires_on))
                .text(c.holder.as_str())
                .text(c.phone.expose())
                .text(c.email.expose())
                .text(&c.issuer),
            Self::Settlement(s) => hasher
                .text("settlement")
                .text(s.settlement_id.as_str())
                .text(s.inquiry_number.as_str())
                .text(s.merchant_id.as_str())
                .number(s.amount.get())
                .number(s.settled_at.micros()),
            Self::Sale(s) => hasher
                .text("sale")
                .text(s.sale_id.as_str())
                .text(s.merchant_id.as_str())
                .number(s.sold_at.micros())
                .number(s.total.get())
                .number(s.cash.get())
                .text(s.inquiry_number.as_ref().map_or("", |n| n.as_str()))
                .text(&s.receipt),
            Self::Coverage(c) => hasher
                .text("coverage")
                .text(c.merchant_id.as_ref().map_or("", |id| id.as_str()))
                .text(c.source.as_str())
                .number(c.window.from().micros())
                .number(c.window.until().micros()),
        };
        hasher.finish()
    }
}

fn days(day: chrono::NaiveDate) -> i64 {
    use chrono::Datelike;
    i64::from(day.num_days_from_ce())
}

/// The first eight bytes of a row's hash, as it is stored beside the row.
#[must_use]
pub fn seal(hash: &[u8; 32]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *hash;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The sum of row hashes modulo 2^256: it does not depend on the order of the rows, so
/// it can be recomputed from the database in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest([u64; 4]);

impl Digest {
    /// Adds one row's hash.
    pub fn add(&mut self, hash: &[u8; 32]) {
        let mut carry = false;
        for (word, bytes) in self.0.iter_mut().rev().zip(hash.rchunks_exact(8)) {
            let mut value = [0; 8];
            value.copy_from_slice(bytes);
            let (sum, over) = word.overflowing_add(u64::from_be_bytes(value));
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            *word = sum;
            carry = over || over_again;
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        let mut bytes = [0; 32];
        for (place, word) in bytes.chunks_exact_mut(8).zip(other.0) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        self.add(&bytes);
    }

    /// The 64 hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.map(|word| format!("{word:016x}")).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_does_not_depend_on_order_and_carries() {
        let (a, b) = ([0xff; 32], [0x01; 32]);
        let mut one = Digest::default();
        one.add(&a);
        one.add(&b);
        let mut other = Digest::default();
        other.add(&b);
        other.add(&a);
        assert_eq!(one, other);
        // 2^256 − 1 + 0x0101…01 = 0x0101…00 modulo 2^256
        assert!(one.hex().ends_with("0100"));
        assert!(one.hex().starts_with("0101"));
    }
}
