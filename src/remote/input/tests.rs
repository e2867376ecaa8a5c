//! What terminals send, and what nobody should.

use proptest::prelude::*;

use super::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

mod hostile;
mod table;

/// A message as it is written in these tests: `F5`, `Ctrl-p`, `Alt-Left`, `奈`, `paste 奈良`.
fn said(message: &Msg) -> String {
    let key = match message {
        Msg::Key(key) => key,
        Msg::Paste(text) => return format!("paste {text}"),
        Msg::Wheel(up) => return format!("wheel {}", if *up { "up" } else { "down" }),
        other => panic!("{other:?} is nothing that a terminal sends"),
    };
    assert_eq!(*key, KeyEvent::new(key.code, key.modifiers), "as from the terminal of the desk");
    let shift_is_told_by_the_letter = matches!(key.code, KeyCode::Char(letter)
        if letter.is_uppercase() && key.modifiers.contains(KeyModifiers::SHIFT));
    let mut said = String::new();
    for (modifier, name) in [
        (KeyModifiers::CONTROL, "Ctrl-"),
        (KeyModifiers::ALT, "Alt-"),
        (KeyModifiers::SHIFT, "Shift-"),
    ] {
        let told = modifier == KeyModifiers::SHIFT && shift_is_told_by_the_letter;
        if key.modifiers.contains(modifier) && !told {
            said.push_str(name);
        }
    }
    match key.code {
        KeyCode::Char(' ') => said + "Space",
        KeyCode::Char(letter) => format!("{said}{letter}"),
        KeyCode::F(number) => format!("{said}F{number}"),
        code => format!("{said}{code:?}"),
    }
}

fn all_said(messages: &[Msg]) -> Vec<String> {
    messages.iter().map(said).collect()
}

/// What the packets mean, nothing coming between them but time too short to matter.
fn heard_in<'a>(packets: impl IntoIterator<Item = &'a [u8]>) -> (Input, Vec<String>) {
    let mut input = Input::new();
    let mut out = Vec::new();
    for packet in packets {
        input.feed(packet, &mut out);
    }
    let said = all_said(&out);
    (input, said)
}

/// What the bytes mean when nothing more comes for as long as it takes.
fn heard(bytes: &[u8]) -> Vec<String> {
    let (mut input, mut said) = heard_in([bytes]);
    said.extend(settled(&mut input));
    said
}

/// Lets time pass until nothing is waited for.
fn settled(input: &mut Input) -> Vec<String> {
    let mut out = Vec::new();
    let mut waits = 0;
    while input.is_pending() {
        input.settle(&mut out);
        waits += 1;
        assert!(waits <= 50, "two seconds without a byte, and still it waits");
    }
    all_said(&out)
}

#[test]
fn a_lone_esc_is_a_key_once_it_has_waited() {
    let mut out = Vec::new();
    let mut input = Input::new();
    input.feed(b"\x1b", &mut out);
    assert!(out.is_empty() && input.is_pending());
    input.settle(&mut out);
    assert_eq!(all_said(&out), ["Esc"]);
    assert!(!input.is_pending());
    input.feed(b"a", &mut out);
    assert_eq!(all_said(&out), ["Esc", "a"], "what comes later is no Alt");
}

#[test]
fn esc_held_down_is_as_many_as_were_sent() {
    assert_eq!(heard(b"\x1b\x1b"), ["Esc", "Esc"]);
    assert_eq!(heard(b"\x1b\x1b\x1b\x1b"), ["Esc"; 4]);
    assert_eq!(heard(b"\x1b\x1bq"), ["Esc", "Alt-q"]);
}

#[test]
fn an_input_method_that_commits_right_after_esc_says_no_alt() {
    assert_eq!(heard("\x1b奈良".as_bytes()), ["奈", "良"]);
    assert_eq!(heard("\x1b\x1bé".as_bytes()), ["Esc", "é"]);
}

#[test]
fn a_sequence_that_a_slow_line_cuts_is_still_one_key() {
    let mut out = Vec::new();
    let mut input = Input::new();
    input.feed(b"\x1b[1", &mut out);
    input.settle(&mut out);
    input.settle(&mut out);
    input.feed(b"5", &mut out);
    input.settle(&mut out);
    input.feed(b"~", &mut out);
    assert_eq!(all_said(&out), ["F5"]);
}

#[test]
fn half_a_character_waits_for_its_other_half_however_long() {
    let mut out = Vec::new();
    let mut input = Input::new();
    input.feed(&"奈".as_bytes()[..2], &mut out);
    for _ in 0..1000 {
        assert!(!input.is_pending(), "nothing that time would make complete");
        input.settle(&mut out);
    }
    input.feed(&"奈".as_bytes()[2..], &mut out);
    assert_eq!(all_said(&out), ["奈"]);
}

#[test]
fn enter_is_one_key_in_new_line_mode() {
    assert_eq!(heard(b"\r\n"), ["Enter"]);
    assert_eq!(heard(b"\r\r\n\n"), ["Enter", "Enter", "Enter"]);
    assert_eq!(heard_in([&b"\r"[..], b"\n"]).1, ["Enter"]);
}

#[test]
fn a_paste_is_one_message_and_no_keys() {
    assert_eq!(
        heard("\x1b[200~奈良\r\n2/24\t\x1b[201~x".as_bytes()),
        ["paste 奈良\r\n2/24\t", "x"]
    );
    // What looks like its end and is not, and what looks like keys.
    let tricky = b"\x1b[200~a\x1b[20\x1b[200~b\x1b[15~\x1b\x1b[201~";
    assert_eq!(heard(tricky), ["paste a\u{FFFD}[20\u{FFFD}[200~b\u{FFFD}[15~\u{FFFD}"]);
    assert_eq!(heard(b"\x1b[200~\x1b[201~x"), ["x"], "nothing was pasted");
    assert_eq!(heard(b"\x1b[201~x"), ["x"], "the end of nothing");
}

#[test]
fn a_pasted_text_hides_nothing() {
    let hidden = "\x1b[200~a\u{202E}b\u{0}c\u{9b}d\x1b[201~";
    assert_eq!(heard(hidden.as_bytes()), ["paste a\u{FFFD}b\u{FFFD}c\u{FFFD}d"]);
    assert_eq!(heard(b"\x1b[200~a\xff\xe5\xa5b\x1b[201~"), ["paste ab"], "no characters");
}

#[test]
fn a_long_paste_is_cut_and_swallowed_to_its_end() {
    let text = "奈良県の茶房 ".repeat(600_000);
    let mut input = Input::new();
    let mut out = Vec::new();
    input.feed(b"\x1b[200~", &mut out);
    for packet in text.as_bytes().chunks(32_768) {
        input.feed(packet, &mut out);
        assert!(input.cutter.kept_bytes() <= 2 * MAX_PASTE_BYTES + 256);
    }
    assert!(text.len() > 10_000_000 && out.is_empty());
    input.feed(b"\x1b[201~\x1b[15~", &mut out);
    let said = all_said(&out);
    assert_eq!(said.len(), 2);
    let pasted = said[0].strip_prefix("paste ").expect("a paste");
    assert!(text.starts_with(pasted), "cut between two characters");
    assert!((MAX_PASTE_BYTES - 3..=MAX_PASTE_BYTES).contains(&pasted.len()));
    assert_eq!(said[1], "F5");
    assert!(input.cutter.kept_bytes() <= 256, "its memory is given back");
}

#[test]
fn a_paste_that_never_ends_is_one_after_two_seconds() {
    let mut out = Vec::new();
    let mut input = Input::new();
    input.feed(b"\x1b[200~5335", &mut out);
    for _ in 0..49 {
        input.settle(&mut out);
    }
    assert!(out.is_empty() && input.is_pending());
    input.feed(b"1", &mut out);
    assert_eq!(settled(&mut input), ["paste 53351"], "the time counts from the last byte");
    assert_eq!(heard(b"\x1b[200~a\x1b[201"), ["paste a"], "cut in the middle of its end");
}

#[test]
fn the_wheel_is_heard_in_every_way_of_telling_it_and_the_rest_of_the_mouse_is_not() {
    let up: [&[u8]; 4] = [b"\x1b[<64;10;5M", b"\x1b[96;10;5M", b"\x1b[M`!!", b"\x1b[M`\xff\xff"];
    for bytes in up {
        assert_eq!(heard(bytes), ["wheel up"], "{bytes:?}");
    }
    let down: [&[u8]; 3] = [b"\x1b[<69;1;1M", b"\x1b[97;10;5M", b"\x1b[Ma!!"];
    for bytes in down {
        assert_eq!(heard(bytes), ["wheel down"], "{bytes:?}");
    }
    let rest: [&[u8]; 8] = [
        b"\x1b[<0;0;0M",
        b"\x1b[<0;10;5m",
        b"\x1b[<35;10;5M",
        b"\x1b[<66;10;5M",
        b"\x1b[<999;10;5M",
        b"\x1b[M   ",
        b"\x1b[M#!!",
        b"\x1b[0;0;0M",
    ];
    for bytes in rest {
        assert_eq!(heard(&[bytes, b"x"].concat()), ["x"], "{bytes:?}");
    }
}

#[test]
fn f1_of_a_console_of_sco_is_no_mouse() {
    assert_eq!(heard(b"\x1b[M"), ["F1"]);
    assert_eq!(heard(b"\x1b[M\r"), ["F1", "Enter"]);
    assert_eq!(heard(b"\x1b[M\x1b[N"), ["F1", "F2"]);
    assert_eq!(heard(b"\x1b[M5\r"), ["F1", "5", "Enter"]);
    assert_eq!(heard("\x1b[Mé".as_bytes()), ["F1", "é"]);
}

#[test]
fn a_letter_that_could_begin_a_sequence_is_a_letter_with_alt_once_it_has_waited() {
    for letter in ["[", "O", "P", "]", "_"] {
        assert_eq!(heard(format!("\x1b{letter}").as_bytes()), [format!("Alt-{letter}")]);
        let twice = format!("\x1b\x1b{letter}");
        assert_eq!(heard(twice.as_bytes()), [format!("Alt-{letter}")]);
    }
}

#[test]
fn a_key_let_go_and_a_key_that_is_none_say_nothing() {
    for bytes in [&b"\x1b[97;1:3u"[..], b"\x1b[57441u", b"\x1b[57430u", b"\x1b[57362u", b"\x1b[E"] {
        assert_eq!(heard(bytes), Vec::<String>::new(), "{bytes:?}");
    }
}

#[test]
fn no_character_is_typed_that_cannot_be_seen() {
    for hidden in
        ["\u{202E}", "\u{200B}", "\u{FEFF}", "\u{9b}", "\u{E0041}", "\u{E000}", "\u{FFFE}"]
    {
        assert_eq!(heard(format!("a{hidden}b").as_bytes()), ["a", "b"], "{hidden:?}");
        let number = u32::from(hidden.chars().next().expect("one"));
        assert_eq!(heard(format!("a\x1b[{number}ub").as_bytes()), ["a", "b"], "{hidden:?}");
    }
    assert_eq!(heard(b"\x1b[3u\x1b[0ux"), ["x"], "nor a control character by its number");
}
