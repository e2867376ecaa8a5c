//! The map of the house, from the ground up. A room may use the floors below it and
//! nothing above; `tests/floors.rs` reads the `use` lines and fails on an upward one.
//!
//! | floor | what is there |
//! |---|---|
//! | [`domain`] | the rules: no I/O, no async, no clock, no database, no terminal |
//! | [`texts`] | the sentences, Japanese and English, from `assets/texts` |
//! | [`config`] | the settings file: a campaign's particulars |
//! | [`search`] | which shop was heard: folding, readings, ranking |
//! | [`records`] | reading and checking the record files |
//! | [`store`] | one trait and its body on SQLite, migrations, audit chain |
//! | [`office`] | what one can do: permission, decision and audit, once, for every way in |
//! | [`sample`] | the seeded generator of the invented sample campaign |
//! | [`desk`] | the terminal desk: state, update, views; the office only through its runner |
//! | [`remote`] | the desk over SSH: a way into the same desk from other machines |
//! | [`cli`] | the command line: a way into the office |

#![warn(clippy::unwrap_used, clippy::expect_used)]

pub mod cli;
pub mod config;
pub mod desk;
pub mod domain;
pub mod office;
pub mod records;
pub mod remote;
pub mod sample;
pub mod search;
pub mod store;
pub mod texts;
