//! Passwords: worked out with Argon2id, slowly on purpose, and so many at once as there are
//! cores.

use std::sync::{Arc, Mutex, OnceLock, mpsc};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version,
};
use tokio::sync::oneshot;

use super::{Office, Result};
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};

/// The shortest password outside a training database, in characters.
const MIN_PASSWORD_CHARS: usize = 8;
/// The longest password that is hashed at all.
const MAX_PASSWORD_BYTES: usize = 1024;

/// KiB of memory that a hash takes, how often it goes over them, and its lanes: of the settings
/// that OWASP's Password Storage Cheat Sheet holds to be equally strong one with less memory, so
/// that signing in is not what a command needs most memory for.
const COST: (u32, u32, u32) = (12 * 1024, 3, 1);
/// A hash that no password has, so that an unknown person costs as much time as a known.
const NOBODY: &str = "$argon2id$v=19$m=12288,t=3,p=1$bWFkb2d1Y2hpLW5vYm9keQ$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Something to be worked out.
type Work = Box<dyn FnOnce() + Send>;

/// Works hashes out. Each takes a core for some ten milliseconds and 12 MiB: a floor that signs
/// in at nine would take gigabytes, and be no sooner in. The threads for it are always the
/// same, as many as there are cores: what a thread has once taken of the memory, the allocator
/// keeps for it.
#[derive(Default)]
pub(super) struct Hashing(OnceLock<mpsc::Sender<Work>>);

/// Threads that work out what is sent, until nobody can send any more.
fn hire(threads: usize) -> mpsc::Sender<Work> {
    let (sender, work) = mpsc::channel::<Work>();
    let work = Arc::new(Mutex::new(work));
    for _ in 0..threads {
        let work = Arc::clone(&work);
        let thread = std::thread::Builder::new().name("passwords".to_owned()).spawn(move || {
            // One of them waits for the next piece, the others for their turn to wait.
            while let Ok(Ok(next)) = work.lock().map(|work| work.recv()) {
                next();
            }
        });
        if let Err(error) = thread {
            tracing::error!(%error, "a thread for passwords could not be started");
        }
    }
    sender
}

impl Hashing {
    /// The hash of a password.
    async fn hash(&self, password: &Private) -> Option<Private> {
        let password = password.clone();
        self.run(move || hash(&password)).await.flatten()
    }

    /// Whether the password is the one that was hashed. As slow where there is no hash.
    pub(super) async fn verify(&self, password: &Private, hash: Option<&Private>) -> bool {
        let password = password.clone();
        let hash = hash.cloned().unwrap_or_else(|| Private::new(NOBODY));
        self.run(move || {
            PasswordHash::new(hash.expose()).is_ok_and(|hash| {
                Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
            })
        })
        .await
        .unwrap_or(false)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (done, answer) = oneshot::channel();
        let work = move || {
            // Whoever has hung up meanwhile takes no core from the others.
            if !done.is_closed() {
                let _ = done.send(work());
            }
        };
        self.0.get_or_init(|| hire(cores())).send(Box::new(work)).ok()?;
        answer.await.ok()
    }
}

fn hash(password: &Private) -> Option<Private> {
    let (memory, passes, lanes) = COST;
    let cost = Params::new(memory, passes, lanes, None).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost);
    let hash = argon2.hash_password(password.expose().as_bytes()).ok()?;
    Some(Private::new(hash.to_string()))
}

/// Refuses a password that is too short to keep, or too long to work out.
fn check(password: &Private, training: bool) -> Result<()> {
    let least = if training { 1 } else { MIN_PASSWORD_CHARS };
    let text = password.expose();
    if text.chars().count() < least || text.len() > MAX_PASSWORD_BYTES {
        return Err(Refusal::new(Code::PasswordWeak).with("needed", least).into());
    }
    Ok(())
}

/// Hashes a password with Argon2id where there is no office yet. Takes some ten milliseconds on
/// purpose.
///
/// # Errors
/// `PASSWORD_WEAK`.
pub async fn hash_password(password: &Private, training: bool) -> Result<Private> {
    check(password, training)?;
    Hashing::default().hash(password).await.ok_or_else(|| Code::PasswordWeak.into())
}

impl Office {
    /// Hashes a new password.
    ///
    /// # Errors
    /// `PASSWORD_WEAK`.
    pub(super) async fn hashed(&self, password: &Private) -> Result<Private> {
        check(password, self.is_training())?;
        self.hashing.hash(password).await.ok_or_else(|| Code::PasswordWeak.into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_are_worked_out_at_once_than_there_are_cores() {
        let hashing = Hashing(OnceLock::from(hire(2)));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let all = (0..16).map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            hashing.run(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
            })
        });
        let done = futures_util::future::join_all(all).await;
        assert!(done.iter().all(Option::is_some));
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    }

    #[tokio::test]
    async fn a_password_has_its_hash_and_nobody_has_any() {
        let hashing = Hashing::default();
        let (right, wrong) = (Private::new("correct horse"), Private::new("wrong horse"));
        let hash = hashing.hash(&right).await.expect("a hash");
        assert!(hashing.verify(&right, Some(&hash)).await);
        assert!(!hashing.verify(&wrong, Some(&hash)).await);
        assert!(!hashing.verify(&right, None).await);
        assert!(PasswordHash::new(NOBODY).is_ok());
        let cost = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cost(NOBODY), cost(hash.expose()), "it takes as long");
    }
}
