//! What each terminal sends for each key.

use super::*;

const F: [&str; 12] = ["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12"];
const ARROWS: [&str; 4] = ["Up", "Down", "Right", "Left"];
const SIX: [&str; 6] = ["Home", "Insert", "Delete", "End", "PageUp", "PageDown"];

/// The terminal, what it sends one after the other with a blank between, the keys.
type Row = (&'static str, &'static str, &'static [&'static str]);

/// `^[` stands for Esc.
const TABLE: &[Row] = &[
    // Windows Terminal and the console of Windows send what xterm does.
    (
        "xterm, Windows Terminal, tmux, screen",
        "^[OP ^[OQ ^[OR ^[OS ^[[15~ ^[[17~ ^[[18~ ^[[19~ ^[[20~ ^[[21~ ^[[23~ ^[[24~",
        &F,
    ),
    ("xterm", "^[[A ^[[B ^[[C ^[[D", &ARROWS),
    ("xterm, application cursor keys", "^[OA ^[OB ^[OC ^[OD", &ARROWS),
    ("xterm", "^[[H ^[[2~ ^[[3~ ^[[F ^[[5~ ^[[6~", &SIX),
    ("xterm, application cursor keys", "^[OH ^[OF", &["Home", "End"]),
    ("xterm with modifiers", "^[[1;2A ^[[1;5C ^[[1;3D", &["Shift-Up", "Ctrl-Right", "Alt-Left"]),
    ("xterm with modifiers", "^[[15;5~ ^[[1;2P ^[[5;2~", &["Ctrl-F5", "Shift-F1", "Shift-PageUp"]),
    ("xterm, modifyOtherKeys", "^[[27;5;112~ ^[[27;5;13~", &["Ctrl-p", "Ctrl-Enter"]),
    (
        "xterm, application keypad",
        "^[OM ^[Op ^[Oq ^[Or ^[Os ^[Ot ^[Ou ^[Ov ^[Ow ^[Ox ^[Oy ^[Oj ^[Ok ^[Ol ^[Om ^[On ^[Oo ^[OI",
        &[
            "Enter", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "+", ",", "-", ".",
            "/", "Tab",
        ],
    ),
    ("xterm, old, with modifiers", "^[O5P ^[O1;2Q ^[O5A", &["Ctrl-F1", "Shift-F2", "Ctrl-Up"]),
    ("tmux, screen", "^[[1~ ^[[2~ ^[[3~ ^[[4~ ^[[5~ ^[[6~", &SIX),
    ("tmux, extended keys", "^[[112;5u ^[[9;2u ^[[27u", &["Ctrl-p", "Shift-BackTab", "Esc"]),
    ("kitty", "^[[97u ^[[57399u ^[[57414u ^[[127u", &["a", "0", "Enter", "Backspace"]),
    (
        "PuTTY",
        "^[[11~ ^[[12~ ^[[13~ ^[[14~ ^[[15~ ^[[17~ ^[[18~ ^[[19~ ^[[20~ ^[[21~ ^[[23~ ^[[24~",
        &F,
    ),
    ("PuTTY", "^[[1~ ^[[2~ ^[[3~ ^[[4~ ^[[5~ ^[[6~", &SIX),
    ("PuTTY as a VT100+", "^[OP ^[OQ ^[OR ^[OS ^[OT ^[OU ^[OV ^[OW ^[OX ^[OY ^[OZ ^[O[", &F),
    (
        "PuTTY as a VT400",
        "^[OP ^[OQ ^[OR ^[OS ^[[15~ ^[[17~ ^[[18~ ^[[19~ ^[[20~ ^[[21~ ^[[23~ ^[[24~",
        &F,
    ),
    (
        "PuTTY as SCO, FreeBSD's console, but for F1 and F3",
        "^[[N ^[[P ^[[Q ^[[R ^[[S ^[[T ^[[U ^[[V ^[[W ^[[X",
        &["F2", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12"],
    ),
    ("PuTTY as SCO, but for PageUp", "^[[H ^[[L ^[[F ^[[G", &["Home", "Insert", "End", "PageDown"]),
    ("PuTTY with Alt", "^[^[[A ^[^[OC ^[^[[15~", &["Alt-Up", "Alt-Right", "Alt-F5"]),
    (
        "Linux console, PuTTY as it",
        "^[[[A ^[[[B ^[[[C ^[[[D ^[[[E ^[[17~ ^[[18~ ^[[19~ ^[[20~ ^[[21~ ^[[23~ ^[[24~",
        &F,
    ),
    ("Linux console", "^[[1~ ^[[2~ ^[[3~ ^[[4~ ^[[5~ ^[[6~", &SIX),
    ("Linux console", "^[\t", &["Shift-BackTab"]),
    (
        "rxvt",
        "^[[11~ ^[[12~ ^[[13~ ^[[14~ ^[[15~ ^[[17~ ^[[18~ ^[[19~ ^[[20~ ^[[21~ ^[[23~ ^[[24~",
        &F,
    ),
    ("rxvt", "^[[7~ ^[[2~ ^[[3~ ^[[8~ ^[[5~ ^[[6~", &SIX),
    (
        "rxvt",
        "^[[a ^[Ob ^[[5$ ^[[6^ ^[[3@",
        &["Shift-Up", "Ctrl-Down", "Shift-PageUp", "Ctrl-PageDown", "Ctrl-Shift-Delete"],
    ),
    (
        "all",
        "\t ^[[Z \r \n \x7f \x08",
        &["Tab", "Shift-BackTab", "Enter", "Enter", "Backspace", "Backspace"],
    ),
    (
        "all",
        "\x01 \x02 \x04 \x05 \x06 \x07 \x0b \x0c \x0e \x0f \x10 \x11 \x12 \x13 \x14 \x15 \x16 \x17",
        &[
            "Ctrl-a", "Ctrl-b", "Ctrl-d", "Ctrl-e", "Ctrl-f", "Ctrl-g", "Ctrl-k", "Ctrl-l",
            "Ctrl-n", "Ctrl-o", "Ctrl-p", "Ctrl-q", "Ctrl-r", "Ctrl-s", "Ctrl-t", "Ctrl-u",
            "Ctrl-v", "Ctrl-w",
        ],
    ),
    ("all", "\x03 \x18 \x19 \x1a \0", &["Ctrl-c", "Ctrl-x", "Ctrl-y", "Ctrl-z", "Ctrl-Space"]),
    (
        "all",
        "^[x ^[X ^[5 ^[\r ^[\x7f ^[\x10",
        &["Alt-x", "Alt-X", "Alt-5", "Alt-Enter", "Alt-Backspace", "Ctrl-Alt-p"],
    ),
    ("all", "a Z 5 ~ 奈 ５ ｶ é 𠮷", &["a", "Z", "5", "~", "奈", "５", "ｶ", "é", "𠮷"]),
    (
        "all",
        "^[[200~奈良^[[201~ ^[[<64;3;4M ^[[<65;3;4M",
        &["paste 奈良", "wheel up", "wheel down"],
    ),
];

/// Every entry by itself: the terminal, the bytes, the message.
fn entries() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let mut entries = Vec::new();
    for (terminal, sent, keys) in TABLE {
        let sent: Vec<_> = sent.split(' ').map(|sent| sent.replace("^[", "\x1b")).collect();
        assert_eq!(sent.len(), keys.len(), "{terminal}");
        let both = sent.into_iter().zip(*keys);
        entries.extend(both.map(|(sent, key)| (*terminal, sent.into_bytes(), *key)));
    }
    entries
}

#[test]
fn every_key_of_every_terminal_is_the_desks_own() {
    for (terminal, sent, key) in entries() {
        let (input, heard) = heard_in([sent.as_slice()]);
        assert_eq!(heard, [key], "{terminal}: {:?}", sent.escape_ascii().to_string());
        assert!(!input.is_pending(), "{terminal}: {key} makes nobody wait");
    }
}

#[test]
fn a_key_is_the_same_however_the_packets_cut_it() {
    for (terminal, sent, key) in entries() {
        for cut in 0..=sent.len() {
            for second in cut..=sent.len() {
                let packets = [&sent[..cut], &sent[cut..second], &sent[second..]];
                assert_eq!(heard_in(packets).1, [key], "{terminal} at {cut} and {second}");
            }
        }
        let bytes = sent.chunks(1);
        assert_eq!(heard_in(bytes).1, [key], "{terminal}, byte by byte");
    }
}

#[test]
fn a_key_says_nothing_about_the_one_after_it() {
    let entries = entries();
    for (terminal, first, one) in &entries {
        for (_, second, other) in &entries {
            if (first.as_slice(), second.as_slice()) == (b"\r", b"\n") {
                continue;
            }
            let both = [first.as_slice(), second].concat();
            assert_eq!(heard_in([both.as_slice()]).1, [*one, *other], "{terminal}");
        }
    }
}

#[test]
fn the_desks_own_keys_are_all_in_the_table() {
    use crate::desk::action::Action;
    use crate::desk::keymap::Key;
    let mut arrives = std::collections::HashSet::new();
    for (_, sent, _) in entries().into_iter().chain([("all", b"\x1b".to_vec(), "Esc")]) {
        let mut input = Input::new();
        let mut out = Vec::new();
        input.feed(&sent, &mut out);
        input.settle(&mut out);
        for message in out {
            if let Msg::Key(key) = message {
                arrives.insert(Key::of(&key));
            }
        }
    }
    for key in Action::TABLE.iter().flat_map(|entry| entry.keys) {
        let key: Key = key.parse().expect("a key");
        assert!(arrives.contains(&key), "{key}");
    }
}

/// The fuzz target begins with the table: each line of it at another screen, in packets of
/// other lengths. `MADOGUCHI_WRITE_SEEDS=1` writes them.
#[test]
fn the_fuzz_target_begins_with_the_table() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/input");
    let write = std::env::var_os("MADOGUCHI_WRITE_SEEDS").is_some();
    for (number, (_, sent, _)) in (0_u8..).zip(TABLE) {
        let mut seed = vec![number % 8, 21, 0, number.wrapping_mul(7)];
        seed.extend(sent.replace("^[", "\x1b").replace(' ', "").bytes());
        let path = folder.join(format!("line-{number:02}"));
        if write {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, &seed).expect("written");
        }
        let there = std::fs::read(&path).unwrap_or_default();
        assert!(there == seed, "{}: MADOGUCHI_WRITE_SEEDS=1 writes it", path.display());
    }
}
