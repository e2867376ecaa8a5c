//! From the cells of a row to a [`Record`], with every check that one row alone allows
//! (specification, section 3). All that is wrong with a row is listed, not only the first.

use std::{array, cell};

use super::bad_row::{BadRow, BadRowReason, bounded};
use super::cells::{Cell, Problems, is_blank};
use super::columns::Layout;
use super::csv::Fields;
use super::kind::Kind;
use super::record::Record;
use super::table::columns;
use crate::domain::coupon::CouponRecord;
use crate::domain::merchant::Merchant;
use crate::domain::number::NumberPattern;
use crate::domain::prefecture::Prefecture;
use crate::domain::private::Private;
use crate::domain::settlement::{Coverage, Sale, Settlement};
use crate::domain::time::Window;
use crate::domain::yen::Yen;

/// The longest texts, in characters.
const NAME_CHARS: usize = 200;
const KANA_CHARS: usize = 200;
const ADDRESS_CHARS: usize = 300;
const PHONE_CHARS: usize = 40;
const EMAIL_CHARS: usize = 254;
const ISSUER_CHARS: usize = 200;
const RECEIPT_CHARS: usize = 64;

/// What a holder may be, for a message.
const HOLDERS: &str = "app (アプリ), paper (紙), withdrawn (退会)";
/// What a source may be, for a message.
const SOURCES: &str = "settlements (決済), sales (売上)";

/// Makes records of rows.
pub(super) struct Rows<'a> {
    layout: Layout,
    pattern: &'a NumberPattern,
    fold: &'a (dyn Fn(&str) -> String + Sync),
    /// Of the row before: a file is most often of one prefecture, which need not be looked up
    /// ten million times.
    last_prefecture: cell::Cell<Option<Prefecture>>,
}

impl<'a> Rows<'a> {
    /// `fold` makes the keys by which shops are searched.
    pub(super) const fn new(
        layout: Layout,
        pattern: &'a NumberPattern,
        fold: &'a (dyn Fn(&str) -> String + Sync),
    ) -> Self {
        Self { layout, pattern, fold, last_prefecture: cell::Cell::new(None) }
    }

    /// Reads the row that begins on `line`. `None` for a line of nothing but spaces.
    pub(super) fn read(
        &self,
        line: u64,
        fields: &Fields<'_>,
    ) -> Option<Result<Record, Vec<BadRow>>> {
        let mut bad = Problems::new(line);
        if fields.count() != self.layout.width() {
            if fields.count() == 1 && is_blank(fields.get(0)) {
                return None;
            }
            let (expected, found) = (self.layout.width(), fields.count());
            bad.add("", &joined(fields), BadRowReason::FieldCount { expected, found });
            return Some(Err(bad.into_rows()));
        }
        self.check_unnamed(fields, &mut bad);
        let record = match self.layout.kind() {
            Kind::Merchants => self.merchant(&self.cells(fields), &mut bad),
            Kind::Coupons => self.coupon(&self.cells(fields), &mut bad),
            Kind::Settlements => self.settlement(&self.cells(fields), &mut bad),
            Kind::Sales => self.sale(&self.cells(fields), &mut bad),
            Kind::Coverage => coverage(&self.cells(fields), &mut bad),
        };
        Some(match record {
            Some(record) if bad.is_empty() => Ok(record),
            _ => Err(bad.into_rows()),
        })
    }

    /// The cells in the order of the kind's table.
    fn cells<'r, const N: usize>(&self, fields: &Fields<'r>) -> [Cell<'r>; N] {
        let table = columns(self.layout.kind());
        array::from_fn(|index| Cell {
            column: table[index].name,
            text: fields.get(self.layout.place(index)),
        })
    }

    fn check_unnamed(&self, fields: &Fields<'_>, bad: &mut Problems) {
        for &place in self.layout.unnamed() {
            let text = fields.get(place);
            if !is_blank(text) {
                bad.add(&format!("#{}", place + 1), text, BadRowReason::NoHeader);
            }
        }
    }

    fn prefecture(&self, cell: Cell<'_>, bad: &mut Problems) -> Option<Prefecture> {
        match self.last_prefecture.get() {
            Some(last) if last.name() == cell.text => Some(last),
            _ => {
                let read = cell.prefecture(bad);
                self.last_prefecture.set(read);
                read
            }
        }
    }

    fn merchant(&self, cells: &[Cell<'_>; 6], bad: &mut Problems) -> Option<Record> {
        let &[id, name, kana, prefecture, address, phone] = cells;
        let merchant_id = id.id(bad);
        let name = name.needed_text(NAME_CHARS, bad);
        let kana = kana.text(KANA_CHARS, bad);
        let prefecture = self.prefecture(prefecture, bad);
        let address = address.text(ADDRESS_CHARS, bad);
        let phone = phone.text(PHONE_CHARS, bad);
        let (name, kana) = (name?, kana?);
        let merchant = Merchant {
            merchant_id: merchant_id?,
            name: name.clone().into_owned(),
            kana: kana.clone().into_owned(),
            prefecture: prefecture?,
            address: address?.into_owned(),
            phone: Private::new(phone?),
        };
        Some(Record::Merchant(merchant, (self.fold)(&name), (self.fold)(&kana)))
    }

    fn coupon(&self, cells: &[Cell<'_>; 9], bad: &mut Problems) -> Option<Record> {
        let &[number, prefecture, face, balance, expires_on, holder, phone, email, issuer] = cells;
        let inquiry_number = number.number(self.pattern, bad);
        let prefecture = self.prefecture(prefecture, bad);
        let face_value = face.yen(1, bad);
        let balance = balance.yen(0, bad).and_then(|left| {
            let within = face_value.is_none_or(|face| left <= face);
            let left = within.then_some(left).ok_or(BadRowReason::BalanceOverFace);
            balance.add(left, bad)
        });
        let expires_on = expires_on.day(bad);
        let holder = holder.word(HOLDERS, bad);
        let phone = phone.text(PHONE_CHARS, bad);
        let email = email.text(EMAIL_CHARS, bad);
        let issuer = issuer.text(ISSUER_CHARS, bad);
        Some(Record::Coupon(CouponRecord {
            inquiry_number: inquiry_number?,
            prefecture: prefecture?,
            face_value: face_value?,
            balance: balance?,
            expires_on: expires_on?,
            holder: holder?,
            phone: Private::new(phone?),
            email: Private::new(email?),
            issuer: issuer?.into_owned(),
        }))
    }

    fn settlement(&self, cells: &[Cell<'_>; 5], bad: &mut Problems) -> Option<Record> {
        let &[id, number, merchant_id, amount, settled_at] = cells;
        let settlement_id = id.id(bad);
        let inquiry_number = number.number(self.pattern, bad);
        let merchant_id = merchant_id.id(bad);
        let amount = amount.yen(1, bad);
        let settled_at = settled_at.time(bad);
        Some(Record::Settlement(Settlement {
            settlement_id: settlement_id?,
            inquiry_number: inquiry_number?,
            merchant_id: merchant_id?,
            amount: amount?,
            settled_at: settled_at?,
            restored: Yen::ZERO,
        }))
    }

    fn sale(&self, cells: &[Cell<'_>; 7], bad: &mut Problems) -> Option<Record> {
        let &[id, merchant_id, sold_at, total, cash, number, receipt] = cells;
        let sale_id = id.id(bad);
        let merchant_id = merchant_id.id(bad);
        let sold_at = sold_at.time(bad);
        let total = total.yen(1, bad);
        let cash = cash.yen(0, bad);
        let inquiry_number = if is_blank(number.text) {
            Some(None)
        } else {
            number.number(self.pattern, bad).map(Some)
        };
        let receipt = receipt.text(RECEIPT_CHARS, bad);
        Some(Record::Sale(Sale {
            sale_id: sale_id?,
            merchant_id: merchant_id?,
            sold_at: sold_at?,
            total: total?,
            cash: cash?,
            inquiry_number: inquiry_number?,
            receipt: receipt?.into_owned(),
            linked_by_hand: false,
        }))
    }
}

fn coverage(cells: &[Cell<'_>; 4], bad: &mut Problems) -> Option<Record> {
    let &[merchant_id, source, from, until] = cells;
    let id = merchant_id.id(bad);
    let source = source.word(SOURCES, bad);
    let (begins, ends) = (from.time(bad), until.time(bad));
    let window = begins.zip(ends).and_then(|(begins, ends)| {
        until.add(Window::new(begins, ends).map_err(|_| BadRowReason::Interval), bad)
    });
    Some(Record::Coverage(Coverage { merchant_id: Some(id?), source: source?, window: window? }))
}

/// The row as it is shown where it has too many or too few fields.
fn joined(fields: &Fields<'_>) -> String {
    // No more is kept of it.
    let shown = super::bad_row::MAX_VALUE_CHARS + 1;
    bounded(&fields.iter().take(shown).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests;
