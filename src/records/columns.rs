//! Which column is which: the header of a record file.

use super::csv::Fields;
use super::file_error::FileTrouble;
use super::kind::Kind;
use super::table::{Column, MOST_COLUMNS, columns};
use crate::domain::text::{fold, for_terminal_bounded};

/// How many unknown columns a message names, and how much of each.
const MOST_NAMED: usize = 20;
const NAME_CHARS: usize = 40;

/// Where the columns of a kind stand in a file.
#[derive(Debug)]
pub(super) struct Layout {
    kind: Kind,
    places: [usize; MOST_COLUMNS],
    unnamed: Vec<usize>,
    width: usize,
}

impl Layout {
    /// Reads a header: names in any order, English or Japanese, in any case and width.
    pub(super) fn read(kind: Kind, header: &Fields<'_>) -> Result<Self, FileTrouble> {
        check_separator(header)?;
        let names = HeaderNames::of(kind);
        let mut found = [None; MOST_COLUMNS];
        let mut unnamed = Vec::new();
        let (mut unknown, mut duplicate) = (Vec::new(), Vec::new());
        for (place, cell) in header.iter().enumerate() {
            let name = fold(cell).to_lowercase();
            if name.is_empty() {
                unnamed.push(place);
                continue;
            }
            match names.find(&name) {
                None => unknown.push(for_terminal_bounded(cell, NAME_CHARS)),
                Some(index) if found[index].is_none() => found[index] = Some(place),
                Some(index) => duplicate.push(columns(kind)[index].name),
            }
        }
        let missing: Vec<&'static Column> = columns(kind)
            .iter()
            .zip(&found)
            .filter_map(|(column, place)| place.is_none().then_some(column))
            .collect();
        if !(missing.is_empty() && unknown.is_empty() && duplicate.is_empty()) {
            unknown.truncate(MOST_NAMED);
            duplicate.sort_unstable();
            duplicate.dedup();
            return Err(FileTrouble::Columns { missing, unknown, duplicate });
        }
        // None is left only beyond the columns that the kind has.
        let places = found.map(|place| place.unwrap_or(usize::MAX));
        Ok(Self { kind, places, unnamed, width: header.count() })
    }

    /// The kind of file.
    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    /// How many fields every row has.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// Places of columns without a name; their cells must be empty.
    pub(super) fn unnamed(&self) -> &[usize] {
        &self.unnamed
    }

    /// Where the kind's column of that index stands in a row.
    pub(super) const fn place(&self, index: usize) -> usize {
        self.places[index]
    }
}

/// The names that a header may have, folded as the header is.
struct HeaderNames(Vec<(String, usize)>);

impl HeaderNames {
    fn of(kind: Kind) -> Self {
        let all = columns(kind).iter().enumerate().flat_map(|(index, column)| {
            let names = std::iter::once(&column.name).chain(column.ja);
            names.map(move |name| (fold(name).to_lowercase(), index))
        });
        Self(all.collect())
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().find(|(known, _)| known == name).map(|&(_, index)| index)
    }
}

/// "Every column is missing" would be true of a file with tabs, and no help.
fn check_separator(header: &Fields<'_>) -> Result<(), FileTrouble> {
    let mark = header.get(0).chars().find(|c| matches!(c, '\t' | ';'));
    match mark {
        Some(mark) if header.count() == 1 => Err(FileTrouble::Separator(mark)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::csv::CsvReader;

    fn layout(kind: Kind, header: &str) -> Result<Layout, FileTrouble> {
        let mut csv = CsvReader::new(header.as_bytes());
        csv.next_record().expect("a slice does not fail");
        Layout::read(kind, &csv.fields().expect("text"))
    }

    #[test]
    fn columns_are_found_by_japanese_names_in_any_order_and_width() {
        let header = "決済日時,　金額 ,加盟店ＩＤ,お問い合わせ番号,SETTLEMENT_ID\n";
        let found = layout(Kind::Settlements, header).expect("all five");
        assert_eq!((0..5).map(|i| found.place(i)).collect::<Vec<_>>(), [4, 3, 2, 1, 0]);
    }

    #[test]
    fn every_japanese_name_stands_for_its_column() {
        for kind in Kind::ALL {
            for nth in 0..2 {
                let names = columns(kind).iter().map(|c| c.ja[nth.min(c.ja.len() - 1)]);
                let header = names.collect::<Vec<_>>().join(",");
                assert_eq!(layout(kind, &header).expect("all").width(), columns(kind).len());
            }
        }
    }

    #[test]
    fn what_is_missing_unknown_or_there_twice_is_named_at_once() {
        let header = "merchant_id,加盟店ID,source,colour,covers_from";
        match layout(Kind::Coverage, header) {
            Err(FileTrouble::Columns { missing, unknown, duplicate }) => {
                assert_eq!(missing.iter().map(|c| c.name).collect::<Vec<_>>(), ["covers_until"]);
                assert_eq!(unknown, ["colour"]);
                assert_eq!(duplicate, ["merchant_id"]);
            }
            other => panic!("{other:?}"),
        }
        let trouble = layout(Kind::Coverage, header).expect_err("three things are wrong");
        assert_eq!(
            trouble.to_string(),
            "missing columns: covers_until (終了, 範囲終了); unknown columns: colour; \
             columns that stand twice: merchant_id"
        );
    }

    #[test]
    fn columns_without_a_name_are_kept_apart() {
        let found = layout(Kind::Coverage, "merchant_id,,source,covers_from,covers_until,　");
        assert_eq!(found.expect("two have no name").unnamed(), [1, 5]);
    }

    #[test]
    fn tabs_and_semicolons_are_named_as_such() {
        for (header, mark) in [("merchant_id\tsource", '\t'), ("merchant_id;source", ';')] {
            let refused = layout(Kind::Coverage, header);
            assert!(matches!(refused, Err(FileTrouble::Separator(found)) if found == mark));
        }
    }
}
