//! So many at once, each client counted.

use super::Client;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places that are taken and given back.
#[derive(Clone, Debug)]
pub(crate) struct Seats {
    in_all: Option<NonZeroU32>,
    per_client: Option<NonZeroU32>,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: u32,
    by: HashMap<Client, u32>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    client: Client,
    taken: Arc<Mutex<Taken>>,
}

impl Seats {
    /// So many for everybody together and for each client; `None` is no limit.
    pub(crate) fn new(in_all: Option<NonZeroU32>, per_client: Option<NonZeroU32>) -> Self {
        Self { in_all, per_client, taken: Arc::default() }
    }

    /// A place, if there is one for this client.
    pub(crate) fn take(&self, client: Client) -> Option<Seat> {
        let mut taken = lock(&self.taken);
        let of_client = taken.by.get(&client).copied().unwrap_or(0);
        let is_below = |count: u32, most: Option<NonZeroU32>| most.is_none_or(|most| count < most.get());
        if !is_below(taken.in_all, self.in_all) || !is_below(of_client, self.per_client) {
            return None;
        }
        taken.in_all += 1;
        taken.by.insert(client, of_client + 1);
        Some(Seat { client, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.in_all -= 1;
        if let Some(count) = taken.by.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                taken.by.remove(&self.client);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Client = Client::V6Network(1);
    const OTHER: Client = Client::V6Network(2);

    #[test]
    fn a_client_takes_no_more_than_its_own_and_a_seat_left_is_free_again() {
        let seats = Seats::new(NonZeroU32::new(3), NonZeroU32::new(2));
        let (first, second) = (seats.take(ONE), seats.take(ONE));
        assert!(first.is_some() && second.is_some());
        assert!(seats.take(ONE).is_none());
        let third = seats.take(OTHER);
        assert!(third.is_some());
        assert!(seats.take(OTHER).is_none(), "three in all");
        drop(first);
        assert!(seats.take(ONE).is_some());
        drop((second, third));
        assert!(lock(&seats.taken).by.is_empty(), "whoever has left is not remembered");
    }
}
