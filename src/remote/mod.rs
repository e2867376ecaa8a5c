//! The desk over SSH: the second way in for operators, and how a server is watched.

mod counted;
mod exposition;
pub mod health;
pub mod log;
pub mod metrics;
