//! The store on PostgreSQL.

pub mod errors;
pub mod hosts;
pub mod link;
pub mod listen;
mod url;
