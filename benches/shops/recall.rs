//! How often the right shop is among the first.

use std::collections::BTreeMap;

use crate::goals::Goals;
use crate::options::Kana;
use crate::queries::Case;
use crate::timing::Desk;

/// What a class should reach among the first five, and what abbreviations should.
const CLASS: f64 = 0.93;
const ABBREVIATIONS: f64 = 0.80;

/// Right answers among the first, the first five and the first ten.
#[derive(Default, Clone, Copy)]
pub struct Recall {
    queries: u32,
    right: [u32; 3],
}

impl Recall {
    /// One more, the right shop at `place` counted from 0, if it was found.
    pub fn add(&mut self, place: Option<usize>) {
        self.queries += 1;
        for (right, limit) in self.right.iter_mut().zip([1, 5, 10]) {
            *right += u32::from(place.is_some_and(|place| place < limit));
        }
    }

    fn join(&mut self, other: &Self) {
        self.queries += other.queries;
        for (right, more) in self.right.iter_mut().zip(other.right) {
            *right += more;
        }
    }

    /// At 1, at 5 and at 10.
    fn parts(&self) -> [f64; 3] {
        self.right.map(|right| f64::from(right) / f64::from(self.queries.max(1)))
    }

    pub fn line(&self) -> String {
        let [one, five, ten] = self.parts();
        format!("{:>6}  {one:.3}  {five:.3}  {ten:.3}", self.queries)
    }

    fn five(&self) -> String {
        if self.queries == 0 { "-".to_owned() } else { format!("{:.3}", self.parts()[1]) }
    }
}

/// Puts every query; prints what came of it by class.
pub fn run(desk: &mut Desk<'_>, cases: &[Case], misses: Option<&str>) -> Classes {
    let mut classes = Classes::default();
    for case in cases {
        let hits = desk.search(&case.text, 10);
        let place = hits.iter().position(|hit| case.right.contains(&hit.shop));
        let class = classes.0.entry(case.class.clone()).or_default();
        class[usize::from(!case.official)].add(place);
        let told = misses.is_some_and(|wanted| wanted == case.class || wanted == "all");
        if told && place.is_none_or(|place| place >= 5) {
            let right = desk.index.name(case.right[0]);
            let first: Vec<&str> =
                hits.iter().take(3).map(|hit| desk.index.name(hit.shop)).collect();
            println!("{} {place:?} | {} | {right} | {first:?}", case.class, case.text);
        }
    }
    classes.print();
    println!("whole queries, {}", desk.times().line());
    desk.slow_again(10);
    classes
}

/// By class, with readings of the records and with readings derived from names.
#[derive(Default)]
pub struct Classes(BTreeMap<String, [Recall; 2]>);

impl Classes {
    fn total(&self) -> [Recall; 2] {
        let mut total = [Recall::default(); 2];
        for class in self.0.values() {
            for (sum, part) in total.iter_mut().zip(class) {
                sum.join(part);
            }
        }
        total
    }

    fn print(&self) {
        println!("{:<22}      n     @1     @5    @10   official@5 derived@5", "class");
        for (class, parts) in &self.0 {
            line(class, *parts, goal(class));
        }
        line("over all", self.total(), 0.0);
    }

    /// Sets the goals beside what was reached.
    pub fn goals(&self, kana: Kana, goals: &mut Goals) {
        let [official, derived] = self.total();
        let [one, five, ten] = both([official, derived]).parts();
        if kana == Kana::Emptied {
            goals.at_least("over all @5, no reading given", five, 0.93);
            if derived.queries > 0 {
                // Readings derived by a dictionary are no test of one: these are what counts.
                goals.at_least("the same, of official readings", official.parts()[1], 0.93);
            }
            return;
        }
        goals.at_least("over all @1", one, 0.93);
        goals.at_least("over all @5", five, 0.985);
        goals.at_least("over all @10", ten, 0.99);
        let fives = self.0.iter().map(|(class, parts)| (class, both(*parts).parts()[1]));
        let (short, long): (Vec<_>, Vec<_>) = fives.partition(|(class, _)| is_short(class));
        for (goal, classes) in [(CLASS, long), (ABBREVIATIONS, short)] {
            let Some((class, least)) = classes.into_iter().min_by(|a, b| a.1.total_cmp(&b.1))
            else {
                continue;
            };
            goals.at_least(&format!("weakest class @5: {class}"), least, goal);
        }
    }
}

fn is_short(class: &str) -> bool {
    class.starts_with("abbr")
}

fn goal(class: &str) -> f64 {
    if is_short(class) { ABBREVIATIONS } else { CLASS }
}

fn both(parts: [Recall; 2]) -> Recall {
    let mut all = parts[0];
    all.join(&parts[1]);
    all
}

fn line(class: &str, parts: [Recall; 2], goal: f64) {
    let all = both(parts);
    let below = if all.parts()[1] < goal { "  below" } else { "" };
    let [official, derived] = parts.map(|part| part.five());
    println!("{class:<22} {}   {official:>10} {derived:>9}{below}", all.line());
}
