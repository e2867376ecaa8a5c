//! Ten thousand characters of what hurts most: frequent sounds, marks, letters that never end.

use crate::goals::Goals;
use crate::timing::Desk;

const CHARACTERS: usize = 10_000;
const TIMES: usize = 5;

const PIECES: [&str; 18] = [
    "ん",
    "せんたー",
    "でいさーびす",
    "a",
    "n",
    "an",
    "nya",
    "k",
    "店",
    "会社",
    "株式会社",
    "特別養護老人ホーム",
    "か\u{3099}",
    "\u{301}",
    "\u{fdfa}",
    "👨\u{200d}👩\u{200d}👧",
    "（株）",
    "1 ",
];

pub fn run(desk: &mut Desk<'_>, goals: &mut Goals) {
    for piece in PIECES {
        let text = piece.repeat(CHARACTERS / piece.chars().count());
        for _ in 0..TIMES {
            std::hint::black_box(desk.search(&text, 10));
        }
    }
    let mut times = desk.times();
    println!("{CHARACTERS} characters, {}", times.line());
    goals.at_most("10,000 characters of anything, max", times.at(1.0), 10.0, "ms");
}
