//! Sample campaigns: the one in `assets/demo` is what the generator makes, and none is ever
//! written over somebody's files.

use std::path::Path;
use std::process::{Command, Output};

use madoguchi::sample;

#[test]
fn the_demo_files_are_the_generators_own() {
    let plan = sample::demo();
    let made = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<u64>| {
        let mut bytes = Vec::new();
        write(&mut bytes).expect("written to memory");
        bytes
    };
    for (name, bytes) in [
        ("merchants", made(&|out| sample::write_merchants(&plan, out))),
        ("coupons", made(&|out| sample::write_coupons(&plan, out))),
        ("settlements", made(&|out| sample::write_settlements(&plan, out))),
        ("sales", made(&|out| sample::write_sales(&plan, out))),
        ("coverage", made(&|out| sample::write_coverage(&plan, out))),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let there = std::fs::read(folder.join(format!("{name}.csv"))).expect("in assets/demo");
        assert!(
            there == bytes,
            "{name}.csv: delete the five and make them anew with `madoguchi sample assets/demo`"
        );
    }
}

fn sample(folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    command.args(["--json", "--lang", "en", "sample"]).arg(folder);
    command.args(["--coupons", "20", "--shops", "3"]).output().expect("the program runs")
}

#[test]
fn a_folder_is_made_and_what_is_in_one_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().join("practice/files");
    let made = sample(&files);
    assert!(made.status.success(), "{made:?}");
    let mut names: Vec<_> = std::fs::read_dir(&files)
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    let all = ["coupons", "coverage", "merchants", "sales", "settlements"];
    assert_eq!(names, all.map(|name| format!("{name}.csv")));

    // The last of them is a real one, the others are not there yet.
    let real = folder.path().join("real");
    std::fs::create_dir(&real).expect("a folder");
    std::fs::write(real.join("coverage.csv"), "real").expect("written");
    let refused = sample(&real);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stdout);
    assert!(said.contains("EXISTS_ALREADY") && said.contains("coverage.csv"), "{said}");
    assert_eq!(std::fs::read_dir(&real).expect("a folder").count(), 1, "nothing was written");
    assert_eq!(std::fs::read_to_string(real.join("coverage.csv")).expect("there"), "real");
}
