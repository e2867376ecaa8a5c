//! Shops and queries: the real ones where they are, invented ones where they are not.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use madoguchi::domain::prefecture::Prefecture;
use madoguchi::records::{CsvReader, Next};
use madoguchi::sample;
use madoguchi::search::Shop;

use crate::names::Names;
use crate::options::{Half, Options};
use crate::queries::{self, Case};

/// As many invented shops as there are real ones, so that times can be compared.
const INVENTED: usize = 200_000;
/// New queries of a class, at most.
const PER_CLASS: usize = 160;

pub struct Records {
    pub shops: Vec<Shop>,
    /// Whether they are the real ones.
    pub real: bool,
}

/// The shops to search; says where they are from.
pub fn shops(options: &Options) -> Records {
    let path = options.data.join("merchants.csv.gz");
    let mut records = match gunzip(&path) {
        Ok(csv) => Records { shops: read(csv.as_bytes()), real: true },
        Err(why) => {
            println!("no real names ({}: {why}): invented ones instead", path.display());
            Records { shops: invented(options.shops.unwrap_or(INVENTED)), real: false }
        }
    };
    records.shops.truncate(options.shops.unwrap_or(usize::MAX));
    let kana = records.shops.iter().filter(|shop| !shop.kana.is_empty()).count();
    let what = if records.real { "real" } else { "invented" };
    println!("{} {what} shops, {kana} with a reading of their own", records.shops.len());
    records
}

fn gunzip(path: &Path) -> Result<String, String> {
    if !path.exists() {
        return Err("there is no such file".to_owned());
    }
    let out = Command::new("gzip").arg("-dc").arg(path).output();
    let out = out.map_err(|error| format!("gzip cannot be run: {error}"))?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).trim().to_owned());
    }
    String::from_utf8(out.stdout).map_err(|_| "it is not UTF-8".to_owned())
}

fn read(csv: &[u8]) -> Vec<Shop> {
    let mut reader = CsvReader::new(csv);
    let mut shops = Vec::new();
    let mut header = true;
    while let Ok(Next::Record { .. }) = reader.next_record() {
        let Some(fields) = reader.fields() else { continue };
        if !std::mem::take(&mut header) {
            shops.push(Shop {
                id: fields.get(0).to_owned(),
                name: fields.get(1).to_owned(),
                kana: fields.get(2).to_owned(),
                prefecture: fields.get(3).parse().map_or(0, Prefecture::code),
            });
        }
    }
    shops
}

fn invented(count: usize) -> Vec<Shop> {
    let shops = u32::try_from(count).unwrap_or(u32::MAX);
    let plan = sample::Plan { shops, coupons: 0, ..sample::demo() };
    let mut csv = Vec::new();
    sample::write_merchants(&plan, &mut csv).expect("memory takes what is written");
    read(&csv)
}

/// The queries and what would answer them; says where they are from.
pub fn cases(options: &Options, records: &Records) -> Vec<Case> {
    let from_file = match options.fresh {
        None if records.real => {
            let path = options.data.join("shop-queries.tsv.gz");
            let read = gunzip(&path);
            read.map_err(|why| println!("no queries ({}: {why})", path.display())).ok()
        }
        _ => None,
    };
    let mut cases = match from_file {
        Some(tsv) => read_cases(&tsv, &records.shops),
        None => {
            let seed = options.fresh.unwrap_or(1);
            let per_class = (records.shops.len() / 20).clamp(20, PER_CLASS);
            println!("queries made by rule from seed {seed}");
            queries::make(&Names::of(&records.shops), seed, per_class)
        }
    };
    if options.half != Half::All {
        let tune = options.half == Half::Tune;
        cases.retain(|case| is_tune(&records.shops, case) == tune);
    }
    println!("{} queries", cases.len());
    cases
}

fn read_cases(tsv: &str, shops: &[Shop]) -> Vec<Case> {
    let at: HashMap<&str, u32> =
        (0..).zip(shops).map(|(at, shop)| (shop.id.as_str(), at)).collect();
    let case = |line: &str| {
        let mut fields = line.split('\t');
        let (class, text, right) = (fields.next()?, fields.next()?, fields.next()?);
        let right: Vec<u32> = right.split('|').filter_map(|id| at.get(id).copied()).collect();
        let official = fields.next() == Some("official");
        let case = Case { class: class.to_owned(), text: text.to_owned(), right, official };
        // Where only some of the shops are searched, the right one may not be among them.
        (!case.right.is_empty()).then_some(case)
    };
    tsv.lines().skip(1).filter_map(case).collect()
}

/// Halves by shop and not by query, so that what is held out is about other names.
fn is_tune(shops: &[Shop], case: &Case) -> bool {
    let id = case.right.first().map_or("", |&at| shops[at as usize].id.as_str());
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<u32>().unwrap_or(0).wrapping_mul(2_654_435_761) >> 31 == 0
}
