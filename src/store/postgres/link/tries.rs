//! Reading, again over another connection where the one in use turns out to be gone: a read has
//! no effect that could be doubled.

use std::time::Instant;

use super::{Sign, UP_WAIT, Verdict};
use crate::store::StoreError;

/// How often a read is tried where its connection fails.
const READ_TRIES: u32 = 3;

/// How often it was tried.
pub struct Tries {
    begun: Instant,
    tried: u32,
}

impl Default for Tries {
    fn default() -> Self {
        Self { begun: Instant::now(), tried: 0 }
    }
}

/// What becomes of a read and its connection.
pub enum Judged {
    /// It is done, and the connection is good.
    Sound,
    /// It is done, and the connection is not used again.
    Spoilt,
    /// Another connection may do it.
    Again,
}

impl Tries {
    /// Judges how a read ended.
    pub fn judge<T>(&mut self, done: &Result<T, StoreError>) -> Judged {
        self.tried += 1;
        match done.as_ref().map_err(Sign::sign) {
            Ok(_) | Err(Verdict::Sound) => Judged::Sound,
            Err(_) if self.tried < READ_TRIES && self.begun.elapsed() < UP_WAIT => Judged::Again,
            Err(_) => Judged::Spoilt,
        }
    }
}

/// `read!(link, lane, |conn| future)`: reads over a connection of the lane within the time a
/// read may take; a `Result` with a [`StoreError`]. A macro, since a closure that borrows both
/// its connection and what it asks for makes no future that other threads may carry on.
macro_rules! read {
    ($link:expr, $lane:expr, |$conn:ident| $work:expr) => {{
        let mut tries = $crate::store::postgres::link::Tries::default();
        loop {
            let mut held = match $link.take($lane).await {
                Ok(held) => held,
                Err(error) => break Err(error),
            };
            let within = held.within($crate::store::postgres::link::READ);
            let done = {
                let $conn: &mut sqlx::PgConnection = &mut held;
                within.run($work).await
            };
            match tries.judge(&done) {
                $crate::store::postgres::link::Judged::Sound => {
                    held.give_back();
                    break done;
                }
                $crate::store::postgres::link::Judged::Spoilt => break done,
                $crate::store::postgres::link::Judged::Again => {}
            }
        }
    }};
}

pub(in crate::store::postgres) use read;
