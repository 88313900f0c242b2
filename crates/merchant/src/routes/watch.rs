//! `GET /api/gopay/orders/{order_id}/events`: the status as server-sent events.
//!
//! Every event carries the whole status, and the first one comes at once: so nothing can be missed between two
//! connections, and a `Last-Event-ID` needs no answer of its own.
//!
//! Thousands watch at once, so a watcher is little: no task of its own, one timer, and an event that all watchers of the
//! order share. It is asked for its next piece by the connection that it is sent on, and ends with it. Nor does it have
//! Midtrans asked: whoever looks for lost notifications (`payments/reconcile.rs`) does that once for all.

use super::OpenedOrder;
use crate::merchant::Merchant;
use crate::openapi::ErrorBody;
use crate::problem::Problem;
use crate::status_board::{Wake, Watcher};
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
    params(("order_id" = String, Path, description = "The shop's order", pattern = "^[A-Za-z0-9_~.-]{1,50}$", example = "order-101")),
    security(("order_token" = [])),
    responses(
        (status = 200, body = String, content_type = "text/event-stream",
         description = "`event: status`, `data:` a PaymentAnswer, `id:`; the current status first; a comment every 10 s"),
        (status = 400, body = ErrorBody, description = "The body or the path cannot be read, or asks for what cannot be"),
        (status = 401, body = ErrorBody, description = "No token, or one that has expired"),
        (status = 403, body = ErrorBody, description = "Not this order's token"),
        (status = 404, body = ErrorBody, description = "No such order, or no charge of it yet"),
        (status = 408, description = "It took too long"),
        (status = 429, body = ErrorBody, description = "Too often; see Retry-After"),
        (status = 500, body = ErrorBody, description = "Our own trouble"),
        (status = 503, body = ErrorBody, description = "Busy, or Midtrans or the database cannot be asked; see Retry-After"),
    )
)]
pub(crate) async fn watch(
    State(merchant): State<Arc<Merchant>>,
    OpenedOrder(order_id): OpenedOrder,
) -> Result<impl IntoResponse, Problem> {
    // First watch, then look: whatever changes in between is noticed.
    let watcher = merchant.board.watch(&order_id);
    merchant.payments.read(&order_id).await?;
    let now = Instant::now();
    let (heartbeat, look_again) = (now + HEARTBEAT, now + merchant.look_again);
    let telling =
        Telling { merchant, order_id, watcher, told: None, is_due: true, is_over: false, heartbeat, look_again };
    let pieces = unfold(telling, |mut telling| async move {
        let piece = telling.next().await?;
        Some((Ok::<_, Infallible>(piece), telling))
    });
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((head, Body::from_stream(pieces)))
}

/// One watcher, and what it was told.
struct Telling {
    merchant: Arc<Merchant>,
    order_id: OrderId,
    watcher: Watcher,
    told: Option<(u32, i64)>,
    /// Whether there may be something new to tell.
    is_due: bool,
    is_over: bool,
    heartbeat: Instant,
    look_again: Instant,
}

impl Telling {
    /// The next event or comment, or `None`: after a final status, at the end of the process, or when nothing can be
    /// read. Losing the stream means asking, and the browser does that by itself.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.is_over {
            if std::mem::take(&mut self.is_due) {
                let reading = match self.merchant.payments.read(&self.order_id).await {
                    Ok(reading) => reading,
                    Err(why) => {
                        tracing::error!(%why, "a watcher cannot be told");
                        return None;
                    }
                };
                let known = reading.standing()?;
                if self.told != Some(known.id) {
                    (self.told, self.is_over) = (Some(known.id), known.is_final);
                    self.heartbeat = Instant::now() + HEARTBEAT;
                    if self.is_over {
                        // Nobody watches any more; another attempt may be open still.
                        self.merchant.payments.refresh_in_background(&self.order_id).await;
                    }
                    return Some(known.event.clone());
                }
            }
            tokio::select! {
                wake = self.watcher.next() => match wake {
                    Wake::Closed => return None,
                    Wake::Changed => self.is_due = true,
                },
                () = sleep_until(self.heartbeat.min(self.look_again)) => {
                    let now = Instant::now();
                    if self.look_again <= now {
                        self.look_again = now + self.merchant.look_again;
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
