//! How many may come in: in all, from one address, and how many may wait to be signed in.
//! Who floods the waiting places takes them from nobody but the flooder.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::address::neighbourhood;
use crate::config::ServeSettings;

/// Why somebody does not get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Every desk is taken.
    Desks,
    /// There are as many connections from this address as there may be.
    Address,
    /// Too many wait to be signed in, none of them from an address with more than this one.
    Waiting,
}

/// Somebody who has not signed in yet.
struct Waiting {
    address: IpAddr,
    leave: Arc<Notify>,
}

#[derive(Default)]
struct Inside {
    next: u64,
    /// Oldest first.
    waiting: BTreeMap<u64, Waiting>,
    desks: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Inside {
    fn waiting_from(&self, address: IpAddr) -> usize {
        self.waiting.values().filter(|waiting| waiting.address == address).count()
    }

    /// The address that more wait from than from any other, and how many.
    fn most_waiting(&self) -> Option<(IpAddr, usize)> {
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        for waiting in self.waiting.values() {
            *counts.entry(waiting.address).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(_, count)| *count)
    }
}

/// The doors of one server.
#[derive(Clone)]
pub struct Doors {
    inside: Arc<Mutex<Inside>>,
    max_desks: usize,
    max_per_address: usize,
    max_waiting: usize,
}

impl Doors {
    /// As wide as the settings say.
    #[must_use]
    pub fn new(settings: &ServeSettings) -> Self {
        Self {
            inside: Arc::default(),
            max_desks: settings.max_desks,
            max_per_address: settings.max_desks_per_address,
            max_waiting: settings.max_waiting,
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every desk is taken now.
    #[must_use]
    pub fn are_full(&self) -> bool {
        self.inside().desks >= self.max_desks
    }

    /// Lets a connection wait to be signed in. Where all waiting places are taken, one from
    /// the address that has most of them must leave for it, the oldest, unless that address
    /// is its own.
    ///
    /// # Errors
    /// [`Full::Address`] or [`Full::Waiting`].
    pub fn enter(&self, from: IpAddr) -> Result<Place, Full> {
        let address = neighbourhood(from);
        let mut inside = self.inside();
        if inside.by_address.get(&address).is_some_and(|count| *count >= self.max_per_address) {
            return Err(Full::Address);
        }
        if inside.waiting.len() >= self.max_waiting {
            let own = inside.waiting_from(address);
            let (crowd, count) = inside.most_waiting().ok_or(Full::Waiting)?;
            if count <= own + 1 {
                return Err(Full::Waiting);
            }
            let oldest = inside.waiting.iter().find(|(_, waiting)| waiting.address == crowd);
            if let Some(oldest) = oldest.map(|(id, _)| *id)
                && let Some(gone) = inside.waiting.remove(&oldest)
            {
                gone.leave.notify_one();
            }
        }
        let id = inside.next;
        inside.next += 1;
        let leave = Arc::new(Notify::new());
        inside.waiting.insert(id, Waiting { address, leave: Arc::clone(&leave) });
        *inside.by_address.entry(address).or_default() += 1;
        Ok(Place { doors: self.clone(), id, address, leave, seated: Mutex::new(false) })
    }
}

/// One connection's place; dropping it frees it.
pub struct Place {
    doors: Doors,
    id: u64,
    address: IpAddr,
    leave: Arc<Notify>,
    seated: Mutex<bool>,
}

impl Place {
    /// Which connection it is, counted from the start of the server.
    pub(super) const fn id(&self) -> u64 {
        self.id
    }

    /// Whoever waited here has signed in and takes a desk.
    ///
    /// # Errors
    /// [`Full::Desks`], or [`Full::Waiting`] where the place was given away meanwhile.
    pub fn sit_down(&self) -> Result<(), Full> {
        let mut seated = self.seated.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inside = self.doors.inside();
        if *seated {
            return Ok(());
        }
        if inside.desks >= self.doors.max_desks {
            return Err(Full::Desks);
        }
        if inside.waiting.remove(&self.id).is_none() {
            return Err(Full::Waiting);
        }
        inside.desks += 1;
        *seated = true;
        Ok(())
    }

    /// Waits until the place is given to somebody else.
    pub async fn given_away(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let seated = *self.seated.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut inside = self.doors.inside();
        if seated {
            inside.desks = inside.desks.saturating_sub(1);
        } else {
            inside.waiting.remove(&self.id);
        }
        if let Some(count) = inside.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                inside.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn doors(desks: usize, per_address: usize, waiting: usize) -> Doors {
        Doors::new(&ServeSettings {
            max_desks: desks,
            max_desks_per_address: per_address,
            max_waiting: waiting,
            ..ServeSettings::default()
        })
    }

    fn from(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    async fn must_leave(place: &Place) -> bool {
        tokio::time::timeout(Duration::ZERO, place.given_away()).await.is_ok()
    }

    #[test]
    fn a_desk_that_is_left_is_free_for_the_next() {
        let doors = doors(1, 10, 10);
        let first = doors.enter(from(1)).expect("room");
        let second = doors.enter(from(2)).expect("room");
        assert_eq!(first.sit_down(), Ok(()));
        assert_eq!(first.sit_down(), Ok(()), "once is enough");
        assert!(doors.are_full());
        assert_eq!(second.sit_down(), Err(Full::Desks));
        drop(first);
        assert_eq!(second.sit_down(), Ok(()));
        drop(second);
        assert!(!doors.are_full());
        assert!(doors.inside().by_address.is_empty(), "nobody is remembered");
    }

    #[test]
    fn one_address_has_only_so_many_connections() {
        let doors = doors(10, 2, 10);
        let first = doors.enter(from(1)).expect("room");
        let _second = doors.enter(from(1)).expect("room");
        assert_eq!(doors.enter(from(1)).err(), Some(Full::Address));
        assert!(doors.enter(from(2)).is_ok());
        drop(first);
        assert!(doors.enter(from(1)).is_ok());
    }

    #[tokio::test]
    async fn a_flood_from_one_address_takes_no_place_from_others() {
        let doors = doors(10, 100, 4);
        let flood: Vec<Place> = (0..4).map(|_| doors.enter(from(9)).expect("room")).collect();
        assert_eq!(doors.enter(from(9)).err(), Some(Full::Waiting), "the flooder waits outside");
        let other = doors.enter(from(1)).expect("the oldest of the flood makes room");
        assert!(must_leave(&flood[0]).await && !must_leave(&flood[1]).await);
        assert_eq!(flood[0].sit_down(), Err(Full::Waiting), "too late");
        drop(flood);
        assert_eq!(other.sit_down(), Ok(()));
    }

    #[tokio::test]
    async fn where_everybody_has_one_place_nobody_is_sent_away_for_another() {
        let doors = doors(10, 100, 2);
        let first = doors.enter(from(1)).expect("room");
        let _second = doors.enter(from(2)).expect("room");
        assert_eq!(doors.enter(from(3)).err(), Some(Full::Waiting));
        assert!(!must_leave(&first).await);
    }
}
