//! What a desk wants done, as short texts: `hear 533500010002`, `act R-… Restore #2 on e-1`.

use madoguchi::desk::msg::Effect;
use madoguchi::desk::state::call::Draft;
use madoguchi::office::cases::OpenRequest;

/// What is wanted, in order. The drafts are left out: nearly every key keeps one.
pub fn asked(effects: &[Effect]) -> Vec<String> {
    effects.iter().filter_map(text).collect()
}

/// The number of the last request that begins with the word `what`.
pub fn request(effects: &[Effect], what: &str) -> u64 {
    let found = effects
        .iter()
        .rev()
        .find(|effect| text(effect).is_some_and(|text| text.split(' ').next() == Some(what)));
    let found = found.unwrap_or_else(|| panic!("no {what} among {:?}", asked(effects)));
    number(found).unwrap_or_else(|| panic!("{what} waits for no answer"))
}

/// The draft that was kept last; none where none was, or where it was forgotten.
pub fn draft(effects: &[Effect]) -> Option<Draft> {
    let text = last_kept(effects)?.as_ref()?;
    Some(serde_json::from_str(text).expect("a draft"))
}

/// Whether the draft was forgotten at last.
pub fn forgotten(effects: &[Effect]) -> bool {
    last_kept(effects).is_some_and(Option::is_none)
}

fn last_kept(effects: &[Effect]) -> Option<&Option<String>> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::KeepDraft(draft) => Some(draft),
        _ => None,
    })
}

fn number(effect: &Effect) -> Option<u64> {
    match effect {
        Effect::SignIn(request, ..)
        | Effect::Enter(request, ..)
        | Effect::HearNumber(request, ..)
        | Effect::Likely(request, ..)
        | Effect::FindShops(request, ..)
        | Effect::Try(request, ..)
        | Effect::Retry(request, ..)
        | Effect::Open(request, ..)
        | Effect::Act(request, ..)
        | Effect::Near(request, ..)
        | Effect::CorrectReading(request, ..)
        | Effect::ActOnAll(request, ..)
        | Effect::Show(request, ..)
        | Effect::Reread(request, ..)
        | Effect::History(request, ..)
        | Effect::Reveal(request, ..)
        | Effect::Queue(request)
        | Effect::Board(request)
        | Effect::Lease(request, ..)
        | Effect::Release(request, ..)
        | Effect::SeatLost(request)
        | Effect::StillSeated(request) => Some(*request),
        _ => None,
    }
}

fn text(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::KeepDraft(_) => return None,
        Effect::SignIn(_, staff, _, false) => format!("sign-in {staff}"),
        Effect::SignIn(_, staff, _, true) => format!("sign-in {staff} taking the seat"),
        Effect::Enter(_, actor, false) => format!("enter {}", actor.staff_id),
        Effect::Enter(_, actor, true) => format!("enter {} taking the seat", actor.staff_id),
        Effect::HearNumber(_, number) => format!("hear {number}"),
        Effect::Likely(_, number, expiry, prefecture) => {
            format!("likely {number} {expiry} {}", prefecture.name())
        }
        Effect::FindShops(_, text, prefecture, likely) => {
            let prefecture = prefecture.map_or("anywhere", |prefecture| prefecture.name());
            let likely: Vec<&str> = likely.iter().map(|id| id.as_str()).collect();
            format!("shops {text} {prefecture} {likely:?}")
        }
        Effect::Near(_, open) => format!("near {}", opening(open)),
        Effect::CorrectReading(_, merchant_id, kana) => format!("reading {merchant_id} {kana}"),
        Effect::Try(_, open) => format!("try {}", opening(open)),
        Effect::Retry(_, open) => format!("retry {}", opening(open)),
        Effect::Open(_, open) => format!("open {}", opening(open)),
        Effect::Act(_, case_id, act, sent) => {
            let evidence = sent.evidence.as_ref().map(|hash| format!(" on {hash}"));
            let id = short(&sent.command_id);
            format!("act {case_id} {act:?} {id}{}", evidence.unwrap_or_default())
        }
        Effect::ActOnAll(_, cases, act) => {
            let cases: Vec<String> =
                cases.iter().map(|(case_id, id)| format!("{case_id} {}", short(id))).collect();
            format!("all {act:?} {}", cases.join(", "))
        }
        Effect::Show(_, case_id) => format!("show {case_id}"),
        Effect::Reread(_, case_id) => format!("reread {case_id}"),
        Effect::History(_, case_id) => format!("history {case_id}"),
        Effect::Reveal(_, case_id) => format!("reveal {case_id}"),
        Effect::Queue(_) => "queue".to_owned(),
        Effect::Board(_) => "board".to_owned(),
        Effect::Lease(_, case_id) => format!("lease {case_id}"),
        Effect::Unlease(case_id) => format!("unlease {case_id}"),
        Effect::Release(_, staff) => format!("release {staff}"),
        Effect::StillSeated(_) => "seated?".to_owned(),
        Effect::SeatLost(_) => "seat-lost?".to_owned(),
        Effect::StandUp => "stand-up".to_owned(),
        Effect::Copy(text) => format!("copy {text}"),
        Effect::Mouse(on) => format!("mouse {on}"),
        Effect::Close => "close".to_owned(),
    })
}

fn opening(open: &OpenRequest) -> String {
    let mut words = vec![open.number.to_string(), open.expiry.to_string()];
    words.push(open.prefecture.name().to_owned());
    words.push(open.shop_said.clone());
    words.push(open.merchant_id.as_ref().map_or("-", |id| id.as_str()).to_owned());
    words.extend(open.command_id.as_deref().map(short));
    words.extend(open.other.as_ref().map(|other| format!("other={other}")));
    words.join(" ")
}

/// The id of the desk's third command: #3.
fn short(id: &str) -> String {
    match id.strip_prefix("00000000-0000-7000-8000-") {
        Some(made) => format!("#{}", made.trim_start_matches('0')),
        None => id.to_owned(),
    }
}
