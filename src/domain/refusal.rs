//! Refusals: a code that programs read, and what its sentences are filled with.
//! The sentences, in both languages, stand in `assets/texts/refusals.toml`.

use std::fmt;

macro_rules! refusals {
    ($($name:ident = $code:literal,)*) => {
        /// Why something was not done. What each one means, and what to do next, stands in
        /// `assets/texts/refusals.toml` and, from there, in the README.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Code {
            $($name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as JSON and screens carry it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

refusals! {
    SignInNeeded = "SIGN_IN_NEEDED",
    SignInFailed = "SIGN_IN_FAILED",
    SignInLater = "SIGN_IN_LATER",
    StaffDisabled = "STAFF_DISABLED",
    StaffExists = "STAFF_EXISTS",
    StaffUnknown = "STAFF_UNKNOWN",
    LastAdmin = "LAST_ADMIN",
    KeyUnusable = "KEY_UNUSABLE",
    KeyExists = "KEY_EXISTS",
    KeyUnknown = "KEY_UNKNOWN",
    PasswordWeak = "PASSWORD_WEAK",
    NotAllowed = "NOT_ALLOWED",
    OwnCase = "OWN_CASE",
    OwnDecision = "OWN_DECISION",
    NotYourCase = "NOT_YOUR_CASE",
    LookUpsLocked = "LOOK_UPS_LOCKED",
    CouponUnknown = "COUPON_UNKNOWN",
    BadInput = "BAD_INPUT",
    ReasonNeeded = "REASON_NEEDED",
    CaseUnknown = "CASE_UNKNOWN",
    CaseState = "CASE_STATE",
    CaseChanged = "CASE_CHANGED",
    LiveCase = "LIVE_CASE",
    EvidenceChanged = "EVIDENCE_CHANGED",
    SupervisorNeeded = "SUPERVISOR_NEEDED",
    NothingToRestore = "NOTHING_TO_RESTORE",
    NothingToReverse = "NOTHING_TO_REVERSE",
    ShopCallNeeded = "SHOP_CALL_NEEDED",
    SaleUnknown = "SALE_UNKNOWN",
    SaleOfAnother = "SALE_OF_ANOTHER",
    SaleLinked = "SALE_LINKED",
    SaleNotLinked = "SALE_NOT_LINKED",
    NoQuestion = "NO_QUESTION",
    NoNewEvidence = "NO_NEW_EVIDENCE",
    CommandReused = "COMMAND_REUSED",
    CampaignNotOver = "CAMPAIGN_NOT_OVER",
    RecordsRejected = "RECORDS_REJECTED",
    FileUnreadable = "FILE_UNREADABLE",
    ExistsAlready = "EXISTS_ALREADY",
    NotTraining = "NOT_TRAINING",
    ConfigBad = "CONFIG_BAD",
    AuditBroken = "AUDIT_BROKEN",
    NoTerminal = "NO_TERMINAL",
    DatabaseMissing = "DATABASE_MISSING",
    DatabaseVersion = "DATABASE_VERSION",
    DatabaseUnreachable = "DATABASE_UNREACHABLE",
    DatabaseHost = "DATABASE_HOST",
    DatabaseLogin = "DATABASE_LOGIN",
    DatabaseForbidden = "DATABASE_FORBIDDEN",
    DatabaseTls = "DATABASE_TLS",
    DatabaseReadOnly = "DATABASE_READ_ONLY",
    DatabaseCrowded = "DATABASE_CROWDED",
    DatabaseBusy = "DATABASE_BUSY",
    DatabaseFull = "DATABASE_FULL",
    DatabaseInUse = "DATABASE_IN_USE",
    TargetNotEmpty = "TARGET_NOT_EMPTY",
    OutcomeUnknown = "OUTCOME_UNKNOWN",
    HostKeyMissing = "HOST_KEY_MISSING",
    HostKeyOpen = "HOST_KEY_OPEN",
    HostKeyBad = "HOST_KEY_BAD",
    CannotListen = "CANNOT_LISTEN",
    ServerFull = "SERVER_FULL",
    ServerCrowded = "SERVER_CROWDED",
    ServerStops = "SERVER_STOPS",
    SignInTooSlow = "SIGN_IN_TOO_SLOW",
    IdleTooLong = "IDLE_TOO_LONG",
    PutOut = "PUT_OUT",
    DesksOnly = "DESKS_ONLY",
    TerminalNeeded = "TERMINAL_NEEDED",
}

/// One refusal: the code and the values its sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which.
    pub code: Code,
    /// `{name}` in the sentence becomes the value.
    pub values: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal without values.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, values: Vec::new() }
    }

    /// Adds what `{name}` stands for.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl std::error::Error for Refusal {}
