//! What happens outside the desks: somebody else has written, the database does not answer,
//! the clock is off. It is looked for once for all desks of a process, and not by each.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::msg::Msg;
use crate::domain::refusal::Code;
use crate::domain::time;
use crate::office::{Office, OfficeError};
use crate::store::StoreError;

/// How often somebody else's changes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How soon after a change or a failure.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// How often this machine's clock is held against the database's.
const CLOCK_EVERY: Duration = Duration::from_mins(1);

/// Whether the database answers, as it was last seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// It does.
    #[default]
    Up,
    /// It does not.
    Down,
    /// Only one answers that cannot be written to.
    ReadOnly,
}

/// What was seen. Each change of it is news for the desks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Counts the moments after which something was found written.
    pub changes: u64,
    /// Counts how often the shops were read anew.
    pub shops: u64,
    /// Whether the database answers.
    pub line: Line,
    /// By how many seconds this machine's clock is off; none where it is right.
    pub clock_off: Option<i64>,
}

/// Looks for changes until it is dropped with its last clone.
#[derive(Clone)]
pub struct Watch {
    inner: Arc<Inner>,
}

struct Inner {
    seen: watch::Receiver<Seen>,
    /// When the database last answered, by the office's clock, microseconds.
    answered_at: Arc<AtomicI64>,
    task: JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    /// Begins to look, on the runtime that it is called on.
    #[must_use]
    pub fn start(office: Arc<Office>) -> Self {
        let (sender, seen) = watch::channel(Seen::default());
        let answered_at = Arc::new(AtomicI64::new(office.now().micros()));
        let task = tokio::spawn(look(office, Arc::new(sender), Arc::clone(&answered_at)));
        Self { inner: Arc::new(Inner { seen, answered_at, task }) }
    }

    /// What is seen, from now on.
    #[must_use]
    pub fn seen(&self) -> watch::Receiver<Seen> {
        self.inner.seen.clone()
    }

    /// What one desk learns of it.
    #[must_use]
    pub fn news(&self) -> News {
        let mut seen = self.seen();
        let now = seen.borrow_and_update().clone();
        // A desk begins in the belief that the line is up and the clock right.
        let told = Seen { changes: now.changes, shops: now.shops, ..Seen::default() };
        News { seen, told, answered_at: Arc::clone(&self.inner.answered_at) }
    }
}

/// What one desk has not been told yet.
pub struct News {
    seen: watch::Receiver<Seen>,
    told: Seen,
    answered_at: Arc<AtomicI64>,
}

impl News {
    /// Waits for the next. Nothing is lost where the future is dropped.
    pub async fn next(&mut self) -> Msg {
        loop {
            if let Some(msg) = self.try_next() {
                return msg;
            }
            if self.seen.changed().await.is_err() {
                // Nobody looks any more: the process is ending.
                std::future::pending::<()>().await;
            }
        }
    }

    /// The next, if there is any.
    pub fn try_next(&mut self) -> Option<Msg> {
        let now = self.seen.borrow_and_update();
        let told = &mut self.told;
        if told.line != now.line {
            told.line = now.line;
            return Some(of_line(now.line));
        }
        if told.clock_off != now.clock_off {
            told.clock_off = now.clock_off;
            return Some(Msg::ClockOff(now.clock_off));
        }
        if told.shops != now.shops {
            told.shops = now.shops;
            return Some(Msg::ShopsChanged);
        }
        if told.changes != now.changes {
            told.changes = now.changes;
            return Some(Msg::Changed);
        }
        None
    }

    /// What a desk must be told that believes the line down since `since`, where it learnt
    /// so by itself: the blink may have been over before anybody looked.
    #[must_use]
    pub fn since_down(&self, since: time::Instant) -> Option<Msg> {
        let up = self.told.line == Line::Up && self.seen.borrow().line == Line::Up;
        let answered = self.answered_at.load(Ordering::Acquire) > since.micros();
        (up && answered).then_some(Msg::Link(true))
    }
}

fn of_line(line: Line) -> Msg {
    match line {
        Line::Up => Msg::Link(true),
        Line::Down => Msg::Link(false),
        Line::ReadOnly => Msg::LinkReadOnly,
    }
}

async fn look(office: Arc<Office>, seen: Arc<watch::Sender<Seen>>, answered_at: Arc<AtomicI64>) {
    // Before anything was read: what is written after that is a change.
    let mut head: Option<i64> = office.changed().await.ok();
    let mut clock_seen: Option<Instant> = None;
    loop {
        if clock_seen.is_none_or(|at| at.elapsed() >= CLOCK_EVERY)
            && let Ok(off) = office.clock_off().await
        {
            clock_seen = Some(Instant::now());
            tell(&seen, |seen| seen.clock_off = off);
        }
        let asked_at = office.now();
        let now = match head {
            Some(head) => office.changed_from(head, LOOK_EVERY).await,
            None => {
                tokio::time::sleep(LOOK_EVERY).await;
                office.changed().await
            }
        };
        // On a busy floor every moment brings a change: no screen is read anew more often.
        let pause = now.as_ref().ok() != head.as_ref();
        let line = match &now {
            Ok(_) => Line::Up,
            Err(OfficeError::Store(StoreError::Server {
                code: Code::DatabaseReadOnly, ..
            })) => Line::ReadOnly,
            Err(_) => Line::Down,
        };
        if let Ok(now) = now {
            answered_at.store(asked_at.micros(), Ordering::Release);
            let changed = head.is_some_and(|head| head != now);
            head = Some(now);
            tell(&seen, |seen| {
                seen.line = line;
                seen.changes += u64::from(changed);
            });
            if changed {
                // Building the index takes its time, and the line is looked at meanwhile.
                tokio::spawn(refresh_shops(Arc::clone(&office), Arc::clone(&seen)));
            }
        } else {
            tell(&seen, |seen| seen.line = line);
        }
        if pause {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Reads the shops anew where they have changed; a desk that corrected a reading may have
/// done it already, and the others hear of that, too.
async fn refresh_shops(office: Arc<Office>, seen: Arc<watch::Sender<Seen>>) {
    match office.refresh_shops().await {
        Ok(_) => {
            let read = office.shops_read();
            tell(&seen, |seen| seen.shops = read);
        }
        Err(error) => tracing::warn!(%error, "the shops could not be read anew"),
    }
}

/// Wakes the desks only where there is news.
fn tell(seen: &watch::Sender<Seen>, change: impl FnOnce(&mut Seen)) {
    seen.send_if_modified(|seen| {
        let before = seen.clone();
        change(seen);
        *seen != before
    });
}
