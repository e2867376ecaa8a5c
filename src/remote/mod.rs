//! The same desk over SSH: the terminal stands somewhere else, and needs nothing but a client.
//!
//! * [`input`]: what the bytes mean that come from a terminal.

pub mod input;
