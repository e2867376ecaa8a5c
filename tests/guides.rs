//! The guides' key tables are projections of the desk's own table of actions, and the
//! guides' pictures are there.
//!
//! `MADOGUCHI_WRITE_GUIDES=1 cargo test --test guides` writes the tables anew.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use madoguchi::desk::action::{Action, Place};
use madoguchi::desk::keymap::Keymap;
use madoguchi::texts::{self, Lang};

const BEGIN: &str = "<!-- keys -->";
const END: &str = "<!-- /keys -->";

/// The guides, their language, and where their readers work.
const GUIDES: [(&str, Lang, &[Place]); 4] = [
    ("operator.ja.md", Lang::Ja, &[Place::Call]),
    ("operator.en.md", Lang::En, &[Place::Call]),
    ("supervisor.ja.md", Lang::Ja, &[Place::Queue, Place::Case, Place::Board]),
    ("supervisor.en.md", Lang::En, &[Place::Queue, Place::Case, Place::Board]),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/guide")
}

/// The keys of some places as a table; the name is what `[desk.keys]` calls the action.
fn table(places: &[Place], lang: Lang) -> String {
    let keymap = Keymap::new([]).expect("no clash");
    let mut table = String::from(match lang {
        Lang::Ja => "| キー | 操作 | 説明 | 設定での名前 |\n|---|---|---|---|\n",
        Lang::En => "| key | action | what it does | name in the settings |\n|---|---|---|---|\n",
    });
    let here = |action: Action| places.iter().any(|place| action.at(*place));
    for entry in Action::TABLE.iter().filter(|entry| here(entry.action)) {
        let text = texts::action(entry.id, lang);
        let keys = keymap.keys(entry.action);
        let _ = writeln!(table, "| {keys} | {} | {} | `{}` |", text.label, text.help, entry.id);
    }
    table
}

#[test]
fn the_key_tables_are_the_desks_own() {
    for (name, lang, places) in GUIDES {
        let path = folder().join(name);
        let text = std::fs::read_to_string(&path).expect("a guide");
        let (before, rest) = text.split_once(BEGIN).expect("a key table begins");
        let (_, after) = rest.split_once(END).expect("a key table ends");
        let wanted = format!("{before}{BEGIN}\n\n{}\n{END}{after}", table(places, lang));
        if std::env::var_os("MADOGUCHI_WRITE_GUIDES").is_some() {
            std::fs::write(&path, &wanted).expect("written");
        }
        let now = std::fs::read_to_string(&path).expect("a guide");
        assert!(now == wanted, "{name}: write it anew with MADOGUCHI_WRITE_GUIDES=1");
    }
}

#[test]
fn every_picture_that_a_guide_or_the_readme_shows_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<PathBuf> = GUIDES.iter().map(|(name, ..)| folder().join(name)).collect();
    pages.push(root.join("README.md"));
    let mut count = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.contains("://") && !link.starts_with('#') {
                let target = page.parent().expect("a folder").join(link);
                assert!(target.exists(), "{}: {link}", page.display());
                count += 1;
            }
        }
    }
    assert!(count >= 6, "{count} links");
}
