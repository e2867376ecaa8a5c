//! Questions, texts and pages over a screen.

use crossterm::event::KeyEvent;

use crate::desk::action::Action;
use crate::desk::field::Field;
use crate::desk::msg::Effect;
use crate::desk::state::call::PendingWhat;
use crate::desk::state::over::{Confirm, Over, Purpose, Write, palette};
use crate::desk::state::{Screen, State};
use crate::domain::private::Private;
use crate::domain::staff::Permission;
use crate::domain::time::{Instant, parse_record_time};
use crate::office::cases::checked_text;
use crate::office::command::Act;
use crate::office::reading::checked_kana;
use crate::texts;

use super::{call, close, pending, review, sign_in};

/// Lines that PageUp and PageDown move a page by.
const PAGE: usize = 10;

/// The furthest that a day of the next year may be away, days.
const LONGEST_WAIT_DAYS: i64 = 90;

/// Asks for a text.
pub fn write(state: &mut State, purpose: Purpose) {
    state.over = Some(Over::Write(Write::new(purpose)));
}

pub fn open_palette(state: &mut State) {
    state.over = Some(Over::Palette { field: Field::default(), selected: 0 });
}

/// The actions that the palette offers here, each with what it is found by.
#[must_use]
pub fn offered(state: &State) -> Vec<(Action, String)> {
    let place = match state.screen {
        Screen::Call => crate::desk::action::Place::Call,
        Screen::Review if state.review.open.is_some() => crate::desk::action::Place::Case,
        Screen::Review => crate::desk::action::Place::Queue,
        Screen::Board => crate::desk::action::Place::Board,
    };
    Action::TABLE
        .iter()
        .filter(|entry| entry.places.contains(&place) && entry.action != Action::Palette)
        .filter(|entry| {
            let screens = [Action::BoardScreen];
            let supervisors = [Action::CorrectReading];
            (!screens.contains(&entry.action) || state.may(Permission::ReadEverything))
                && (!supervisors.contains(&entry.action) || state.may(Permission::CorrectReadings))
        })
        .map(|entry| {
            let ja = texts::action(entry.id, texts::Lang::Ja).label;
            let en = texts::action(entry.id, texts::Lang::En).label;
            (
                entry.action,
                format!("{} {} {}", texts::pick(state.look.lang, &ja, &en), en, entry.id),
            )
        })
        .collect()
}

pub fn typed(state: &mut State, key: &KeyEvent) {
    match &mut state.over {
        Some(Over::Palette { field, selected }) => {
            let changed = field.key(key) == Some(true);
            *selected = if changed { 0 } else { *selected };
        }
        Some(Over::Write(write)) => {
            write.wrong = None;
            if let Some(field) = write.fields.get_mut(write.focus) {
                field.key(key);
            }
        }
        _ => {}
    }
}

pub fn paste(state: &mut State, text: &str) {
    match &mut state.over {
        Some(Over::Palette { field, .. }) => field.paste(text),
        Some(Over::Write(write)) => {
            if let Some(field) = write.fields.get_mut(write.focus) {
                field.paste(text);
            }
        }
        _ => {}
    }
}

pub fn act(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    if action == Action::Accept {
        return accept(state, out);
    }
    if action == Action::Back {
        if matches!(state.over, Some(Over::Confirm(Confirm::TakeSeat))) {
            state.sign_in.password.clear();
        }
        state.lift();
        return;
    }
    let found = match &state.over {
        Some(Over::Palette { field, .. }) => palette(field.text(), &offered(state)).len(),
        _ => 0,
    };
    match &mut state.over {
        Some(Over::Help(scroll) | Over::Page { scroll, .. }) => match action {
            Action::Up => *scroll = scroll.saturating_sub(1),
            Action::Down => *scroll += 1,
            Action::PageUp => *scroll = scroll.saturating_sub(PAGE),
            Action::PageDown => *scroll += PAGE,
            _ => {}
        },
        Some(Over::Palette { selected, .. }) => match action {
            Action::Up => *selected = selected.saturating_sub(1),
            Action::Down => *selected = (*selected + 1).min(found.saturating_sub(1)),
            _ => {}
        },
        Some(Over::Write(write)) => {
            let last = write.fields.len().saturating_sub(1);
            match action {
                Action::NextField | Action::Down => {
                    write.focus = if write.focus < last { write.focus + 1 } else { 0 };
                }
                Action::PreviousField | Action::Up => {
                    write.focus = write.focus.checked_sub(1).unwrap_or(last);
                }
                _ => {}
            }
        }
        _ => {}
    }
}

fn accept(state: &mut State, out: &mut Vec<Effect>) {
    match state.over.take() {
        Some(Over::Palette { field, selected }) => {
            let found = palette(field.text(), &offered(state));
            if let Some(action) = found.get(selected.min(found.len().saturating_sub(1))) {
                super::act(state, *action, out);
            }
        }
        Some(Over::Confirm(confirm)) => confirmed(state, &confirm, out),
        Some(Over::Write(mut write)) => {
            let last = write.fields.len().saturating_sub(1);
            if write.focus < last {
                write.focus += 1;
                state.over = Some(Over::Write(write));
            } else if let Err(key) = written(state, &write, out) {
                // The cursor goes to what is wrong.
                let blank = write.fields.iter().position(Field::is_blank);
                write.focus = match key {
                    "write.no-time" => 0,
                    "write.blank" => blank.unwrap_or(last),
                    _ => last,
                };
                write.wrong = Some(texts::word(key, state.look.lang).to_owned());
                state.over = Some(Over::Write(write));
            }
        }
        Some(Over::Help(_) | Over::Page { .. }) | None => state.lift(),
    }
}

fn confirmed(state: &mut State, confirm: &Confirm, out: &mut Vec<Effect>) {
    match confirm {
        Confirm::Restore => {
            let read_back = state.call.read_back.take();
            if state.call.view().map(|view| &view.evidence) == read_back.as_ref() {
                pending::begin(state, PendingWhat::Restore, out);
            } else {
                call::evidence_changed(state);
            }
        }
        Confirm::Withdraw => pending::begin(state, PendingWhat::Withdraw, out),
        Confirm::NewCall => call::reset(state),
        Confirm::Quit => close(state, out),
        Confirm::TakeSeat => sign_in::submit(state, true, out),
    }
}

/// Takes a text that was written.
///
/// # Errors
/// What is wrong with it, as a text's name; what was written stays.
fn written(state: &mut State, write: &Write, out: &mut Vec<Effect>) -> Result<(), &'static str> {
    let purpose = write.purpose;
    let first = write.text(0);
    if first.is_empty() && !purpose.may_be_blank() {
        return Err("write.blank");
    }
    let first = checked_text("text", &first).map_err(|_| "write.too-long")?;
    match purpose {
        Purpose::HandOver => {
            let what = if first.is_empty() && state.call.case.is_none() {
                PendingWhat::Open
            } else if first.is_empty() {
                // It is kept already; whoever pressed the key wants to know.
                pending::tell_kept(state);
                return Ok(());
            } else {
                PendingWhat::Note(first)
            };
            pending::begin(state, what, out);
        }
        Purpose::Note if state.screen == Screen::Review => {
            review::decide(state, Act::Note(first), out);
        }
        Purpose::Note if state.call.case.is_some() => {
            pending::begin(state, PendingWhat::Note(first), out);
        }
        Purpose::Note => {
            let before = state.call.note.take();
            let note = before.map_or(first.clone(), |before| format!("{before} / {first}"));
            state.call.note = Some(note);
            state.call.dirty = true;
            state.tell(texts::word("tell.note-kept", state.look.lang), false);
        }
        Purpose::Other => pending::begin(state, PendingWhat::Other(first), out),
        Purpose::Answer => pending::begin(state, PendingWhat::Answer(first), out),
        Purpose::CallBack => {
            let due_at = read_time(&first, state.now).ok_or("write.no-time")?;
            let phone = write.text(1);
            let digits = phone.chars().filter(char::is_ascii_digit).count();
            if !(6..=20).contains(&digits) {
                return Err("write.no-phone");
            }
            let what = PendingWhat::CallBack { due_at, phone: Private::new(phone) };
            pending::begin(state, what, out);
        }
        Purpose::Approve => review::decide(state, Act::Approve(first), out),
        Purpose::Decline => review::decide(state, Act::Decline(first), out),
        Purpose::AskBack => review::decide(state, Act::Ask(first), out),
        Purpose::Wait => review::decide(state, Act::Wait(first), out),
        Purpose::Reopen => review::decide(state, Act::Reopen(first), out),
        Purpose::Keep => review::decide(state, Act::Keep(first), out),
        Purpose::Reverse => review::decide(state, Act::Reverse(first), out),
        Purpose::ShopCall | Purpose::ShopCallAll => {
            let said = write.text(1);
            if said.is_empty() {
                return Err("write.blank");
            }
            let said = checked_text("text", &said).map_err(|_| "write.too-long")?;
            let act = Act::ShopCall(first, said);
            if purpose == Purpose::ShopCall {
                review::decide(state, act, out);
            } else {
                review::decide_all(state, act, out);
            }
        }
        Purpose::Reading => {
            let kana = checked_kana(&first).map_err(|_| "write.no-kana")?;
            if let Some(about) = &write.about {
                if let Some(shop) = state.call.chosen.as_mut()
                    && shop.merchant_id == about.merchant_id.as_str()
                {
                    shop.readings.clone_from(&kana);
                }
                let request = state.next_request();
                out.push(Effect::CorrectReading(request, about.merchant_id.clone(), kana));
            }
        }
        Purpose::Release => {
            let staff_id = first.parse().map_err(|_| "write.no-staff")?;
            let request = state.next_request();
            out.push(Effect::Release(request, staff_id));
        }
    }
    Ok(())
}

/// A time as it is said on the telephone: `15:30` today, or tomorrow where that is past;
/// `3/14 10:00` in the year of now; or a full time.
fn read_time(text: &str, now: Instant) -> Option<Instant> {
    let text = crate::domain::text::fold(text).trim().to_owned();
    let today = now.jst_day();
    let (day, time) = text
        .split_once(' ')
        .map_or((None, text.as_str()), |(day, time)| (Some(day), time.trim_start()));
    let (hour, minute) = time.split_once(':')?;
    let at = |day| Instant::from_jst(day, hour.parse().ok()?, minute.parse().ok()?, 0);
    let found = match day {
        None => at(today).filter(|at| *at > now).or_else(|| at(today.succ_opt()?)),
        Some(day) => {
            use chrono::Datelike as _;
            let in_year = |year| crate::domain::day::parse_day(day, year).ok().and_then(at);
            // In December a day in January is next year's, not one that is past.
            let soon = |at: &Instant| at.since(now) < chrono::TimeDelta::days(LONGEST_WAIT_DAYS);
            in_year(today.year())
                .filter(|at| *at > now)
                .or_else(|| in_year(today.year() + 1).filter(soon))
                .or_else(|| parse_record_time(&text).ok())
        }
    };
    found.filter(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_said() {
        let now = parse_record_time("2023-03-13 23:59").expect("a time");
        let read = |text| read_time(text, now).map(|at| at.to_string());
        assert_eq!(read("15:30").as_deref(), Some("2023-03-14T15:30:00+09:00"));
        assert_eq!(read("3/14 10:00").as_deref(), Some("2023-03-14T10:00:00+09:00"));
        assert_eq!(read("３/14 １０:００").as_deref(), Some("2023-03-14T10:00:00+09:00"));
        assert_eq!(read("3/12 10:00"), None, "it is past");
        assert_eq!(read("25:00"), None);
        assert_eq!(read("あとで"), None);
    }
}
