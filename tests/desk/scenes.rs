//! Moments of a desk's day, each as it looks on the screen.

use madoguchi::desk::action::Action;
use madoguchi::desk::msg::{Answer, Failed, Msg};
use madoguchi::desk::state::State;
use madoguchi::desk::update::act_on;
use madoguchi::domain::staff::Role;
use madoguchi::office::coupon::{ClassA, NumberHeard};

use super::{
    answer, calls, desk, happens, operator, request, sign_in, supervisor, type_keys, views,
};

/// A moment: its name, and a desk at it.
pub type Scene = (&'static str, fn() -> State);

/// Every moment.
pub const SCENES: &[Scene] = &[
    ("sign-in", desk),
    ("sign-in-demo", sign_in_demo),
    ("call-empty", operator),
    ("call-near", call_near),
    ("call-three-facts", call_three_facts),
    ("call-class-a", call_class_a),
    ("call-matched", call_matched),
    ("call-differs", call_differs),
    ("call-restored", call_restored),
    ("call-unknown", call_unknown),
    ("call-link-down", call_link_down),
    ("confirm-restore", confirm_restore),
    ("write-call-back", write_call_back),
    ("review-list", review_list),
    ("review-case", review_case),
    ("review-own-case", review_own_case),
    ("board", board),
    ("help-call", help_call),
    ("help-case", help_case),
    ("palette", palette),
    ("history", history),
    ("locked", locked),
];

/// The desk at the moment called `name`.
pub fn scene(name: &str) -> State {
    let found = SCENES.iter().find(|(known, _)| *known == name);
    (found.unwrap_or_else(|| panic!("no scene is called {name}")).1)()
}

fn sign_in_demo() -> State {
    let mut state = desk();
    let names = [("op-hana", "佐保 花 OP"), ("op-sora", "大和 空 OP"), ("sv-rin", "春日 凛 SV")];
    state.demo = names.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec();
    state.training = true;
    type_keys(&mut state, "<Down>");
    state
}

fn call_near() -> State {
    let mut state = operator();
    calls::three_facts(&mut state);
    let effects = type_keys(&mut state, "鹿鳴");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    type_keys(&mut state, "<Down>");
    state
}

fn call_three_facts() -> State {
    let mut state = operator();
    calls::three_facts(&mut state);
    state
}

fn call_class_a() -> State {
    let mut state = operator();
    let effects = type_keys(&mut state, &format!("{}<Tab>", views::NUMBER));
    let number = views::NUMBER.to_owned();
    let heard = NumberHeard { class_a: ClassA::Extended, ..views::heard() };
    let number = madoguchi::domain::number::InquiryNumber::fold(&number).expect("a number");
    answer(&mut state, request(&effects, "hear"), Answer::Number(number, Ok(Some(heard))));
    type_keys(&mut state, "2/24<Tab>奈良<Tab>");
    state
}

fn call_matched() -> State {
    let mut state = operator();
    calls::matched(&mut state);
    state
}

fn call_differs() -> State {
    let mut state = operator();
    calls::number(&mut state);
    type_keys(&mut state, "2/25<Tab>京都<Tab>");
    state
}

fn call_restored() -> State {
    let mut state = operator();
    calls::matched(&mut state);
    let opening = type_keys(&mut state, "<F5><Enter>");
    let restoring = calls::done(&mut state, &opening, "open", views::opened());
    calls::done(&mut state, &restoring, "act", views::restored());
    state
}

fn call_unknown() -> State {
    let mut state = operator();
    calls::matched(&mut state);
    let effects = type_keys(&mut state, "<F5><Enter>");
    answer(&mut state, request(&effects, "open"), Answer::Case(Err(Failed::Unknown)));
    state
}

fn call_link_down() -> State {
    let mut state = call_three_facts();
    happens(&mut state, Msg::Link(false));
    state.now = state.now.plus_seconds(12);
    state
}

fn confirm_restore() -> State {
    let mut state = call_matched();
    type_keys(&mut state, "<F5>");
    state
}

fn write_call_back() -> State {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    type_keys(&mut state, "<F8>15:30<Enter>0742<Enter>");
    state
}

fn review_list() -> State {
    let mut state = supervisor();
    let effects = type_keys(&mut state, "<F12>");
    answer(&mut state, request(&effects, "queue"), Answer::Queue(Ok(views::queue())));
    type_keys(&mut state, "<Down>");
    state
}

/// The case of a colleague; `sv2` looks at it too.
fn review_case() -> State {
    let mut state = review_list();
    let effects = type_keys(&mut state, "<Enter>");
    let view = Box::new(views::under_review());
    answer(&mut state, request(&effects, "show"), Answer::Shown(Ok(view)));
    let case_id = views::CASE.parse().expect("a case");
    let held_by = Some("sv2".to_owned());
    answer(&mut state, request(&effects, "lease"), Answer::Lease(case_id, held_by));
    type_keys(&mut state, "<Down>");
    state
}

fn review_own_case() -> State {
    let mut state = review_case();
    if let Some(open) = &mut state.review.open
        && let Some(view) = &mut open.view
    {
        view.opened_by = "sv".to_owned();
    }
    state
}

fn board() -> State {
    let mut state = supervisor();
    let effects = type_keys(&mut state, "<F9>");
    let locked = vec!["op2".to_owned()];
    let board = Box::new(views::board());
    answer(&mut state, request(&effects, "board"), Answer::Board(Ok((board, locked))));
    state
}

fn help_call() -> State {
    let mut state = operator();
    type_keys(&mut state, "<F1>");
    state
}

fn help_case() -> State {
    let mut state = review_case();
    type_keys(&mut state, "<F1>");
    state
}

fn palette() -> State {
    let mut state = operator();
    type_keys(&mut state, "<C-p>restore");
    state
}

fn history() -> State {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    let effects = type_keys(&mut state, "<F3>");
    let lines = ["03/13 10:42:00  op  受付  ", "03/13 10:43:10  op  メモ  折り返しをご希望"];
    let lines = lines.map(str::to_owned).to_vec();
    answer(&mut state, request(&effects, "history"), Answer::History(Ok(lines)));
    state
}

fn locked() -> State {
    let mut state = desk();
    sign_in(&mut state, "op", Role::Operator, None);
    calls::matched(&mut state);
    let now = state.now;
    act_on(&mut state, Action::Lock, now);
    state
}
