//! What one would otherwise have: fuzzy matchers over the names as they are. Each so-manieth
//! query only, for one takes as long as a hundred of ours.

use std::cmp::Reverse;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;
use madoguchi::search::Shop;

use crate::queries::Case;
use crate::recall::Recall;
use crate::timing::{Desk, Times};

pub fn run(desk: &mut Desk<'_>, cases: &[Case], shops: &[Shop], every: usize) {
    println!("\nevery {every}th query, side by side:");
    let cases: Vec<&Case> = cases.iter().step_by(every).collect();
    measure("madoguchi", &cases, |text| {
        Some(desk.search(text, 10).into_iter().map(|hit| hit.shop).collect())
    });
    let matcher = SkimMatcherV2::default();
    measure("SkimMatcherV2", &cases, |text| Some(skim(&matcher, shops, text)));
    let mut names = String::new();
    for (at, shop) in shops.iter().enumerate() {
        names.extend([at.to_string().as_str(), "\t", shop.name.as_str(), "\n"]);
    }
    measure("fzf --filter", &cases, |text| fzf(&names, text));
}

/// Prints recall and times of `find`, which gives the first ten, or nothing where it cannot run.
fn measure(name: &str, cases: &[&Case], mut find: impl FnMut(&str) -> Option<Vec<u32>>) {
    let (mut recall, mut times) = (Recall::default(), Times::default());
    for case in cases {
        let begun = Instant::now();
        let Some(found) = find(&case.text) else {
            println!("{name:<14} cannot be run here (is it installed?)");
            return;
        };
        times.add(begun.elapsed());
        recall.add(found.iter().position(|at| case.right.contains(at)));
    }
    println!("{name:<14} n @1 @5 @10 {}  {}", recall.line(), times.line());
}

fn skim(matcher: &SkimMatcherV2, shops: &[Shop], text: &str) -> Vec<u32> {
    let scored = (0..)
        .zip(shops)
        .filter_map(|(at, shop)| Some((Reverse(matcher.fuzzy_match(&shop.name, text)?), at)));
    let mut scored: Vec<(Reverse<i64>, u32)> = scored.collect();
    scored.sort_unstable();
    scored.into_iter().take(10).map(|(_, at)| at).collect()
}

/// The first ten of what `fzf --filter` finds, by position.
fn fzf(names: &str, text: &str) -> Option<Vec<u32>> {
    let mut child = Command::new("fzf")
        .args(["--delimiter", "\t", "--nth", "2", "--filter", text])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let out = std::thread::scope(|scope| {
        // A reader that has seen enough closes its end; that is no failure of ours.
        scope.spawn(move || drop(stdin.write_all(names.as_bytes())));
        child.wait_with_output()
    });
    let out = out.ok()?;
    let lines = String::from_utf8_lossy(&out.stdout);
    let at = |line: &str| line.split('\t').next()?.parse().ok();
    Some(lines.lines().take(10).filter_map(at).collect())
}
