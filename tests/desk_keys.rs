//! Footer, help, palette and settings speak of the same actions, and every word on the
//! screen stands among the texts.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

mod common;
mod desk;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use desk::scenes::scene;
use desk::{desk as new_desk, drawn, operator, screen_text, type_keys};
use madoguchi::desk::action::{Action, Place};
use madoguchi::desk::keymap::{Key, Keymap};
use madoguchi::desk::state::State;
use madoguchi::desk::state::over::{Purpose, palette};
use madoguchi::desk::update::offered;
use madoguchi::domain::staff::Role;
use madoguchi::texts::{self, Lang};
use regex::Regex;

/// A desk at each place.
fn at_places() -> Vec<(Place, State)> {
    vec![
        (Place::SignIn, new_desk()),
        (Place::Call, operator()),
        (Place::Queue, scene("review-list")),
        (Place::Case, scene("review-case")),
        (Place::Board, scene("board")),
        (Place::Over, scene("history")),
    ]
}

#[test]
fn every_action_has_a_label_and_a_help_in_both_languages() {
    for entry in Action::TABLE {
        for lang in [Lang::Ja, Lang::En] {
            let text = texts::action(entry.id, lang);
            assert!(!text.label.is_empty() && !text.help.is_empty(), "{} {lang:?}", entry.id);
        }
        assert_eq!(Action::of_id(entry.id), Some(entry.action));
        assert!(!entry.places.is_empty(), "{} applies nowhere", entry.id);
    }
    let keys: toml::Table =
        include_str!("../assets/texts/keys.toml").parse().expect("the actions' texts");
    for id in keys.keys() {
        assert!(Action::of_id(id).is_some(), "keys.toml tells of “{id}”, which nothing does");
    }
}

#[test]
fn no_two_actions_of_a_place_have_the_same_label() {
    for lang in [Lang::Ja, Lang::En] {
        for place in Place::ALL {
            let mut seen = BTreeSet::new();
            for entry in Action::TABLE.iter().filter(|entry| entry.places.contains(&place)) {
                let label = texts::action(entry.id, lang).label;
                assert!(seen.insert(label.clone()), "{label} twice at {place:?}");
            }
        }
    }
}

#[test]
fn every_default_key_can_be_read_and_does_what_the_table_says() {
    let keymap = Keymap::new([]).expect("the defaults");
    for entry in Action::TABLE {
        assert!(!entry.keys.is_empty(), "{} has no key", entry.id);
        for key in entry.keys {
            let key: Key = key.parse().expect("a key");
            for place in Place::ALL {
                let does = keymap.action(place, key) == Some(entry.action);
                assert_eq!(does, entry.places.contains(&place), "{} at {place:?}", entry.id);
            }
        }
    }
}

/// A text without its blanks and line ends.
fn bare(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

#[test]
fn the_help_of_a_place_lists_exactly_what_can_be_done_there() {
    for (place, mut state) in at_places() {
        assert_eq!(state.place(), place);
        if place == Place::Over {
            continue;
        }
        type_keys(&mut state, "<F1>");
        for lang in [Lang::Ja, Lang::En] {
            state.look.lang = lang;
            let table = Action::TABLE.iter().filter(|entry| entry.places.contains(&place));
            let lines = table.map(|entry| {
                let text = texts::action(entry.id, lang);
                format!("{}{}{}", state.keymap.keys(entry.action), text.label, text.help)
            });
            // High enough for all of it; the inside of the box, 74 columns of 80.
            let buffer = drawn(&state, 80, 80);
            let title = texts::word("page.help", lang);
            let screen = screen_text(&buffer);
            let from = screen.lines().position(|line| line.contains(title)).expect("the help");
            let below = (from + 1..80).take_while(|y| row_of(&buffer, *y).starts_with('│'));
            let inside = below.map(|y| row_of(&buffer, y).trim_matches('│').to_owned());
            let wanted = bare(&lines.collect::<String>());
            assert_eq!(bare(&inside.collect::<String>()), wanted, "{place:?} {lang:?}");
        }
    }
}

/// A row of the box over a screen of 80 columns.
fn row_of(buffer: &ratatui::buffer::Buffer, y: usize) -> String {
    let y = u16::try_from(y).expect("a row");
    desk::screen::text_within(buffer, ratatui::layout::Rect::new(2, y, 76, 1)).trim().to_owned()
}

#[test]
fn the_footer_shows_keys_that_work_where_they_are_shown() {
    for (place, state) in at_places() {
        let screen = screen_text(&drawn(&state, 200, 40));
        let footer = screen.lines().last().expect("a footer");
        for entry in Action::TABLE.iter().filter(|entry| entry.footer) {
            let key = state.keymap.key(entry.action).expect("a key");
            let label = texts::action(entry.id, Lang::Ja).label;
            let shown = footer.contains(&format!("{key}{label}"));
            let only = entry.action == Action::BoardScreen && place == Place::Call;
            assert_eq!(shown, entry.places.contains(&place) && !only, "{label}: {footer}");
        }
    }
}

#[test]
fn the_way_out_is_in_the_footer_of_the_smallest_window_too() {
    for (place, mut state) in at_places() {
        for lang in [Lang::Ja, Lang::En] {
            state.look.lang = lang;
            let screen = screen_text(&drawn(&state, 80, 24));
            let footer = screen.lines().last().expect("a footer");
            assert!(footer.contains("F1"), "{place:?} {lang:?}: {footer}");
        }
    }
}

#[test]
fn the_palette_finds_every_action_by_its_label() {
    for (place, mut state) in at_places() {
        if matches!(place, Place::SignIn | Place::Over) {
            continue;
        }
        for lang in [Lang::Ja, Lang::En] {
            state.look.lang = lang;
            let offered = offered(&state);
            let here = Action::TABLE.iter().filter(|entry| entry.places.contains(&place));
            for entry in here.filter(|entry| entry.action != Action::Palette) {
                let operators = !state.may(madoguchi::domain::staff::Permission::ReadEverything);
                let screen = matches!(entry.action, Action::BoardScreen | Action::CorrectReading);
                let label = texts::action(entry.id, lang).label;
                let found = palette(&label, &offered);
                if operators && screen {
                    assert!(!found.contains(&entry.action), "{label} is not for operators");
                } else {
                    assert_eq!(found.first(), Some(&entry.action), "{label} at {place:?} {lang:?}");
                }
            }
        }
    }
}

/// The source files of the desk.
fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(std::fs::read_to_string(&path).expect("a source file"));
        }
    }
}

/// The keys of `desk.toml`.
fn words() -> toml::Table {
    include_str!("../assets/texts/desk.toml").parse().expect("the desk's texts")
}

/// The keys that are made of a part: `write.note`, `did.case.open`, `role.operator`.
fn made() -> BTreeSet<String> {
    let mut made = BTreeSet::new();
    for purpose in Purpose::ALL {
        made.insert(format!("write.{}", purpose.as_str()));
        if purpose.lines() > 1 {
            made.extend((1..=purpose.lines()).map(|i| format!("write.{}.{i}", purpose.as_str())));
        }
    }
    let roles = [Role::Operator, Role::Supervisor, Role::Admin, Role::Auditor];
    made.extend(roles.map(|role| format!("role.{}", role.as_str())));
    made
}

#[test]
fn every_word_the_desk_uses_stands_among_the_texts() {
    let words = words();
    let mut files = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for floor in ["desk", "remote"] {
        sources(&source.join(floor), &mut files);
    }
    let families: BTreeSet<&str> = words.keys().filter_map(|key| key.split('.').next()).collect();
    let literal = Regex::new(r#""([a-z-]+\.[a-z0-9.-]+)""#).expect("a pattern");
    let mut used: BTreeSet<String> = made();
    for file in &files {
        for found in literal.captures_iter(file) {
            let key = &found[1];
            if key.split('.').next().is_some_and(|family| families.contains(family)) {
                used.insert(key.to_owned());
            }
        }
    }
    let missing: Vec<&String> = used.iter().filter(|key| !words.contains_key(*key)).collect();
    assert!(missing.is_empty(), "desk.toml has no {missing:?}");
    let spare: Vec<&String> =
        words.keys().filter(|key| !used.contains(*key) && !key.starts_with("did.")).collect();
    assert!(spare.is_empty(), "nothing uses {spare:?}");
}

#[test]
fn everything_in_a_history_is_told_in_words_and_nothing_else_is() {
    let words = words();
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/office"), &mut files);
    let literal = Regex::new(r#""(case\.[a-z_]+)""#).expect("a pattern");
    let written: BTreeSet<String> = files
        .iter()
        .flat_map(|file| literal.captures_iter(file).map(|found| format!("did.{}", &found[1])))
        .collect();
    let told: BTreeSet<String> =
        words.keys().filter(|key| key.starts_with("did.")).cloned().collect();
    assert_eq!(written, told);
}

#[test]
fn every_word_says_something_in_both_languages_and_names_the_same_values() {
    let value = Regex::new(r"\{([a-z]+)\}").expect("a pattern");
    for (key, both) in words() {
        let names = |lang: &str| -> BTreeSet<String> {
            let text = both[lang].as_str().expect("a text");
            value.captures_iter(text).map(|found| found[1].to_owned()).collect()
        };
        assert_eq!(names("ja"), names("en"), "{key}");
        for lang in ["ja", "en"] {
            let said = both[lang].as_str().is_some_and(|text| !text.is_empty());
            // 計 has no short English word, and needs none.
            assert!(said || key == "evidence.total", "{key} says nothing in {lang}");
        }
    }
}

#[test]
fn a_clash_of_keys_is_refused_by_its_line() {
    for (change, names) in [
        ("note = \"F5\"", "F5"),
        ("note = \"F99\"", "F99"),
        ("notes = \"F7\"", "notes"),
        ("note = \"n\"", "n"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.toml");
        let text = include_str!("../config.example.toml");
        let line = text.lines().count() + 3;
        std::fs::write(&path, format!("{text}\n[desk.keys]\n{change}\n")).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
            .args(["demo", "--plain", "--config"])
            .arg(&path)
            .env("LANG", "ja_JP.UTF-8")
            .env_remove("LC_ALL")
            .stdin(std::process::Stdio::null())
            .output()
            .expect("the program runs");
        let answer = common::answer(&output);
        assert_eq!(answer.status, 1, "{change}: {}", answer.stderr);
        for part in [format!("{line}行目"), names.to_owned(), "desk.keys".to_owned()] {
            assert!(answer.stderr.contains(&part), "{change}: {part} in {}", answer.stderr);
        }
    }
}

#[test]
fn keys_that_change_places_do_not_clash() {
    let to = |key: &str| vec![key.to_owned()];
    let (note, restore) = (to("F5"), to("F7"));
    let keymap = Keymap::new([("note", note.as_slice()), ("restore", restore.as_slice())]);
    // F5 is taken at Place::Case too, by approve.
    assert!(keymap.is_err());
    let (hand_over, restore) = (to("F5"), to("F6"));
    let keymap = Keymap::new([("hand-over", hand_over.as_slice()), ("restore", &restore)]);
    let keymap = keymap.expect("each has the other's");
    assert_eq!(keymap.action(Place::Call, "F5".parse().expect("a key")), Some(Action::HandOver));
}

#[test]
fn nobody_can_take_the_last_key_of_what_one_cannot_do_without() {
    for id in ["accept", "back"] {
        assert!(Keymap::new([(id, [].as_slice())]).is_err(), "a desk without {id}");
    }
}
