//! Sentences with gaps. `{name}` is a gap, and `[with {name}|without]` a part that reads
//! well whether the gap is filled or not: the first alternative whose gaps are all known
//! is taken, else nothing.

/// Fills `template`. What `value` does not know, or knows as empty, vanishes; values are
/// put in as they are and never read as a template themselves.
pub(super) fn fill(template: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, part)) = rest.split_once('[') {
        filled.push_str(&fill_gaps(before, value).0);
        let (choices, after) = part.split_once(']').unwrap_or((part, ""));
        let chosen = choices
            .split('|')
            .map(|choice| fill_gaps(choice, value))
            .find(|(_, complete)| *complete);
        if let Some((text, _)) = chosen {
            filled.push_str(&text);
        }
        rest = after;
    }
    filled.push_str(&fill_gaps(rest, value).0);
    filled
}

/// The text, and whether every gap in it was filled.
fn fill_gaps(text: &str, value: &dyn Fn(&str) -> Option<String>) -> (String, bool) {
    let mut filled = String::with_capacity(text.len());
    let mut complete = true;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match value(name).filter(|known| !known.is_empty()) {
            Some(known) => filled.push_str(&known),
            None => complete = false,
        }
        rest = after;
    }
    filled.push_str(rest);
    (filled, complete)
}

/// The names of the gaps, and whether each stands in a bracket with its ends in place.
#[cfg(test)]
pub(super) fn gaps(template: &str) -> Result<Vec<String>, String> {
    let (mut names, mut bracket, mut gap) = (Vec::new(), false, None::<String>);
    for character in template.chars() {
        let wrong = || format!("“{character}” is out of place in “{template}”");
        match (character, &mut gap) {
            ('[', None) if !bracket => bracket = true,
            (']', None) if bracket => bracket = false,
            ('|', None) if bracket => {}
            ('{', None) if bracket => gap = Some(String::new()),
            ('}', Some(_)) => names.extend(gap.take()),
            ('[' | ']' | '|' | '{' | '}', _) => return Err(wrong()),
            (_, Some(name)) => name.push(character),
            (_, None) => {}
        }
    }
    if bracket || gap.is_some() { Err(format!("“{template}” does not end")) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(template: &str) -> String {
        fill(template, &|name| match name {
            "case" => Some("R-1".to_owned()),
            "tricky" => Some("{case}[x|y]".to_owned()),
            "blank" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn a_part_is_taken_only_when_all_its_gaps_are_known() {
        assert_eq!(said("[Case {case}|This case] is new[ ({until})]."), "Case R-1 is new.");
        assert_eq!(said("[until {until}|for {blank} min|for {case}|later]"), "for R-1");
        assert_eq!(said("[{case} by {until}|nothing]"), "nothing");
        assert_eq!(said("{until}{case}"), "R-1");
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        assert_eq!(said("[“{tricky}”]"), "“{case}[x|y]”");
    }

    #[test]
    fn a_broken_template_loses_its_end_and_nothing_else() {
        assert_eq!(said("a[b"), "ab");
        assert_eq!(said("a{case"), "aR-1");
        assert_eq!(said("a{nothing"), "a");
        assert!(gaps("a[b").is_err() && gaps("{case}").is_err() && gaps("[{a]}").is_err());
        assert_eq!(gaps("[{a}|{b}]"), Ok(vec!["a".to_owned(), "b".to_owned()]));
    }
}
