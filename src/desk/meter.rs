//! What a desk does, for whoever counts: a process that serves many desks shows it outside.

use std::time::Duration;

/// What the office is asked for, in kinds that are worth a number of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// A number is looked up while the caller waits.
    LookUp,
    /// A balance is put back.
    Restore,
    /// Anything else that is read.
    OtherRead,
    /// Anything else that is written.
    OtherWrite,
}

/// Counts what desks do. It is called on the way of every key: it must be quick.
pub trait Meter: Send + Sync {
    /// Something was asked of the office.
    fn began(&self, work: Work);
    /// It was answered after `took`; `done`: not with a refusal or a failure.
    fn ended(&self, work: Work, took: Duration, done: bool);
    /// A frame of `bytes` was drawn in `took`.
    fn frame(&self, bytes: usize, took: Duration);
}

/// Counts nothing: the one desk of a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unmetered;

impl Meter for Unmetered {
    fn began(&self, _: Work) {}
    fn ended(&self, _: Work, _: Duration, _: bool) {}
    fn frame(&self, _: usize, _: Duration) {}
}
