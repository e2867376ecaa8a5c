//! How well and how fast the shop search finds what a caller named, over 200,000 names.
//!
//! ```text
//! cargo bench --bench shops -- [--kana given|filled|emptied] [--fresh SEED]
//!     [--data DIR] [--shops N] [--dictionary DIR] [--builds N] [--plain EVERY]
//!     [--half tune|held|all] [--misses CLASS|all]
//! ```
//!
//! The readings are those of the records (`given`), with the dictionary's for records that have
//! none (`filled`), or the dictionary's for all (`emptied`); without `--kana` one after the other.
//! `--fresh` makes new queries by rule, which nobody has tuned on. The names and queries are read
//! from DIR, `../shared/data` if nothing is said; without them names are invented. `--plain`
//! puts each EVERYth query to plain fuzzy matchers as well, 0 leaves them out. For whoever works
//! on the search: `--half` takes the queries about one half of the names, `--misses` lists those
//! that were not answered within five.
//!
//! Nothing is asserted: the tables at the end say what was reached.
//!
//! ```text
//! options  data  modes     what is asked for, shops and queries, their readings
//! names  kana  chance      what queries are made with        queries   how
//! build  recall  keys  hostile  plain                        what is measured
//! timing  goals                                              how it is told
//! ```

mod build;
mod chance;
mod data;
mod goals;
mod hostile;
mod kana;
mod keys;
mod modes;
mod names;
mod options;
mod plain;
mod queries;
mod recall;
mod timing;

use std::process::Command;

use goals::Goals;
use options::{Kana, Options};
use timing::Desk;

fn main() {
    let options = Options::read();
    match options.kana {
        Some(kana) => run(kana, &options),
        None => Kana::ALL.into_iter().for_each(alone),
    }
}

/// Runs one mode in a process of its own, so that what one leaves in memory is not the next one's.
fn alone(kana: Kana) {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(std::env::args().skip(1)).args(["--kana", kana.word()]);
    if kana != Kana::Given {
        // The plain matchers know no readings: once is enough.
        command.args(["--plain", "0"]);
    }
    let status = command.status().expect("this program can be run");
    if !status.success() {
        println!("{}: ended with {status}", kana.word());
    }
    println!();
}

fn run(kana: Kana, options: &Options) {
    println!("--- readings {}", kana.word());
    load("before");
    let records = data::shops(options);
    let Some(read) = modes::read(&records.shops, kana, options) else {
        println!("nothing measured");
        return;
    };
    let mut goals = Goals::default();
    let index = build::run(&read.shops, options.builds, &mut goals);
    drop(read);
    let cases = data::cases(options, &records);
    let mut desk = Desk::new(&index);
    let classes = recall::run(&mut desk, &cases, options.misses.as_deref());
    classes.goals(kana, &mut goals);
    if options.misses.is_none() {
        keys::run(&mut desk, &cases, &mut goals);
        hostile::run(&mut desk, &mut goals);
        if options.plain > 0 {
            plain::run(&mut desk, &cases, &records.shops, options.plain);
        }
    }
    load("after");
    goals.print(&format!("readings {}, {} shops", kana.word(), index.len()));
}

/// Says how busy the machine is, where it tells: times mean little on one with more to do than
/// it has cores.
fn load(when: &str) {
    if let Ok(loads) = std::fs::read_to_string("/proc/loadavg") {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let last_minute = loads.split(' ').next().unwrap_or_default();
        println!("load of the machine {when}: {last_minute} on {cores} cores");
    }
}
