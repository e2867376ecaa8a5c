//! What a desk and its channel share: the frame that is on its way, the size of the terminal
//! at the other end, and when a key was last pressed there.
//!
//! A frame is handed over whole and written piece by piece as the client takes it. Until it
//! is out there is no other: a client that stops reading holds one frame and delays nobody.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How many bytes may wait behind a frame: a clipboard's text or two, and the end of a desk.
const MAX_WAITING_BYTES: usize = 64 * 1024;

/// The columns and rows of a client that does not say how large its terminal is.
const USUAL: Size = Size { columns: 80, rows: 24 };
/// The largest terminal that is drawn on; of a larger one, the part at the upper left.
const LARGEST: Size = Size { columns: 400, rows: 150 };

/// How large a terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub columns: u16,
    pub rows: u16,
}

impl Size {
    /// What a client says of its terminal.
    pub(super) fn told(columns: u32, rows: u32) -> Self {
        if columns == 0 || rows == 0 {
            return USUAL;
        }
        let within = |told: u32, most: u16| u16::try_from(told).unwrap_or(most).min(most);
        Self { columns: within(columns, LARGEST.columns), rows: within(rows, LARGEST.rows) }
    }
}

/// Both ends hold it.
#[derive(Clone)]
pub(super) struct Line {
    inner: Arc<Inner>,
}

struct Inner {
    /// What is to be written next.
    next: Mutex<Vec<u8>>,
    /// Whether something is on its way.
    busy: AtomicBool,
    begun: Notify,
    done: Notify,
    size: Mutex<Size>,
    /// Whether the desk has not learnt of the size yet.
    resized: AtomicBool,
    key_at: Mutex<Instant>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    pub(super) fn new(size: Size) -> Self {
        Self {
            inner: Arc::new(Inner {
                next: Mutex::default(),
                busy: AtomicBool::new(false),
                begun: Notify::new(),
                done: Notify::new(),
                size: Mutex::new(size),
                resized: AtomicBool::new(false),
                key_at: Mutex::new(Instant::now()),
            }),
        }
    }

    /// How large the terminal is now. Whoever asks has learnt of it.
    pub(super) fn size(&self) -> Size {
        self.inner.resized.store(false, Ordering::Release);
        *lock(&self.inner.size)
    }

    /// The terminal has another size; says whether the desk must be told. However many sizes
    /// come before the desk has taken one, it is told once.
    pub(super) fn resize(&self, size: Size) -> bool {
        *lock(&self.inner.size) = size;
        !self.inner.resized.swap(true, Ordering::AcqRel)
    }

    /// Something was typed now.
    pub(super) fn typed(&self) {
        *lock(&self.inner.key_at) = Instant::now();
    }

    /// When something was last typed.
    pub(super) fn typed_at(&self) -> Instant {
        *lock(&self.inner.key_at)
    }

    /// Whether nothing is on its way.
    pub(super) fn is_free(&self) -> bool {
        !self.inner.busy.load(Ordering::Acquire)
    }

    /// Waits until nothing is on its way. Nothing is lost where the future is dropped.
    pub(super) async fn freed(&self) {
        while !self.is_free() {
            self.inner.done.notified().await;
        }
    }

    /// Adds to what is written next, which [`Self::send`] then sends; says how much that is.
    pub(super) fn add(&self, bytes: &[u8]) -> usize {
        let mut next = lock(&self.inner.next);
        next.extend_from_slice(bytes);
        next.len()
    }

    /// Whether anything small may still be added behind what is on its way.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.is_free() || lock(&self.inner.next).len() + bytes <= MAX_WAITING_BYTES
    }

    /// Sends what was added.
    pub(super) fn send(&self) {
        self.inner.busy.store(true, Ordering::Release);
        self.inner.begun.notify_one();
    }

    /// Writes what is sent, as the client takes it.
    ///
    /// # Errors
    /// The client is gone.
    pub(super) async fn carry(&self, mut client: impl AsyncWrite + Unpin) -> io::Result<()> {
        let mut bytes = Vec::new();
        loop {
            self.inner.begun.notified().await;
            loop {
                bytes.clear();
                std::mem::swap(&mut bytes, &mut *lock(&self.inner.next));
                if bytes.is_empty() {
                    break;
                }
                client.write_all(&bytes).await?;
            }
            self.inner.busy.store(false, Ordering::Release);
            self.inner.done.notify_one();
        }
    }
}

/// What a frame is drawn into.
pub(super) struct Page(pub Line);

impl io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.add(bytes);
        Ok(bytes.len())
    }

    /// A frame is sent when it is whole, and not when a part of it is.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn a_terminal_without_a_size_has_the_usual_one_and_none_is_without_bounds() {
        assert_eq!(Size::told(0, 0), USUAL);
        assert_eq!(Size::told(120, 0), USUAL);
        assert_eq!(Size::told(100, 28), Size { columns: 100, rows: 28 });
        assert_eq!(Size::told(1, 1), Size { columns: 1, rows: 1 });
        assert_eq!(Size::told(u32::MAX, 65_535), LARGEST);
    }

    #[test]
    fn a_storm_of_sizes_is_told_once() {
        let line = Line::new(USUAL);
        assert!(line.resize(Size { columns: 81, rows: 24 }));
        for columns in 82..200 {
            assert!(!line.resize(Size { columns, rows: 24 }));
        }
        assert_eq!(line.size(), Size { columns: 199, rows: 24 });
        assert!(line.resize(USUAL));
    }

    #[tokio::test]
    async fn a_frame_is_on_its_way_until_the_client_has_taken_all_of_it() {
        let line = Line::new(USUAL);
        let (mut client, channel) = tokio::io::duplex(4);
        let carrier = line.clone();
        let carried = tokio::spawn(async move { carrier.carry(channel).await });
        line.add(b"a whole ");
        line.add(b"frame");
        line.send();
        let mut taken = vec![0; 8];
        client.read_exact(&mut taken).await.expect("read");
        assert!(!line.is_free(), "the rest of it waits");
        line.add(b", and more");
        line.send();
        taken.resize("a whole frame, and more".len(), 0);
        client.read_exact(&mut taken[8..]).await.expect("read");
        line.freed().await;
        assert_eq!(taken, b"a whole frame, and more");
        drop(client);
        line.add(b"gone");
        line.send();
        assert!(carried.await.expect("it ran").is_err());
    }
}
