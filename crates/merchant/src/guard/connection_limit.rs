//! Concurrency limit, in total and per client: for connections, and for push streams.

use super::Client;
use crate::lock;
use axum::body::{Body, Bytes};
use axum::response::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// The `Retry-After` of a client that has too many streams: until it can have closed one.
pub(super) const STREAM_RETRY_AFTER: Duration = Duration::from_secs(10);

/// A pool of permits.
#[derive(Clone, Debug)]
pub(crate) struct Permits {
    in_all: Option<NonZeroU32>,
    per_client: Option<NonZeroU32>,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: u32,
    by: HashMap<Client, u32>,
}

/// A permit, released when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    client: Client,
    taken: Arc<Mutex<Taken>>,
}

impl Permits {
    /// A pool with so many permits in total and for each client; `None` is no limit.
    pub(crate) fn new(in_all: Option<NonZeroU32>, per_client: Option<NonZeroU32>) -> Self {
        Self { in_all, per_client, taken: Arc::default() }
    }

    /// Takes a permit, if there is one for this client.
    pub(crate) fn take(&self, client: Client) -> Option<Permit> {
        let mut taken = lock(&self.taken);
        let of_client = taken.by.get(&client).copied().unwrap_or(0);
        let is_below = |count: u32, most: Option<NonZeroU32>| most.is_none_or(|most| count < most.get());
        if !is_below(taken.in_all, self.in_all) || !is_below(of_client, self.per_client) {
            return None;
        }
        taken.in_all += 1;
        taken.by.insert(client, of_client + 1);
        Some(Permit { client, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Permit {
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

/// Ends a push stream after `age`, and releases its permit when the stream ends or the client goes.
pub(super) fn limit_age(response: Response, permit: Option<Permit>, age: Duration) -> Response {
    response.map(|body| Body::new(LimitedStream { body, age: Box::pin(sleep(age)), _permit: permit }))
}

struct LimitedStream {
    body: Body,
    age: Pin<Box<Sleep>>,
    _permit: Option<Permit>,
}

impl HttpBody for LimitedStream {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Between two events, so never within one.
        if self.age.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Client = Client::V6Network(1);
    const OTHER: Client = Client::V6Network(2);

    #[test]
    fn a_client_takes_no_more_than_its_own_and_a_permit_that_is_released_is_free_again() {
        let permits = Permits::new(NonZeroU32::new(3), NonZeroU32::new(2));
        let (first, second) = (permits.take(ONE), permits.take(ONE));
        assert!(first.is_some() && second.is_some());
        assert!(permits.take(ONE).is_none());
        let third = permits.take(OTHER);
        assert!(third.is_some());
        assert!(permits.take(OTHER).is_none(), "three in all");
        drop(first);
        assert!(permits.take(ONE).is_some());
        drop((second, third));
        assert!(lock(&permits.taken).by.is_empty(), "whoever has left is not remembered");
    }
}
