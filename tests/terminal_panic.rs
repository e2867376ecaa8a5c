//! A panic is read on a terminal that is a terminal again, and costs the caller nothing.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]
// There is nothing to provoke one with in a release.
#![cfg(debug_assertions)]

mod common;
mod terminal;

use terminal::typing::{half_typed, takes_the_seat_and_goes_on, wait_for_draft};
use terminal::{Desk, USUAL, key, office};

#[test]
fn a_panic_gives_the_terminal_back_and_what_was_typed_is_there_again() {
    let office = office();
    let mut desk = Desk::at_with(&office, USUAL, &[("MADOGUCHI_PANIC_ON_KEY", "F11")]);
    desk.sign_in("op");
    desk.wait_for("お客様の4点");
    half_typed(&desk);
    wait_for_draft(&office, "若草");
    desk.keys(key::F11);
    assert!(!desk.given_back().success());
    assert!(desk.shows("asked for by MADOGUCHI_PANIC_ON_KEY"), "{}", desk.screen());

    // Nobody stood up from the seat: it is asked about.
    takes_the_seat_and_goes_on(&office);
}
