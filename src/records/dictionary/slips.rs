//! What the tokenizer takes for granted of its files, and panics without, at once or at the
//! first name: files that were cut off or edited by hand.

use super::files::Files;

/// Cells of the matrix, which are all reserved at once; IPADIC has 1.7 million.
const MATRIX_CELLS: u64 = 50_000_000;
/// Scripts that there may be.
const SCRIPTS: usize = 18;
/// How long an unknown word in a script may be, characters.
const SCRIPT_CHARS: u16 = 15;
/// The longest range of characters, as it is written: `0x4E00..0x9FA5`.
const RANGE_CHARS: usize = 20;

/// The first slip: in which file, and where or what.
pub(super) fn first(files: &Files) -> Option<(&'static str, String)> {
    if files.matrix.is_empty() {
        return Some(("matrix.def", "line 1".to_owned()));
    }
    let header = files.matrix.lines().next().unwrap_or_default();
    let sizes: Vec<u64> = header.split_whitespace().filter_map(|size| size.parse().ok()).collect();
    if sizes.iter().product::<u64>() > MATRIX_CELLS {
        return Some(("matrix.def", "line 1".to_owned()));
    }
    let (mut scripts, mut ranges) = (vec!["DEFAULT"], Vec::new());
    let lines = files.characters.lines().map(str::trim).enumerate();
    for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let wrong = Some(("char.def", format!("line {}", at + 1)));
        let mut fields = line.split_whitespace();
        let first = fields.next().unwrap_or_default();
        if first.starts_with("0x") {
            let named: Vec<&str> = fields.take_while(|field| !field.starts_with('#')).collect();
            if named.is_empty() || first.len() > RANGE_CHARS {
                return wrong;
            }
            ranges.push((at, named));
            continue;
        }
        if fields.nth(2).and_then(|length| length.parse().ok()) > Some(SCRIPT_CHARS) {
            return wrong;
        }
        if !scripts.contains(&first) {
            scripts.push(first);
        }
        if scripts.len() > SCRIPTS {
            return wrong;
        }
    }
    let strange = |named: &[&str]| named.iter().any(|script| !scripts.contains(script));
    if let Some((at, _)) = ranges.iter().find(|(_, named)| strange(named)) {
        return Some(("char.def", format!("line {}", at + 1)));
    }
    if let Some(at) = files.unknown.lines().position(|line| line.contains('"')) {
        return Some(("unk.def", format!("line {}", at + 1)));
    }
    // Of each script something must be known of what is not known.
    let known =
        |script: &str| files.unknown.lines().any(|line| line.split(',').next() == Some(script));
    let without = scripts.iter().find(|script| !known(script))?;
    Some(("unk.def", format!("{without} is missing")))
}
