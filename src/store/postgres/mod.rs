//! The store on PostgreSQL. STAND-IN: only what the import needs stands here.

pub mod chain;
pub mod errors;
pub mod import;
mod incoming;
mod loading;
mod merge;
