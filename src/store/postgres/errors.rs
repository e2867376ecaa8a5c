//! What an error of the database means: whether the connection is gone with it, whether the
//! same may be tried again, and which refusal tells a person of it. Only the server's one-line
//! message is shown, never its detail: a detail quotes the row.

use std::io::ErrorKind;

use sqlx::Error;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use crate::domain::refusal::Code;
use crate::domain::text::for_terminal_bounded;
use crate::store::StoreError;

/// The longest message of a server that is passed on, in characters.
const MESSAGE_CHARS: usize = 200;

/// A failure as it can be kept and told again: the refusal's code, and what happened where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Which refusal.
    pub code: Code,
    /// What happened; safe to print, without credentials.
    pub what: String,
}

impl Trouble {
    /// `what` is made safe to print.
    pub fn new(code: Code, what: &str) -> Self {
        Self { code, what: for_terminal_bounded(what, MESSAGE_CHARS) }
    }

    /// Of an error that ended a query or a connection.
    pub fn of(error: &Error) -> Self {
        Self::new(code_of(error), &message_of(error))
    }

    /// The same, with the place before it.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        Self::new(self.code, &format!("{place}: {}", self.what))
    }

    /// Whether it may be over in a moment without anybody doing anything: the server is gone,
    /// starting, changing over.
    pub const fn passing(&self) -> bool {
        matches!(self.code, Code::DatabaseUnreachable | Code::DatabaseReadOnly)
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble.code {
            Code::DatabaseUnreachable => Self::Unreachable(trouble.what),
            code => Self::Server { code, what: trouble.what },
        }
    }
}

/// The error as the store tells it.
#[allow(clippy::needless_pass_by_value)] // It stands in `map_err`.
pub fn unreachable(error: Error) -> StoreError {
    if sqlstate(&error).is_some_and(|state| state.starts_with("23")) {
        return constraint(error);
    }
    Trouble::of(&error).into()
}

/// The error where a rule of the database may be what refused.
#[allow(clippy::needless_pass_by_value)] // It stands in `map_err`.
pub fn constraint(error: Error) -> StoreError {
    // Integrity constraints, and what the schema's triggers raise.
    let refused = |state: &str| state.starts_with("23") || state == "P0001";
    if sqlstate(&error).is_some_and(refused) {
        return StoreError::Constraint(Trouble::of(&error).what);
    }
    Trouble::of(&error).into()
}

/// The error of a command that others overtook as often as it was tried: it was not written.
/// Two desks that made the same row are no contradiction in the records.
#[allow(clippy::needless_pass_by_value)] // It stands in `map_err`.
pub fn overtaken(error: Error) -> StoreError {
    Trouble { code: Code::DatabaseBusy, ..Trouble::of(&error) }.into()
}

/// Not done, since something else took too long; nothing was written.
pub fn busy(what: &str) -> StoreError {
    Trouble::new(Code::DatabaseBusy, what).into()
}

/// The error of a statement that writes: where nobody can tell whether it was carried out, the
/// outcome is unknown.
pub fn written(error: Error) -> StoreError {
    if in_doubt(&error) {
        return StoreError::OutcomeUnknown(Trouble::of(&error).what);
    }
    constraint(error)
}

/// Whether the connection went with it, or leads to a server that cannot be written to: neither
/// this connection nor its sisters may be used again.
pub fn lost(error: &Error) -> bool {
    broken(error) || state_is(error, |state| going(state) || state == "25006")
}

/// Whether the statement may have been carried out although it failed: the answer got lost.
pub fn in_doubt(error: &Error) -> bool {
    // 40003 is PostgreSQL's own "statement completion unknown".
    broken(error) || state_is(error, |state| going(state) || state == "40003")
}

/// Whether to read, decide and write once more: another desk was first (40001 is also what
/// the guards of `apply` raise), two waited for each other, or both made the same row.
pub fn conflict(error: &Error) -> bool {
    state_is(error, |state| matches!(state, "40001" | "40P01" | "23505"))
}

/// The five characters that PostgreSQL classes its errors by.
pub fn sqlstate(error: &Error) -> Option<&str> {
    let database = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    Some(database.code())
}

fn state_is(error: &Error, is: impl Fn(&str) -> bool) -> bool {
    sqlstate(error).is_some_and(is)
}

/// The server shuts down, has crashed, or starts; or the connection itself failed.
fn going(state: &str) -> bool {
    state.starts_with("57P") || state.starts_with("08")
}

/// Nothing that comes over this connection can be understood any more.
const fn broken(error: &Error) -> bool {
    matches!(error, Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed)
}

fn code_of(error: &Error) -> Code {
    match error {
        Error::Tls(_) => Code::DatabaseTls,
        Error::Io(io) if io.kind() == ErrorKind::InvalidData => Code::DatabaseTls,
        // The resolver's errors have no kind of their own.
        Error::Io(io) if io.to_string().contains("failed to lookup address") => Code::DatabaseHost,
        Error::Configuration(_) => Code::DatabaseTls,
        _ => sqlstate(error).map_or(Code::DatabaseUnreachable, code_of_state),
    }
}

fn code_of_state(state: &str) -> Code {
    match state {
        "28P01" | "28000" => Code::DatabaseLogin,
        "3D000" => Code::DatabaseMissing,
        "42501" => Code::DatabaseForbidden,
        "25006" => Code::DatabaseReadOnly,
        "53300" | "53400" => Code::DatabaseCrowded,
        // Others were first, or hold what it needs (55P03: for too long); somebody cancelled it.
        "40001" | "40P01" | "55P03" | "57014" => Code::DatabaseBusy,
        "53000" | "53100" | "53200" => Code::DatabaseFull,
        // The schema is another's: no such table, column, function or schema.
        "42P01" | "42703" | "42883" | "3F000" => Code::DatabaseVersion,
        _ => Code::DatabaseUnreachable,
    }
}

fn message_of(error: &Error) -> String {
    match error {
        Error::Database(database) => {
            let state = sqlstate(error).unwrap_or_default();
            format!("{} ({state})", DatabaseError::message(database.as_ref()))
        }
        Error::Io(io) if io.kind() == ErrorKind::UnexpectedEof => {
            "the server closed the connection".to_owned()
        }
        Error::Io(io) => {
            let what = io.to_string();
            what.replacen("failed to lookup address information: ", "", 1)
        }
        Error::Tls(tls) => tls.to_string(),
        Error::Configuration(what) => what.to_string(),
        // sqlx says where in its source it was surprised, which helps nobody here.
        Error::Protocol(_) => "an answer that is not PostgreSQL's".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn io_error(kind: ErrorKind) -> Error {
        Error::Io(io::Error::new(kind, "gone"))
    }

    #[test]
    fn an_answer_that_never_came_leaves_the_outcome_open() {
        for kind in [ErrorKind::TimedOut, ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset] {
            assert!(lost(&io_error(kind)) && in_doubt(&io_error(kind)));
            assert!(matches!(written(io_error(kind)), StoreError::OutcomeUnknown(_)));
            assert!(matches!(unreachable(io_error(kind)), StoreError::Unreachable(_)));
        }
        assert!(!lost(&Error::RowNotFound) && !in_doubt(&Error::RowNotFound));
    }

    #[test]
    fn what_a_person_must_see_to_has_a_code_of_its_own() {
        let lookup = "failed to lookup address information: Name or service not known";
        let error = Error::Io(io::Error::other(lookup));
        assert_eq!(Trouble::of(&error).code, Code::DatabaseHost);
        let error = Error::Tls("server does not support TLS".into());
        assert_eq!(Trouble::of(&error).code, Code::DatabaseTls);
        for (state, code) in [
            ("28P01", Code::DatabaseLogin),
            ("3D000", Code::DatabaseMissing),
            ("42501", Code::DatabaseForbidden),
            ("25006", Code::DatabaseReadOnly),
            ("53300", Code::DatabaseCrowded),
            ("53100", Code::DatabaseFull),
            ("57P03", Code::DatabaseUnreachable),
            ("55P03", Code::DatabaseBusy),
            ("40001", Code::DatabaseBusy),
        ] {
            assert_eq!(code_of_state(state), code, "{state}");
        }
    }

    #[test]
    fn what_is_told_is_safe_to_print() {
        let trouble = Trouble::new(Code::DatabaseLogin, "a\u{1b}[2Jb").at("db1\n:5432");
        assert!(!trouble.what.contains(['\u{1b}', '\n']), "{}", trouble.what);
        assert!(!trouble.passing());
    }
}
