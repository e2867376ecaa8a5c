//! STAND-IN: the real one is written elsewhere and has the same three names.
#![allow(missing_docs, clippy::needless_pass_by_value)]

use crate::store::StoreError;

fn state(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(|code| code.into_owned())
}

pub fn unreachable(error: sqlx::Error) -> StoreError {
    StoreError::Unreachable(error.to_string())
}

pub fn constraint(error: sqlx::Error) -> StoreError {
    match state(&error) {
        Some(code) if code.starts_with("23") => StoreError::Constraint(error.to_string()),
        _ => unreachable(error),
    }
}

pub fn written(error: sqlx::Error) -> StoreError {
    match state(&error) {
        Some(code) if !code.starts_with("57P") && !code.starts_with("08") => constraint(error),
        _ => StoreError::OutcomeUnknown(error.to_string()),
    }
}
