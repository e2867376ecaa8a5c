//! The desk without a terminal and without an office: keys and answers go in, effects and
//! a screen come out.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

#[path = "../desk/mod.rs"]
mod desk;

mod answers;
mod away;
mod cases;
mod drafts;
mod facts;
mod hours;
mod near;
mod own;
mod review;
mod typing;
mod writes;
