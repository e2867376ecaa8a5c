//! The desk line by line, as a screen reader reads it out.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What the desk says to these lines.
fn said(lang: &str, lines: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .args(["--lang", lang, "demo", "--plain"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut keys = child.stdin.take().expect("a way in");
    for line in lines {
        writeln!(keys, "{line}").expect("written");
    }
    drop(keys);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{:?}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

const CALL: [&str; 6] = ["", "5335149687092", "2/24", "奈良", "rokumei", ""];

#[test]
fn a_call_is_taken_from_the_first_digit_to_the_read_back() {
    let said = said("ja", &[&CALL[..], &[":restore", "", ":quit"]].concat());
    let order = [
        "担当者ID",
        "お問い合わせ番号をお聞かせ",
        "一致",
        "1. 鹿鳴坂の茶房 駅前店",
        "復唱",
        "戻入済み",
    ];
    let mut rest = said.as_str();
    for words in order {
        let (_, after) = rest.split_once(words).unwrap_or_else(|| panic!("no {words} in:\n{said}"));
        rest = after;
    }
    assert!(rest.contains("1,500円をクーポンにお戻しし"), "{said}");
    assert!(!said.contains('\u{1b}'), "no escape sequences");
}

#[test]
fn what_cannot_be_done_here_is_said_and_nothing_is_lost() {
    let said = said(
        "en",
        &[&CALL[..], &[":approve", ":nothing", ":help", ":back", ":restore", ":back"]].concat(),
    );
    assert!(said.contains("There is no action “approve” here"), "{said}");
    assert!(said.contains("There is no action “nothing” here"), "{said}");
    assert!(said.contains(":hand-over"), "{said}");
    assert!(said.contains("Read back"), "{said}");
    assert!(!said.contains("restored ¥1,500"), "it was left:\n{said}");
}
