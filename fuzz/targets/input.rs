//! Any bytes, in any packets, to a desk: what they mean, what the desk makes of it, and what
//! it then draws. Nothing may panic, and the packets may make no difference.
//!
//! The first bytes say how the rest comes: at which screen, drawn in which size, and how long
//! the packets are. The office is played by hand, as in the tests of the desk.

#![no_main]

use std::sync::{Arc, LazyLock};

use crossterm::event::KeyCode;
use libfuzzer_sys::fuzz_target;
use madoguchi::config::Settings;
use madoguchi::desk::keymap::Keymap;
use madoguchi::desk::msg::{Answer, Answered, Effect, Failed, Msg};
use madoguchi::desk::state::{Look, State};
use madoguchi::desk::theme::Theme;
use madoguchi::desk::update::update;
use madoguchi::domain::staff::Role;
use madoguchi::domain::text::check_clean;
use madoguchi::remote::input::Input;
use madoguchi::texts::Lang;

#[path = "../../tests/desk/mod.rs"]
mod desk;

use desk::{at, calls, drawn, request, sign_in, type_keys, views, welcome};

/// How many answers the office gives at most for what one packet asks.
const ANSWERS: usize = 64;

static SETTINGS: LazyLock<Arc<Settings>> = LazyLock::new(|| Arc::new(desk::settings()));
static KEYMAP: LazyLock<Arc<Keymap>> =
    LazyLock::new(|| Arc::new(Keymap::new([]).expect("the defaults")));

fuzz_target!(|data: &[u8]| {
    let Some((&[screen, size, office, lengths], bytes)) = data.split_first_chunk::<4>() else {
        return;
    };
    let mut state = state_at(screen);
    let mut heard = Vec::new();
    let mut input = Input::new();
    let mut settled = false;
    let mut rest = bytes;
    let mut turn = lengths;
    while !rest.is_empty() && !state.closing {
        let (packet, after) = rest.split_at(usize::from(turn % 16 + 1).min(rest.len()));
        let mut messages = Vec::new();
        input.feed(packet, &mut messages);
        heard.extend(messages.iter().map(|message| format!("{message:?}")));
        if turn >= 240 && input.is_pending() {
            settled = true;
            input.settle(&mut messages);
        }
        messages.into_iter().for_each(|message| takes(&mut state, message, office));
        rest = after;
        turn = turn.wrapping_mul(5).wrapping_add(97);
    }
    if rest.is_empty() && !settled {
        let mut whole = Vec::new();
        Input::new().feed(bytes, &mut whole);
        let whole: Vec<_> = whole.iter().map(|message| format!("{message:?}")).collect();
        assert_eq!(heard, whole, "the packets make a difference");
    }
    let mut messages = Vec::new();
    for _ in 0..50 {
        input.settle(&mut messages);
    }
    assert!(!input.is_pending(), "it waits for ever");
    messages.clear();
    input.feed(b"\x1b[15~", &mut messages);
    assert!(
        matches!(messages[..], [Msg::Key(key)] if key.code == KeyCode::F(5)),
        "the next key is not heard"
    );
    let (width, height) = ([1, 20, 79, 80, 120, 200], [1, 5, 23, 24, 40, 60]);
    let (wide, high) = (usize::from(size % 6), usize::from(size / 6 % 6));
    drawn(&state, width[wide], height[high]);
});

fn look() -> Look {
    Look { lang: Lang::Ja, theme: Theme::Dark, wide: false, mouse: false }
}

/// A desk at one of the moments of a day.
fn state_at(screen: u8) -> State {
    let mut made = 0;
    let make_id = Box::new(move || {
        made += 1;
        format!("00000000-0000-7000-8000-{made:012}")
    });
    let (settings, keymap) = (Arc::clone(&SETTINGS), Arc::clone(&KEYMAP));
    let mut state = State::new(settings, keymap, look(), at(desk::NOW), make_id);
    match screen % 8 {
        0 => {}
        1 => drop(sign_in(&mut state, "op", Role::Operator, None)),
        2..=4 => {
            sign_in(&mut state, "op", Role::Operator, None);
            match screen % 8 {
                2 => drop(calls::three_facts(&mut state)),
                3 => calls::matched(&mut state),
                _ => calls::opened(&mut state, views::under_review()),
            }
        }
        number => {
            let role = if number == 7 { Role::Auditor } else { Role::Supervisor };
            sign_in(&mut state, "sv", role, None);
            let effects = type_keys(&mut state, if number == 5 { "<F12>" } else { "<F9>" });
            carry_out(&mut state, effects, 0);
        }
    }
    state
}

/// One message to the desk. What it says as text can be seen; what it asks is answered.
fn takes(state: &mut State, message: Msg, office: u8) {
    if let Msg::Key(key) = &message
        && let KeyCode::Char(letter) = key.code
    {
        check_clean(letter.encode_utf8(&mut [0; 4])).expect("a letter that can be seen");
    }
    if state.closing {
        return;
    }
    let now = state.now.plus_seconds(1);
    let effects = update(state, message, now);
    carry_out(state, effects, office);
}

/// The office answers, and what that leads to. `office`: how it is disposed.
fn carry_out(state: &mut State, effects: Vec<Effect>, office: u8) {
    let mut waiting = std::collections::VecDeque::from(effects);
    for _ in 0..ANSWERS {
        let Some(effect) = waiting.pop_front() else { return };
        if matches!(effect, Effect::Close) {
            state.closing = true;
        }
        if let Some((number, answer)) = answer(&effect, office) {
            let now = state.now;
            waiting.extend(update(state, Msg::Answer(number, answer), now));
        }
    }
}

/// What the office says, if it says anything.
fn answer(effect: &Effect, office: u8) -> Option<(u64, Answer)> {
    if office & 1 != 0 && matches!(effect, Effect::Try(..) | Effect::HearNumber(..)) {
        return None;
    }
    let said = match effect {
        Effect::SignIn(_, staff, ..) => welcome(staff.as_str(), Role::Operator, None),
        Effect::HearNumber(_, number) => {
            Answer::Number(number.clone(), Ok((office & 2 == 0).then(views::heard)))
        }
        Effect::Likely(..) => Answer::Likely(vec!["M-1".parse().ok()?]),
        Effect::FindShops(..) => Answer::Shops(says(office, views::shops())),
        Effect::Try(..) | Effect::Retry(..) => Answer::Tried(says(office, case(office).into())),
        Effect::Open(..) | Effect::Act(..) => Answer::Case(says(office, case(office).into())),
        Effect::Show(..) | Effect::Reread(..) => {
            Answer::Shown(says(office, views::under_review().into()))
        }
        Effect::History(..) => Answer::History(says(office, vec!["奈良".to_owned(); 90])),
        Effect::Queue(_) => Answer::Queue(says(office, views::queue())),
        Effect::Board(_) => Answer::Board(says(office, (views::board().into(), Vec::new()))),
        Effect::Release(..) => Answer::Done(says(office, ())),
        Effect::CorrectReading(..) => Answer::Reading(says(office, ())),
        Effect::ActOnAll(_, cases, _) => Answer::Many(cases.len(), cases.len(), None),
        Effect::SeatLost(_) => Answer::Seated(office & 4 == 0),
        _ => return None,
    };
    Some((number(effect)?, said))
}

fn case(office: u8) -> madoguchi::office::view::CaseView {
    match office / 8 % 4 {
        0 => views::matched(),
        1 => views::opened(),
        2 => views::restored(),
        _ => views::under_review(),
    }
}

fn says<T>(office: u8, answer: T) -> Answered<T> {
    if office & 32 != 0 { Err(Failed::Unknown) } else { Ok(answer) }
}

/// The number under which an effect asks.
fn number(effect: &Effect) -> Option<u64> {
    let what = desk::asked(std::slice::from_ref(effect));
    let word = what.first()?.split(' ').next()?;
    Some(request(std::slice::from_ref(effect), word))
}
