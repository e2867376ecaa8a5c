//! The README says what the program says: its table of refusals, its list of commands, and
//! a first day whose every line was run.

#![allow(clippy::expect_used, reason = "a reading that cannot go on ends there")]

use std::path::Path;
use std::process::Command;

use madoguchi::texts::{Lang, refusal_table_markdown};

const README: &str = include_str!("../README.md");
const PROGRAM: &str = env!("CARGO_BIN_EXE_madoguchi");

/// Stands for what an answer of the README leaves out.
const LEFT_OUT: char = '…';
/// Printed before each block of the first day.
const MARK: &str = "=== block";

/// What stands between `<!-- name -->` and `<!-- /name -->`.
fn part(name: &str) -> &'static str {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (_, after) = README.split_once(&begin).expect("the part begins");
    let (part, _) = after.split_once(&end).expect("the part ends");
    part
}

/// The commands below `path` in the program's own help, `case open` and the like.
fn commands(path: &[String], found: &mut Vec<String>) {
    let help = Command::new(PROGRAM)
        .args(path)
        .args(["--help", "--lang", "en"])
        .output()
        .expect("the program runs");
    let help = String::from_utf8(help.stdout).expect("text");
    let Some((_, list)) = help.split_once("Commands:\n") else {
        found.push(path.join(" "));
        return;
    };
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let named = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?;
        named.split_whitespace().next()
    });
    for name in names {
        commands(&[path, &[name.to_owned()]].concat(), found);
    }
}

/// A block of commands and what the README says they answer.
#[derive(Debug, Default)]
struct Block {
    commands: String,
    answers: Vec<&'static str>,
}

/// The first day's blocks: each ```` ```sh ````, with the ```` ```text ```` that follows it.
fn first_day() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = None;
    for line in part("day").lines() {
        match (inside, line.strip_prefix("```")) {
            (None, Some(kind)) => {
                inside = Some(kind);
                if kind == "sh" {
                    blocks.push(Block::default());
                }
            }
            (Some(_), Some(_)) => inside = None,
            (Some("sh"), None) => {
                let block = blocks.last_mut().expect("begun");
                block.commands.push_str(line);
                block.commands.push('\n');
            }
            (Some("text"), None) => {
                blocks.last_mut().expect("commands come first").answers.push(line);
            }
            _ => {}
        }
    }
    blocks
}

/// Runs all blocks in one shell in `folder`; what each printed.
fn run(blocks: &[Block], folder: &Path) -> Vec<String> {
    let mut script = String::from("exec 2>&1\ntrap 'echo \"FAILED: $BASH_COMMAND\"' ERR\n");
    for block in blocks {
        script.extend(["echo '", MARK, "'\n", &block.commands]);
    }
    let beside = Path::new(PROGRAM).parent().expect("a folder").to_path_buf();
    let known = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(beside).chain(std::env::split_paths(&known));
    let output = Command::new("bash")
        .args(["-E", "-c", &script])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(path).expect("a path"))
        .env("LC_ALL", "C.UTF-8")
        .env_remove("MADOGUCHI_STAFF")
        .env_remove("MADOGUCHI_PASSWORD")
        .output()
        .expect("bash runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    printed.split(&format!("{MARK}\n")).skip(1).map(str::to_owned).collect()
}

/// Whether a line that was printed is the one in the README, but for what that leaves out.
fn agrees(told: &str, printed: &str) -> bool {
    let mut pieces = told.split(LEFT_OUT);
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let mut open = false;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        open = piece.is_empty();
    }
    open || rest.is_empty()
}

#[test]
fn the_table_of_refusals_is_the_programs_own() {
    let own = refusal_table_markdown(Lang::En);
    assert_eq!(part("refusals"), own, "put this between the markers:\n{own}");
}

#[test]
fn every_command_is_named() {
    let mut found = Vec::new();
    commands(&[], &mut found);
    assert!(found.len() > 30, "the help lists only {found:?}");
    let table = part("commands");
    for command in found {
        assert!(table.contains(&format!("| `{command}")), "the README has no `{command}`");
    }
}

#[test]
fn the_first_day_goes_as_it_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = include_str!("../config.example.toml");
    std::fs::write(folder.path().join("madoguchi.toml"), settings).expect("written");
    let blocks = first_day();
    assert!(blocks.len() > 8, "only {} blocks", blocks.len());
    let printed = run(&blocks, folder.path());
    assert_eq!(printed.len(), blocks.len(), "{printed:?}");
    for (block, printed) in blocks.iter().zip(&printed) {
        assert!(!printed.contains("FAILED: "), "{}{printed}", block.commands);
        let mut lines = printed.lines();
        for told in &block.answers {
            if told.trim() != LEFT_OUT.to_string() {
                assert!(
                    lines.any(|line| agrees(told, line)),
                    "not answered, or not in this order: {told}\n{}{printed}",
                    block.commands
                );
            }
        }
    }
}
