//! `GET /api/gopay/orders/{order_id}/events`: the status as server-sent events.
//!
//! Every event carries the whole status, and the first one comes at once: so nothing can be missed between two
//! connections, and a `Last-Event-ID` needs no answer of its own.
//!
//! Thousands are open at once, so a push stream is small: no task of its own, one timer, and an event that all streams of
//! the order share. The connection polls it for its next piece, and drops it. It never polls Midtrans:
//! `payments/reconcile.rs` does that once for all.

use super::AuthorizedOrder;
use crate::backend::Merchant;
use crate::error::ApiError;
use crate::openapi::OrderErrors;
use crate::status_hub::Subscription;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use futures_util::stream::unfold;
use gopay_contract::OrderId;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Proxies cut what is silent, and the contract promises a comment at least every 15 s.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A comment: it says that the stream lives, and nothing else.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

#[utoipa::path(
    get,
    path = "/orders/{order_id}/events",
    tag = "widget",
    summary = "The same as server-sent events, until a final status",
    params(("order_id" = OrderId, Path, description = "The shop's order")),
    security(("order_token" = [])),
    responses(
        (status = 200, body = String, content_type = "text/event-stream",
         description = "`event: status`, `data:` an Answer, `id:`; the current status first; a comment every 10 s"),
        OrderErrors,
    )
)]
pub(crate) async fn events(
    State(merchant): State<Arc<Merchant>>,
    AuthorizedOrder(order_id): AuthorizedOrder,
) -> Result<impl IntoResponse, ApiError> {
    // First subscribe, then read: a change in between is noticed.
    let subscription = merchant.hub.subscribe(&order_id);
    merchant.payments.read(&order_id).await?;
    let now = Instant::now();
    let (heartbeat, stream_refresh) = (now + HEARTBEAT, now + merchant.stream_refresh);
    let stream = PushStream {
        merchant,
        order_id,
        subscription,
        sent: None,
        is_due: true,
        is_over: false,
        heartbeat,
        stream_refresh,
    };
    let pieces = unfold(stream, |mut stream| async move {
        let piece = stream.next().await?;
        Some((Ok::<_, Infallible>(piece), stream))
    });
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((head, Body::from_stream(pieces)))
}

/// One push stream.
struct PushStream {
    merchant: Arc<Merchant>,
    order_id: OrderId,
    subscription: Subscription,
    /// The status that was sent last.
    sent: Option<(u32, i64)>,
    /// True if there may be a new status.
    is_due: bool,
    is_over: bool,
    heartbeat: Instant,
    stream_refresh: Instant,
}

impl PushStream {
    /// Returns the next event or comment. `None` ends the stream: after a final status, when the process stops, or when the
    /// store cannot be read. The widget then polls.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.is_over {
            if std::mem::take(&mut self.is_due) {
                let entry = match self.merchant.payments.read(&self.order_id).await {
                    Ok(entry) => entry,
                    Err(why) => {
                        tracing::error!(%why, "a push stream ends: the status cannot be read");
                        return None;
                    }
                };
                let known = entry.payload()?;
                if self.sent != Some(known.id) {
                    (self.sent, self.is_over) = (Some(known.id), known.is_final);
                    self.heartbeat = Instant::now() + HEARTBEAT;
                    if self.is_over {
                        // This stream ends; another attempt may still be open.
                        self.merchant.payments.refresh_in_background(&self.order_id).await;
                    }
                    return Some(known.event.clone());
                }
            }
            tokio::select! {
                biased;
                () = self.merchant.background.shutdown().streams_end() => return None,
                () = self.subscription.changed() => self.is_due = true,
                () = sleep_until(self.heartbeat.min(self.stream_refresh)) => {
                    let now = Instant::now();
                    if self.stream_refresh <= now {
                        self.stream_refresh = now + self.merchant.stream_refresh;
                        self.is_due = true;
                    }
                    if self.heartbeat <= now {
                        self.heartbeat = now + HEARTBEAT;
                        return Some(COMMENT);
                    }
                }
            }
        }
        None
    }
}
