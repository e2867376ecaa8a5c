//! The SSH way in.

pub mod keys;
