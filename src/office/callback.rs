//! Telephone numbers to call back: checked when they come in, shown masked, and in no line
//! of the audit trail.

use super::{Actor, Office, Result};
use crate::domain::ids::CaseId;
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::text::fold;
use crate::store::changes::Event;
use crate::store::snapshot::Need;

/// How many digits a telephone number has.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=20;

/// The digits of a telephone number, however it was written: full-width, with hyphens,
/// spaces or brackets, with a plus before a country's number.
///
/// # Errors
/// `BAD_INPUT`, without what was typed: it may be somebody's number all the same.
pub fn checked_phone(typed: &Private) -> std::result::Result<Private, Refusal> {
    let folded = fold(typed.expose());
    let number = folded.strip_prefix('+').unwrap_or(&folded);
    let digits: String = number.chars().filter(|c| !is_between(*c)).collect();
    let good = DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(Private::new(digits)) } else { Err(bad_phone()) }
}

/// What people write between the digits: hyphens, and what input methods make of them.
fn is_between(c: char) -> bool {
    matches!(c, ' ' | '-' | '(' | ')' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー')
}

impl Office {
    /// The number that a caller asked to be called back at, for whoever may see the case.
    /// It is shown nowhere else, and that it was shown is noted.
    ///
    /// # Errors
    /// `CASE_UNKNOWN`, `NOT_YOUR_CASE`, `NOT_ALLOWED`; none where no call-back was promised.
    pub async fn call_back_number(
        &self,
        actor: &Actor,
        case_id: &CaseId,
    ) -> Result<Option<Private>> {
        let need = Need { case_id: Some(case_id.as_str().to_owned()), ..Need::default() };
        let seen = self.store.snapshot(&[need]).await?.into_iter().next().unwrap_or_default();
        Self::visible(actor, case_id, seen.case.as_ref())?;
        let Some(callback) = seen.callback else { return Ok(None) };
        let event = Event::new(self.now(), &actor.staff_id, "case.callback_show");
        self.store.jot(event.on_case(case_id.clone()));
        Ok(Some(callback.phone))
    }
}

/// The refusal of what is no telephone number.
#[must_use]
pub fn bad_phone() -> Refusal {
    Refusal::new(Code::BadInput)
        .with("key", "phone")
        .with("what", "a telephone number has 6 to 20 digits")
        .with("what_ja", "電話番号は6～20桁の数字です")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(typed: &str) -> Option<String> {
        checked_phone(&Private::new(typed)).ok().map(|phone| phone.expose().to_owned())
    }

    #[test]
    fn a_number_is_read_however_it_was_written() {
        for typed in
            ["09000001234", "090-0000-1234", "０９０－００００－１２３４", "(090) 0000 1234\n"]
        {
            assert_eq!(digits(typed).as_deref(), Some("09000001234"), "{typed}");
        }
        assert_eq!(digits("+81 90 0000 1234").as_deref(), Some("819000001234"));
        assert_eq!(digits("０９０ー００００ー１２３４").as_deref(), Some("09000001234"));
        assert_eq!(digits("123456").as_deref(), Some("123456"));
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for typed in
            ["", "12345", "090-0000-123x", "123456789012345678901", "内線123456", "１+23456"]
        {
            assert_eq!(digits(typed), None, "{typed}");
        }
        let refusal = checked_phone(&Private::new("0900000123x")).expect_err("refused");
        assert!(!format!("{refusal:?}").contains("0900000123"));
    }
}
