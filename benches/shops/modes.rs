//! Which readings the index is built with.

use std::path::Path;
use std::time::Instant;

use madoguchi::records::dictionary::Dictionary;
use madoguchi::search::Shop;

use crate::options::{Kana, Options};

/// Shops with the readings of a mode.
pub struct Read {
    pub shops: Vec<Shop>,
    /// Kept until the index is measured: what it gave back would be filled again by the index, and
    /// nothing would seem to grow.
    _dictionary: Option<Dictionary>,
}

/// The shops as `kana` wants them; none, having said why, where there is no dictionary.
pub fn read(shops: &[Shop], kana: Kana, options: &Options) -> Option<Read> {
    let mut shops = shops.to_vec();
    if kana == Kana::Given {
        return Some(Read { shops, _dictionary: None });
    }
    if kana == Kana::Emptied {
        for shop in &mut shops {
            shop.kana.clear();
        }
    }
    let begun = Instant::now();
    let dictionary = open(&options.dictionary)?;
    println!("dictionary read in {:.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let (mut made, mut without) = (0, 0);
    let mut reader = dictionary.reader();
    for shop in shops.iter_mut().filter(|shop| shop.kana.is_empty()) {
        match reader.readings(&shop.name) {
            Some(readings) => {
                shop.kana = readings;
                made += 1;
            }
            None => without += 1,
        }
    }
    drop(reader);
    println!(
        "{made} readings made in {:.2} s, none for {without} names",
        begun.elapsed().as_secs_f64()
    );
    Some(Read { shops, _dictionary: Some(dictionary) })
}

fn open(path: &Path) -> Option<Dictionary> {
    let opened = Dictionary::open(path);
    opened.map_err(|error| println!("no dictionary: {error}")).ok()
}
