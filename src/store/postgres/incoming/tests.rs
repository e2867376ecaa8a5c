//! Rows as the server reads them.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::domain::number::InquiryNumber;
use crate::domain::settlement::{Sale, Settlement};
use crate::domain::time::Instant;
use crate::domain::yen::Yen;

type Read = Vec<Option<Vec<u8>>>;

/// Reads rows as the server does.
fn read(mut bytes: &[u8]) -> Vec<Read> {
    let mut rows = Vec::new();
    while let Some((count, rest)) = bytes.split_first_chunk::<2>() {
        bytes = rest;
        let mut row = Vec::new();
        for _ in 0..i16::from_be_bytes(*count) {
            let (length, rest) = bytes.split_first_chunk::<4>().unwrap();
            bytes = rest;
            // A length of -1 is no value.
            row.push(usize::try_from(i32::from_be_bytes(*length)).ok().map(|length| {
                let (field, rest) = bytes.split_at(length);
                bytes = rest;
                field.to_vec()
            }));
        }
        rows.push(row);
    }
    rows
}

fn text(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

fn whole(value: i64) -> Option<Vec<u8>> {
    Some(value.to_be_bytes().to_vec())
}

fn settlement(id: &str) -> Record {
    Record::Settlement(Settlement {
        settlement_id: id.parse().unwrap(),
        inquiry_number: InquiryNumber::fold("CPN1").unwrap(),
        merchant_id: "M1".parse().unwrap(),
        amount: Yen::new(1500),
        settled_at: Instant::from_micros(-5),
        restored: Yen::new(0),
    })
}

#[test]
fn a_row_is_written_as_the_statement_names_its_columns() {
    let hash = [0x81; 32];
    let mut straight = RowEncoder::new(Way::Straight(7));
    assert!(straight.add(2, &settlement("D1"), &hash).is_none());
    let values = [
        text("D1"),
        text("CPN1"),
        text("M1"),
        whole(1500),
        whole(-5),
        whole(0),
        whole(seal(&hash)),
    ];
    let mut expected = values.to_vec();
    expected.push(whole(7));
    assert_eq!(read(&straight.take().unwrap()), [expected]);
    assert!(straight.take().is_none());

    let mut staged = RowEncoder::new(Way::Staged);
    staged.add(2, &settlement("D1"), &hash);
    let mut expected = vec![text("D1"), whole(2), Some(hash.to_vec())];
    expected.extend(values);
    assert_eq!(read(&staged.take().unwrap()), [expected]);
}

#[test]
fn as_many_fields_as_columns_and_nothing_is_not_the_empty_text() {
    let sale = Record::Sale(Sale {
        sale_id: "S1".parse().unwrap(),
        merchant_id: "M1".parse().unwrap(),
        sold_at: Instant::from_micros(1),
        total: Yen::new(1),
        cash: Yen::new(0),
        inquiry_number: None,
        receipt: String::new(),
        linked_by_hand: false,
    });
    let mut encoder = RowEncoder::new(Way::Straight(1));
    encoder.add(1, &sale, &[0; 32]);
    let rows = read(&encoder.take().unwrap());
    assert_eq!(rows[0].len(), target(Kind::Sales).columns.len() + 2);
    assert_eq!((&rows[0][5], &rows[0][6]), (&None, &text("")));
}

#[test]
fn many_rows_leave_once_each_and_a_few_megabytes_at_a_time_in_order() {
    let mut encoder = RowEncoder::new(Way::Straight(1));
    let mut pieces = Vec::new();
    let rows = 150_000_u64;
    for i in 0..rows {
        // A prime's multiples come in any order, and each once.
        let id = format!("D{:07}", i * 48_271 % 999_983);
        pieces.extend(encoder.add(i, &settlement(&id), &[0; 32]));
    }
    while let Some(piece) = encoder.take() {
        pieces.push(piece);
    }
    assert!(pieces.iter().all(|piece| piece.len() < PIECE_BYTES * 2));
    let mut keys: Vec<_> =
        pieces.iter().flat_map(|piece| read(piece)).map(|r| r[0].clone()).collect();
    let turns = keys.windows(2).filter(|pair| pair[0] > pair[1]).count();
    assert!((1..8).contains(&turns), "{turns}");
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len() as u64, rows);
}
