//! A status stream that holds its client's place, and ends when it is old.

use super::Seat;
use axum::body::{Body, Bytes};
use axum::response::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// What a client that has too many streams is told to wait: until it can have closed one.
pub(super) const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Ends the body after `age`, and gives the seat back when the body ends or the client goes.
pub(super) fn hold(response: Response, seat: Option<Seat>, age: Duration) -> Response {
    response.map(|body| Body::new(HeldStream { body, old: Box::pin(sleep(age)), _seat: seat }))
}

struct HeldStream {
    body: Body,
    old: Pin<Box<Sleep>>,
    _seat: Option<Seat>,
}

impl HttpBody for HeldStream {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Between two events, so never within one.
        if self.old.as_mut().poll(context).is_ready() {
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
