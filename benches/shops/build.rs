//! The index: how long it takes to build, what it holds, what a desk more adds.

use std::sync::Arc;
use std::time::Instant;

use madoguchi::search::{Index, Query, Scratch, Shop};

use crate::goals::Goals;
use crate::timing::{resident, share};

/// Desks that share one index.
const DESKS: usize = 300;
/// What each of them looks for, so that its scratch is as large as it gets.
const TYPED: [&str; 4] = ["k", "せんたー", "特別養護老人ホーム", "deisa-bisusenta-"];

const MB: f64 = 1e6;

#[allow(clippy::cast_precision_loss)]
fn float(count: usize) -> f64 {
    count as f64
}

/// Builds the index as often as asked and keeps the first, which alone grows into memory that
/// nobody had before.
pub fn run(shops: &[Shop], times: usize, goals: &mut Goals) -> Arc<Index> {
    let mut seconds = Vec::new();
    let mut build = || {
        let copy = shops.to_vec();
        let begun = Instant::now();
        let index = Index::build(copy);
        seconds.push(begun.elapsed().as_secs_f64());
        index
    };
    let before = resident();
    let index = Arc::new(build());
    let grown = before.and_then(|before| Some(resident()? - before));
    let held = float(index.bytes()) / MB;
    desks(&index);
    for _ in 1..times {
        build();
    }
    seconds.sort_by(f64::total_cmp);
    let median = share(&seconds, 0.5).unwrap_or(0.0);
    println!(
        "{} shops: built in {median:.2} s (median of {}), {held:.0} MB by its own count, {}",
        index.len(),
        seconds.len(),
        grown.map_or("nothing known of what lies in memory".to_owned(), |grown| format!(
            "{:.0} MB more in memory",
            grown / MB
        ))
    );
    goals.at_most("index built", median, 2.0, "s");
    goals.at_most("index, by its own count", held, 150.0, "MB");
    if let Some(grown) = grown {
        goals.at_most("index, growth of what lies in memory", grown / MB, 150.0, "MB");
    }
    index
}

fn desks(index: &Arc<Index>) {
    let search = |index: &Index, scratch: &mut Scratch| {
        for text in TYPED {
            let query = Query { text, prefecture: None, boost: &[], limit: 10 };
            std::hint::black_box(index.search(&query, scratch));
        }
    };
    // What the first search makes is made once for all.
    search(index, &mut Scratch::default());
    let before = resident();
    let begun = Instant::now();
    let desks: Vec<(Arc<Index>, Scratch)> = (0..DESKS)
        .map(|_| {
            let mut desk = (Arc::clone(index), Scratch::default());
            search(&desk.0, &mut desk.1);
            desk
        })
        .collect();
    let first = begun.elapsed().as_secs_f64() * 1000.0 / float(DESKS * TYPED.len());
    let shared = Arc::strong_count(index) - 1;
    if let (Some(before), Some(after)) = (before, resident()) {
        println!(
            "{shared} desks share one index: {:.0} bytes more in memory for each, {first:.2} ms \
             for a first search",
            (after - before) / float(desks.len())
        );
    }
}
