//! The floors of the house: a room may use the floors below it and nothing above.

use std::path::{Path, PathBuf};

/// From the ground up. What stands on one line may not use each other either, but for what
/// `MAY` says.
const FLOORS: &[&str] = &[
    "domain", "texts", "config", "search", "records", "store", "office", "sample", "desk",
    "remote", "cli",
];

/// What a floor may use, where that is less than all below it.
const MAY: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("texts", &["domain"]),
    ("config", &["domain", "texts"]),
    ("search", &[]),
    ("records", &["domain", "search"]),
    ("store", &["domain", "records", "search"]),
    ("office", &["domain", "config", "records", "search", "store"]),
    ("sample", &[]),
    ("desk", &["domain", "texts", "config", "search", "store", "office"]),
    ("remote", &["domain", "texts", "config", "store", "office", "desk"]),
];

/// Crates that have no business on a floor.
const NOT_THERE: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "sqlx",
            "tokio",
            "clap",
            "ratatui",
            "crossterm",
            "std::fs",
            "std::io",
            "std::env",
            "SystemTime",
            "Utc::now",
            "Local::now",
        ],
    ),
    ("texts", &["sqlx", "tokio", "clap"]),
    ("search", &["sqlx", "tokio", "clap", "std::fs", "std::io", "std::env"]),
    ("records", &["sqlx", "tokio", "clap"]),
    ("config", &["sqlx", "tokio", "clap"]),
    ("store", &["clap", "ratatui", "crossterm", "russh"]),
    ("office", &["sqlx", "clap", "ratatui", "crossterm", "russh"]),
    ("desk", &["sqlx", "clap", "russh", "std::fs", "SystemTime", "Utc::now", "Local::now"]),
    ("remote", &["sqlx", "clap", "SystemTime", "Local::now"]),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The floor a file stands on.
fn floor_of(path: &Path) -> Option<&'static str> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let inside = path.strip_prefix(source).ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?;
    FLOORS.iter().copied().find(|floor| first == *floor || first == format!("{floor}.rs"))
}

/// The code of a file without its comments and its tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("readable");
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("tests")
        || name == "evaluator"
        || path.components().any(|part| part.as_os_str() == "tests")
}

fn checked() -> Vec<(PathBuf, &'static str, String)> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let mut checked: Vec<_> = found
        .into_iter()
        .filter(|path| !is_test(path))
        .filter_map(|path| floor_of(&path).map(|floor| (path.clone(), floor, code(&path))))
        .collect();
    checked.sort();
    checked
}

#[test]
fn no_room_uses_a_floor_above_it() {
    let mut upward = Vec::new();
    for (path, floor, code) in checked() {
        let place = FLOORS.iter().position(|known| *known == floor).expect("a floor");
        let may = MAY.iter().find(|(of, _)| *of == floor).map(|(_, may)| *may);
        for other in FLOORS.iter().filter(|other| **other != floor) {
            let below = FLOORS.iter().position(|known| known == other).expect("a floor") < place;
            let allowed = may.map_or(below, |may| may.contains(other));
            if code.contains(&format!("crate::{other}")) && !allowed {
                upward.push(format!("{} uses {other}", path.display()));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn every_floor_keeps_to_its_own_work() {
    let mut strange = Vec::new();
    for (path, floor, code) in checked() {
        let not_there = NOT_THERE.iter().find(|(of, _)| *of == floor).map_or(&[][..], |(_, no)| no);
        for name in not_there.iter().filter(|name| code.contains(**name)) {
            strange.push(format!("{} speaks of {name}", path.display()));
        }
    }
    assert!(strange.is_empty(), "{strange:#?}");
}

#[test]
fn the_test_itself_sees_the_house() {
    let seen = checked();
    for floor in FLOORS {
        assert!(seen.iter().any(|(_, of, _)| of == floor), "nothing seen of {floor}");
    }
    assert!(seen.iter().any(|(_, of, code)| *of == "office" && code.contains("crate::store")));
}
