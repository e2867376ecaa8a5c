//! Many short lists in one piece of memory.

/// Lists of `T`, one after the other.
#[derive(Debug, Clone)]
pub struct Arena<T> {
    items: Vec<T>,
    ends: Vec<u32>,
}

impl<T: Copy> Arena<T> {
    /// An empty arena with room for `lists` lists of `each` items.
    #[must_use]
    pub fn with_capacity(lists: usize, each: usize) -> Self {
        Self { items: Vec::with_capacity(lists * each), ends: Vec::with_capacity(lists) }
    }

    /// Adds a list.
    pub fn push(&mut self, list: &[T]) {
        self.items.extend_from_slice(list);
        self.ends.push(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
    }

    /// Number of lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The list at `at`; empty past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, at: usize) -> &[T] {
        let Some(&end) = self.ends.get(at) else {
            return &[];
        };
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        self.items.get(from as usize..end as usize).unwrap_or(&[])
    }

    /// Gives back the room not used.
    pub fn shrink(&mut self) {
        self.items.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.items.capacity() * size_of::<T>() + self.ends.capacity() * size_of::<u32>()
    }
}
