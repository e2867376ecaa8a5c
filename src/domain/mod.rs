//! The rules of the product: no input or output, no async, no clock, no database, no terminal.
//!
//! Everything here is a plain value or a pure function, so the hard part can be
//! tested without a store. The words are those of the specification, section 2.

pub mod campaign;
pub mod case;
pub mod coupon;
pub mod day;
pub mod evidence;
pub mod ids;
pub mod merchant;
pub mod number;
pub mod prefecture;
pub mod private;
pub mod reason;
pub mod refusal;
pub mod settlement;
pub mod staff;
pub mod staff_key;
pub mod subset;
pub mod text;
pub mod time;
pub mod verification;
pub mod yen;
