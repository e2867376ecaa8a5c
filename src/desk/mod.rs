//! The terminal desk: one screen for the call, one for the supervisor's reviews, one for
//! the wall.
//!
//! `Key → keymap → Action → update(&mut State, Msg) → Effects → Runner → Msg`, and
//! `view::draw(&State)`. Only [`runner`] and [`watch`] ask the office, only [`terminal`] touches the
//! terminal.
//!
//! * [`action`] and [`keymap`]: what keys do; the footer, the help and the palette follow.
//! * [`state`]: what the desk shows and knows. [`update`]: how that changes.
//! * [`msg`]: what happens, and what is to be done, as data.
//! * [`view`] and [`theme`]: drawing. [`saying`]: what the operator says now.
//! * [`runner`]: effects, carried out beside the screen. [`watch`]: what happens outside.
//! * [`session`]: one desk while it is open, wherever its screen is. [`meter`]: what it does.
//! * [`terminal`]: this terminal, its keys and its signals. [`player`]: without one.
//! * [`plain`]: line by line. [`picture`]: a screen as an SVG.

pub mod action;
pub mod field;
pub mod keymap;
pub mod meter;
pub mod msg;
pub mod picture;
pub mod plain;
pub mod player;
pub mod runner;
pub mod saying;
pub mod session;
pub mod state;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod watch;
