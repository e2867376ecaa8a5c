//! A connection while it is used, and the time limit of what is asked over it.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::home::{Home, UP_WAIT};
use super::{Lane, LinkState};
use crate::domain::refusal::Code;
use crate::store::StoreError;
use crate::store::postgres::errors::{self, Trouble};

/// How long the server may go on with a statement whose answer nobody waits for any more.
const LINGER: Duration = Duration::from_mins(10);

/// How long an answer may still come over a connection whose time is over.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// A connection to the primary. One that is dropped and not given back (its query failed, or
/// the future was cut off) is closed, as soon as the server is done with what it was asked.
pub struct Conn {
    wire: Option<PgConnection>,
    held: Option<OwnedSemaphorePermit>,
    home: Arc<Home>,
    lane: Lane,
    generation: u64,
}

impl Conn {
    pub(super) fn new(
        conn: PgConnection,
        held: OwnedSemaphorePermit,
        home: Arc<Home>,
        lane: Lane,
        generation: u64,
    ) -> Self {
        Self { wire: Some(conn), held: Some(held), home, lane, generation }
    }

    /// Gives it back after a statement that came to its end, with a row or with an error of
    /// its own.
    pub fn give_back(mut self) {
        if let Some(conn) = self.wire.take() {
            self.home.room(self.lane).put(self.generation, &self.home, conn);
        }
    }

    /// A time limit for what is asked next:
    /// `conn.within(READ).run(query.fetch_one(&mut *conn))`.
    pub fn within(&self, limit: Duration) -> Within {
        Within { home: Arc::clone(&self.home), generation: self.generation, limit }
    }
}

#[allow(clippy::expect_used)]
impl Deref for Conn {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.wire.as_ref().expect("taken only when given back or dropped")
    }
}

#[allow(clippy::expect_used)]
impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.wire.as_mut().expect("taken only when given back or dropped")
    }
}

impl Drop for Conn {
    /// The place in the lane stays taken until the server is done: commits that hang (the
    /// standby is gone) would otherwise use up the server's connections, one after another.
    fn drop(&mut self) {
        let (Some(mut conn), Some(held)) = (self.wire.take(), self.held.take()) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.home.generation() != self.generation {
            return;
        }
        let mut state = self.home.state.subscribe();
        runtime.spawn(async move {
            tokio::select! {
                _ = timeout(LINGER, conn.ping()) => {}
                _ = state.wait_for(|state| *state != LinkState::Up) => {}
            }
            drop((conn, held));
        });
    }
}

/// A time limit, and the judgement of how a statement ended.
pub struct Within {
    home: Arc<Home>,
    generation: u64,
    limit: Duration,
}

impl Within {
    /// Waits for `work`, so long and no longer. Where it shows that the connections of its
    /// time cannot be used any more, they are dropped and the primary is looked for.
    ///
    /// # Errors
    /// Those of `work`, and one of its own when the time is over: whether a write was carried
    /// out is then unknown.
    pub async fn run<T, E: Sign>(self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let done = self.waited_for(work).await;
        if let Err(error) = &done {
            match error.sign() {
                Verdict::Sound => {}
                Verdict::Doubtful => self.home.suspect(self.generation),
                Verdict::Lost(trouble) => self.home.lost(self.generation, trouble),
            }
        }
        done
    }

    /// A machine that is gone closes nothing: once the link has found out by other means, what
    /// is still waited for will hardly come.
    async fn waited_for<T, E: Sign>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        tokio::pin!(work);
        let soon = self.limit.min(AFTERWARDS);
        // Almost everything ends here, and nobody looks at the link for it.
        if let Ok(done) = timeout(soon, &mut work).await {
            return done;
        }
        let mut state = self.home.state.subscribe();
        let over = async {
            let _ = state.wait_for(|_| self.home.generation() != self.generation).await;
            // The connection may be sound all the same: only its sister was cut.
            tokio::time::sleep(AFTERWARDS).await;
        };
        tokio::select! {
            done = timeout(self.limit.saturating_sub(soon), &mut work) => {
                done.unwrap_or_else(|_| Err(E::late(self.limit)))
            }
            () = over => Err(E::gone()),
        }
    }
}

/// How often a read is tried where its connection fails.
const READ_TRIES: u32 = 3;

/// The tries of one read: it has no effect that could be doubled, so where the connection
/// turns out to be gone it is made again over another. [`reading!`] goes round with it.
pub struct Tries {
    begun: Instant,
    made: u32,
}

impl Default for Tries {
    fn default() -> Self {
        Self { begun: Instant::now(), made: 0 }
    }
}

impl Tries {
    /// After a try: gives the connection back where it is sound. None where to try again.
    pub fn after<T, E: Sign>(&mut self, conn: Conn, done: Result<T, E>) -> Option<Result<T, E>> {
        self.made += 1;
        if matches!(done.as_ref().map_err(Sign::sign), Ok(_) | Err(Verdict::Sound)) {
            conn.give_back();
            return Some(done);
        }
        if self.left() { None } else { Some(done) }
    }

    /// After a try that failed, where the connection is needed further: whether to make
    /// another one.
    pub fn again(&mut self, error: &impl Sign) -> bool {
        self.made += 1;
        !matches!(error.sign(), Verdict::Sound) && self.left()
    }

    fn left(&self) -> bool {
        self.made < READ_TRIES && self.begun.elapsed() < UP_WAIT
    }
}

/// Reads over a connection of a lane, within [`READ`](super::READ) or what is said, and again where the
/// connection fails: `reading!(link, Lane::Look, conn => read::coupon(&mut conn, number))`.
/// Stands in a function that answers a `Result` with [`StoreError`]. No function, since what
/// is asked borrows both the connection and its caller's words.
macro_rules! reading {
    ($link:expr, $lane:expr, $conn:ident => $work:expr) => {
        $crate::store::postgres::link::reading!(
            $link, $lane, $crate::store::postgres::link::READ, $conn => $work
        )
    };
    ($link:expr, $lane:expr, $limit:expr, $conn:ident => $work:expr) => {{
        let mut tries = $crate::store::postgres::link::Tries::default();
        loop {
            #[allow(unused_mut)]
            let mut $conn = $link.take($lane).await?;
            let within = $conn.within($limit);
            let done = within.run($work).await;
            if let Some(done) = tries.after($conn, done) {
                break done;
            }
        }
    }};
}
pub(crate) use reading;

/// What an error says of the connection.
pub enum Verdict {
    /// The statement failed and the connection is as good as before.
    Sound,
    /// The server may be gone or slow.
    Doubtful,
    /// The server is gone, or cannot be written to.
    Lost(Trouble),
}

/// An error that tells of the connection.
pub trait Sign {
    /// What it tells.
    fn sign(&self) -> Verdict;
    /// No answer came in time.
    fn late(limit: Duration) -> Self;
    /// No answer will come: the server is gone.
    fn gone() -> Self;
}

impl Sign for sqlx::Error {
    fn sign(&self) -> Verdict {
        match self {
            Self::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Verdict::Doubtful,
            error if errors::lost(error) => Verdict::Lost(Trouble::of(error)),
            _ => Verdict::Sound,
        }
    }

    fn late(limit: Duration) -> Self {
        Self::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, late(limit)))
    }

    fn gone() -> Self {
        Self::Io(std::io::Error::new(std::io::ErrorKind::ConnectionAborted, GONE))
    }
}

impl Sign for StoreError {
    fn sign(&self) -> Verdict {
        match self {
            Self::Unreachable(_) | Self::OutcomeUnknown(_) => Verdict::Doubtful,
            Self::Server { code: Code::DatabaseReadOnly, what } => {
                Verdict::Lost(Trouble { code: Code::DatabaseReadOnly, what: what.clone() })
            }
            _ => Verdict::Sound,
        }
    }

    fn late(limit: Duration) -> Self {
        Self::Unreachable(late(limit))
    }

    fn gone() -> Self {
        Self::Unreachable(GONE.to_owned())
    }
}

const GONE: &str = "the connection was lost";

fn late(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs_f32())
}
