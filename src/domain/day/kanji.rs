//! Kanji numbers and the marks of an input method, made plain.

/// `body` with ASCII digits for kanji numbers, and `/`, `-` and `.` for what an input method
/// makes of those keys. A space between two numbers separates them, any other says nothing.
/// `None` if a kanji number is not one, or stands against other digits.
pub(super) fn plain(body: &str) -> Option<String> {
    let mut out = String::with_capacity(body.len());
    let mut spaced = false;
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            spaced = true;
            continue;
        }
        let mut token = String::from(c);
        if kanji_digit(c).is_some() {
            token.extend(std::iter::from_fn(|| chars.next_if(|&c| kanji_digit(c).is_some())));
            token = number(&token)?;
        } else if c.is_ascii_digit() {
            token.extend(std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)));
        } else {
            token = String::from(mark(c));
        }
        let digit = |c: char| c.is_ascii_digit();
        if out.ends_with(digit) && token.starts_with(digit) {
            if !spaced {
                return None;
            }
            out.push('/');
        }
        out.push_str(&token);
        spaced = false;
    }
    Some(out)
}

fn mark(c: char) -> char {
    match c {
        '・' => '/',
        'ー' | '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '。' => '.',
        c => c,
    }
}

fn kanji_digit(c: char) -> Option<u8> {
    "〇一二三四五六七八九十"
        .chars()
        .zip(0..)
        .find_map(|(kanji, value)| (kanji == c).then_some(value))
}

/// 二十四 is 24, 二〇二三 is 2023, 二四 is 24.
fn number(kanji: &str) -> Option<String> {
    let Some((tens, ones)) = kanji.split_once('十') else {
        return digits(kanji);
    };
    let digit = |s: &str, empty: char| match digits(s)?.as_bytes() {
        [] => Some(empty),
        [digit @ b'1'..=b'9'] => Some(char::from(*digit)),
        _ => None,
    };
    Some(String::from_iter([digit(tens, '1')?, digit(ones, '0')?]))
}

fn digits(kanji: &str) -> Option<String> {
    kanji
        .chars()
        .map(|c| kanji_digit(c).filter(|&d| d < 10).map(|d| char::from(b'0' + d)))
        .collect()
}
