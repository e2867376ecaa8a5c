//! Names typed key by key: what each key costs, and how soon the shop is there.

use madoguchi::search::spelling::{Spelling, from_kana};

use crate::goals::Goals;
use crate::kana;
use crate::queries::Case;
use crate::timing::{Desk, share};

/// Rows that a desk shows.
const SHOWN: usize = 5;

pub fn run(desk: &mut Desk<'_>, cases: &[Case], goals: &mut Goals) {
    let class = |class: &'static str| cases.iter().filter(move |case| case.class == class);
    let (mut first, mut stays) = (Vec::new(), Vec::new());
    for case in class("romaji_wapuro") {
        let found = typed(desk, case, beginnings(&case.text));
        first.push(found.0);
        stays.push(found.1);
    }
    // The same names through an input method, and as they are written.
    for case in class("hiragana") {
        typed(desk, case, compositions(&case.text));
    }
    for case in class("surface_nospace") {
        typed(desk, case, beginnings(&case.text));
    }
    first.sort_by(f64::total_cmp);
    stays.sort_by(f64::total_cmp);
    let percent = |parts: &[f64], part| share(parts, part).unwrap_or(0.0) * 100.0;
    println!(
        "key by key in romaji, {} names: within {SHOWN} after {:.0} % of the letters (median), \
         {:.0} % (p90); for good after {:.0} % and {:.0} %",
        first.len(),
        percent(&first, 0.5),
        percent(&first, 0.9),
        percent(&stays, 0.5),
        percent(&stays, 0.9)
    );
    if !first.is_empty() {
        goals.at_most("letters typed until within five, median", percent(&first, 0.5), 60.0, "%");
    }
    let mut times = desk.times();
    println!("each key, {}", times.line());
    desk.slow_again(SHOWN);
    goals.at_most("a key, p50", times.at(0.5), 1.0, "ms");
    goals.at_most("a key, p99", times.at(0.99), 4.0, "ms");
    goals.at_most("a key, max", times.at(1.0), 10.0, "ms");
}

/// Types the texts one after the other; after which part of them the shop was first shown, and
/// after which it was shown to the end (more than 1 if it was not).
fn typed(desk: &mut Desk<'_>, case: &Case, texts: Vec<String>) -> (f64, f64) {
    let all = texts.len();
    let (mut first, mut stays) = (all + 1, 1);
    for (key, text) in (1..).zip(texts) {
        let hits = desk.search(&text, SHOWN);
        if hits.iter().any(|hit| case.right.contains(&hit.shop)) {
            first = first.min(key);
        } else {
            stays = key + 1;
        }
    }
    #[allow(clippy::cast_precision_loss)]
    let part = |keys: usize| keys as f64 / all.max(1) as f64;
    (part(first), part(stays))
}

fn beginnings(text: &str) -> Vec<String> {
    text.char_indices().map(|(at, c)| text[..at + c.len_utf8()].to_owned()).collect()
}

/// What stands in the field while an input method makes kana of letters: な, なr, なら.
fn compositions(text: &str) -> Vec<String> {
    let mut done = String::new();
    let mut texts = Vec::new();
    for mora in kana::morae(text) {
        let letters = from_kana(mora, Spelling::WordProcessor);
        let consonants = letters.trim_end_matches(['a', 'i', 'u', 'e', 'o', '-', '\'']);
        texts.extend(beginnings(consonants).into_iter().map(|typed| format!("{done}{typed}")));
        done.push_str(mora);
        texts.push(done.clone());
    }
    texts
}
