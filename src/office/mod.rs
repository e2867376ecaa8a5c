//! The office: everything one can do, once, for every way in. Each operation checks the
//! permission, decides by the rules of [`crate::domain`] and has the store write what
//! follows, with its line in the audit trail, in one transaction.

use std::sync::Arc;

use crate::config::Settings;
use crate::domain::case::State;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, Role, StaffId, may};
use crate::domain::time::Instant;
use crate::store::rows::{CommandRow, StaffRow};
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{Decision, Job, NOTHING, Store, StoreError};

pub mod audit;
pub mod board;
pub mod callback;
pub mod cases;
pub mod clock;
pub mod command;
pub mod coupon;
pub mod draft;
pub mod extend;
pub mod history;
pub mod import;
mod near;
pub mod password;
pub mod reading;
pub mod recheck;
pub mod seat;
pub mod shop;
pub mod sign_in;
pub mod staff;
pub mod staff_key;
pub mod view;
pub mod watch;

use clock::Clock;
use password::Hashing;
use shop::ShopsCache;
use sign_in::Turns;
use watch::WatchCache;

/// Why the office did not do it.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// A rule says no.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Code> for OfficeError {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl OfficeError {
    /// The refusal that tells a person of it.
    #[must_use]
    pub fn to_refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Store(error) => error.to_refusal(),
        }
    }
}

/// What an operation comes to.
pub type Result<T> = std::result::Result<T, OfficeError>;

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub staff_id: StaffId,
    /// In which role.
    pub role: Role,
    /// The person's name, for the screen.
    pub name: crate::domain::private::Private,
}

impl Actor {
    /// Refuses what the role may not do.
    ///
    /// # Errors
    /// `NOT_ALLOWED`.
    pub fn must(&self, what: Permission) -> Result<()> {
        if may(self.role, what) {
            Ok(())
        } else {
            Err(Refusal::new(Code::NotAllowed).with("role", self.role.as_str()).into())
        }
    }
}

/// The office of one campaign.
pub struct Office {
    /// Where everything is kept.
    pub(crate) store: Arc<dyn Store>,
    /// The campaign's particulars.
    pub(crate) settings: Arc<Settings>,
    /// What time it is.
    pub(crate) clock: Clock,
    watched: WatchCache,
    shops: ShopsCache,
    hashing: Hashing,
    turns: Turns,
}

impl Office {
    /// Opens the office over a store. The clock is the store's own where it is a training
    /// database with one.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn open(store: Arc<dyn Store>, settings: Arc<Settings>) -> Result<Self> {
        let info = store.info().await?;
        Ok(Self {
            clock: Clock::of(&info),
            store,
            settings,
            watched: WatchCache::default(),
            shops: ShopsCache::default(),
            hashing: Hashing::default(),
            turns: Turns::default(),
        })
    }

    /// What time it is in this office.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The campaign's particulars.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether this is a training database (研修).
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.clock.training()
    }

    /// Makes what was jotted durable and lets go of the store.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn close(&self) -> Result<()> {
        self.store.flush().await?;
        self.store.close().await;
        Ok(())
    }

    fn outage_micros(&self) -> (i64, i64) {
        let outage = self.settings.campaign.outage;
        (outage.from().micros(), outage.until().micros())
    }
}

/// Work for a core, beside everything that waits for the store.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| StoreError::Unreachable(error.to_string()).into())
}

/// A decision made of a function.
pub(crate) struct Deciding<F> {
    need: Need,
    decide: F,
}

impl<F> Deciding<F>
where
    F: Fn(&Snapshot) -> std::result::Result<Decision, StoreError> + Send + Sync + 'static,
{
    pub(crate) fn job(need: Need, decide: F) -> Arc<dyn Job> {
        Arc::new(Self { need, decide })
    }
}

impl<F> Job for Deciding<F>
where
    F: Fn(&Snapshot) -> std::result::Result<Decision, StoreError> + Send + Sync,
{
    fn need(&self) -> Need {
        self.need.clone()
    }

    fn decide(&self, seen: &Snapshot) -> std::result::Result<Decision, StoreError> {
        (self.decide)(seen)
    }
}

/// The acting person as the transaction sees them: still there, not disabled, and allowed.
pub(crate) fn acting(
    row: Option<&StaffRow>,
    what: Permission,
) -> std::result::Result<(StaffId, Role), Refusal> {
    let row = row.ok_or(Refusal::new(Code::SignInNeeded))?;
    if row.disabled != 0 {
        return Err(Code::StaffDisabled.into());
    }
    let (Ok(staff_id), Ok(role)) = (row.staff_id.parse(), row.role.parse::<Role>()) else {
        return Err(Code::SignInNeeded.into());
    };
    if may(role, what) {
        Ok((staff_id, role))
    } else {
        Err(Refusal::new(Code::NotAllowed).with("role", role.as_str()))
    }
}

/// A text that a person must give with a decision.
pub(crate) fn reason_needed(text: &str) -> std::result::Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() { Err(Code::ReasonNeeded.into()) } else { Ok(text.to_owned()) }
}

/// The refusal that a case in this state cannot do it.
pub(crate) fn not_in_state(case_id: &str, state: State) -> Refusal {
    Refusal::new(Code::CaseState).with("case", case_id).with("state", state.as_str())
}

/// Changes that change nothing: a command carried out before is answered again.
pub(crate) fn answered_before(
    prior: &CommandRow,
    now: Instant,
) -> Box<crate::store::changes::Changes> {
    let event = crate::store::changes::Event::new(now, &StaffId::system(), NOTHING);
    let mut changes = crate::store::changes::Changes::event(event);
    changes.answer.clone_from(&prior.answer);
    Box::new(changes)
}
