//! The sample campaign in `assets/demo` is what the generator makes.

use std::path::Path;

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
        assert!(there == bytes, "{name}.csv: make it anew with `madoguchi sample assets/demo`");
    }
}
