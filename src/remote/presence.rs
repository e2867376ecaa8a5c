//! Who sits at the desks of this server, and who must get up: a key that was revoked or a
//! person who was disabled is put out at once, and told why.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::Shared;
use crate::domain::refusal::Code;
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use crate::office::Actor;

/// How soon it is asked again who may be here, after nobody answered.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Somebody who has proved who they are.
#[derive(Clone)]
pub(super) struct Who {
    pub actor: Actor,
    /// With which key, if with one.
    pub key: Option<Fingerprint>,
}

struct Seated {
    staff_id: StaffId,
    key: Option<Fingerprint>,
    get_up: Option<oneshot::Sender<Code>>,
}

/// Who sits at the desks.
#[derive(Default)]
pub(super) struct Presence {
    seated: Arc<Mutex<HashMap<u64, Seated>>>,
    next: AtomicU64,
    /// Somebody has sat down: what was true when they signed in may not be any more.
    news: Notify,
}

fn lock(seated: &Mutex<HashMap<u64, Seated>>) -> MutexGuard<'_, HashMap<u64, Seated>> {
    seated.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody's presence; dropping it ends it.
pub(super) struct Chair {
    seated: Arc<Mutex<HashMap<u64, Seated>>>,
    id: u64,
}

impl Drop for Chair {
    fn drop(&mut self) {
        lock(&self.seated).remove(&self.id);
    }
}

impl Presence {
    /// Somebody sits down, and hears if they must get up.
    pub(super) fn sit_down(&self, who: &Who) -> (Chair, oneshot::Receiver<Code>) {
        let (get_up, told) = oneshot::channel();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let seated = Seated {
            staff_id: who.actor.staff_id.clone(),
            key: who.key.clone(),
            get_up: Some(get_up),
        };
        lock(&self.seated).insert(id, seated);
        self.news.notify_one();
        (Chair { seated: Arc::clone(&self.seated), id }, told)
    }

    /// Everybody, with the key that they came by.
    fn people(&self) -> (Vec<u64>, Vec<(StaffId, Option<Fingerprint>)>) {
        let seated = lock(&self.seated);
        let people =
            |(id, seated): (&u64, &Seated)| (*id, (seated.staff_id.clone(), seated.key.clone()));
        seated.iter().map(people).unzip()
    }

    fn put_out(&self, id: u64) {
        let get_up = lock(&self.seated).get_mut(&id).and_then(|seated| seated.get_up.take());
        if let Some(get_up) = get_up {
            let _ = get_up.send(Code::PutOut);
        }
    }
}

/// Asks after each change of anything, and when somebody sits down, whether everybody may still
/// sit where they sit: once for all of them, whatever their number.
pub(super) async fn watch(shared: Arc<Shared>) {
    let mut seen = shared.watch.seen();
    loop {
        let (ids, people) = shared.presence.people();
        if !people.is_empty() {
            match shared.put_out(&people).await {
                Ok(out) => {
                    for id in out.into_iter().filter_map(|at| ids.get(at)) {
                        shared.presence.put_out(*id);
                    }
                }
                // Somebody may sit there who must not: it is asked until there is an answer.
                Err(error) => {
                    tracing::warn!(%error, "who may still be here could not be asked");
                    tokio::time::sleep(ASK_AGAIN).await;
                    continue;
                }
            }
        }
        tokio::select! {
            () = shared.presence.news.notified() => {}
            changed = seen.changed() => {
                if changed.is_err() {
                    // Nobody looks any more: the server has ended.
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}
