//! Bytes that no keyboard sends.

use super::*;
use crate::domain::text::check_clean;

/// What is dropped, and drops nothing else.
const NOTHING: &[&[u8]] = &[
    // Focus, device answers, answers about keys and modes.
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[?62;22c",
    b"\x1b[>41;354;0c",
    b"\x1b[=0c",
    b"\x1b[12;40R",
    b"\x1b[0n",
    b"\x1b[?0u",
    b"\x1b[?2026;2$y",
    b"\x1b[4;1$y",
    b"\x1b[?997;1n",
    b"\x1b[8;60;200t",
    b"\x1bP1+r544e=787465726d\x1b\\",
    b"\x1bP>|xterm(390)\x1b\\",
    b"\x1bP\x1b\\",
    b"\x1b]11;rgb:0000/0000/0000\x07",
    b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b]52;c;5aWI6Imv\x07",
    "\x1b]l窓口\x1b\\".as_bytes(),
    b"\x1b_Gi=1;OK\x1b\\",
    // Keys of Windows' own kind, and a mouse in another mode.
    b"\x1b[65;30;97;1;0;1_",
    b"\x1b[<;;M",
    b"\x1b[<1M",
    // Sequences that nobody knows.
    b"\x1b[999999999999~",
    b"\x1b[;A",
    b"\x1b[1;2;3;4;5z",
    b"\x1b[!p",
    b"\x1b[ q",
    b"\x1b[[Z",
    b"\x1b[0;0;0u",
    b"\x1bOe",
    b"\x1bO5",
    // No UTF-8: alone, overlong, a surrogate, beyond the last, cut short.
    b"\x80",
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xff\xfe",
    b"\xe5\xa5",
    b"\xf0\x9f",
];

#[test]
fn what_means_nothing_is_dropped_and_takes_nothing_along() {
    for bytes in NOTHING {
        let shown = bytes.escape_ascii().to_string();
        for (next, key) in [("\x1b[15~", "F5"), ("\r", "Enter"), ("奈", "奈")] {
            let both = [bytes, next.as_bytes()].concat();
            for cut in 0..both.len() {
                let packets = [&both[..cut], &both[cut..]];
                assert_eq!(heard_in(packets).1, [key], "{shown}, cut at {cut}");
            }
        }
    }
}

#[test]
fn what_has_no_end_keeps_no_memory_and_is_over_when_it_stops() {
    for begins in ["\x1b[", "\x1b[<", "\x1b]52;c;", "\x1bP", "\x1b_", "\x1bO"] {
        let mut input = Input::new();
        let mut out = Vec::new();
        input.feed(begins.as_bytes(), &mut out);
        for _ in 0..1000 {
            input.feed(&b"0123456789;:".repeat(100), &mut out);
            assert!(input.cutter.kept_bytes() <= 256, "{begins:?}");
        }
        // A colon is nothing to a key of the keypad: what follows is typed, as it should.
        out.clear();
        let _ = settled(&mut input);
        input.feed("奈\x1b[15~".as_bytes(), &mut out);
        assert_eq!(all_said(&out), ["奈", "F5"], "{begins:?}");
    }
}

#[test]
fn enter_and_the_keys_with_ctrl_are_heard_in_the_midst_of_what_has_no_end() {
    for begins in ["\x1b[1;", "\x1b[?", "\x1b]0;a title", "\x1bP1$r", "\x1b_G", "\x1bO1;", "\x1b[["]
    {
        for (sent, key) in [("\r", "Enter"), ("\x11", "Ctrl-q"), ("\x7f", "Backspace")] {
            assert_eq!(heard(format!("{begins}{sent}").as_bytes()), [key], "{begins:?}");
        }
        assert_eq!(heard(format!("{begins}\x1b[15~").as_bytes()), ["F5"], "{begins:?}");
        assert_eq!(heard(format!("{begins}\x1b").as_bytes()), ["Esc"], "{begins:?}");
    }
}

/// Bytes as they could come: noise, and what terminals send, cut up and mixed.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        &b"\x1b"[..],
        b"\x1b[",
        b"\x1b[200~",
        b"\x1b[201~",
        b"\x1b[M",
        b"\x1b[15~",
        b"\x1b]",
        b"\x1b\\",
        b"\x1bO",
        b"\x1b[[",
        b"\r",
        b"\n",
        b"\x07",
        b"\xe5\xa5\x88",
        b"\xe5\xa5",
        b"1;5",
        b"u",
        b"~",
    ]);
    let noise = prop::collection::vec(any::<u8>(), 0..12);
    let piece = prop_oneof![3 => known.prop_map(<[u8]>::to_vec), 1 => noise];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Where the packets end: after as many bytes each, over and over.
fn packets() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1_usize..9, 1..9)
}

fn cut<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut packets = Vec::new();
    for length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (packet, rest) = bytes.split_at((*length).min(bytes.len()));
        packets.push(packet);
        bytes = rest;
    }
    packets
}

proptest! {
    #[test]
    fn the_packets_make_no_difference(bytes in bytes(), lengths in packets()) {
        let (mut one, mut whole) = heard_in([bytes.as_slice()]);
        let (mut other, mut parts) = heard_in(cut(&bytes, &lengths));
        prop_assert_eq!(one.is_pending(), other.is_pending());
        whole.extend(settled(&mut one));
        parts.extend(settled(&mut other));
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn whatever_came_the_next_key_is_heard(
        bytes in bytes(),
        lengths in packets(),
        pauses in prop::collection::vec(any::<bool>(), 1..9),
    ) {
        let mut input = Input::new();
        let mut out = Vec::new();
        for (packet, pause) in cut(&bytes, &lengths).into_iter().zip(pauses.iter().cycle()) {
            input.feed(packet, &mut out);
            if *pause {
                input.settle(&mut out);
            }
            prop_assert!(input.cutter.kept_bytes() <= 2 * MAX_PASTE_BYTES + 256);
        }
        settled(&mut input);
        let mut out = Vec::new();
        input.feed(b"\x1b[15~k", &mut out);
        prop_assert_eq!(all_said(&out), ["F5", "k"]);
    }

    #[test]
    fn nothing_comes_through_that_cannot_be_seen(bytes in bytes()) {
        let mut input = Input::new();
        let mut out = Vec::new();
        input.feed(&bytes, &mut out);
        for message in &out {
            let text = match message {
                Msg::Key(KeyEvent { code: KeyCode::Char(letter), .. }) => letter.to_string(),
                Msg::Paste(text) => text.replace(['\r', '\n', '\t', char::REPLACEMENT_CHARACTER], ""),
                _ => continue,
            };
            prop_assert!(check_clean(&text).is_ok(), "{:?}", text);
        }
    }

    #[test]
    fn what_is_typed_arrives_letter_by_letter(text in "\\PC{0,40}", lengths in packets()) {
        let clean: String = text.chars().filter(|c| check_clean(&c.to_string()).is_ok()).collect();
        let (input, heard) = heard_in(cut(text.as_bytes(), &lengths));
        let heard: String = heard.iter().map(|key| if key == "Space" { " " } else { key }).collect();
        prop_assert_eq!(heard, clean);
        prop_assert!(!input.is_pending());
    }
}
