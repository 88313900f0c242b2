//! `GET /api/gopay/orders/{order_id}/events`: the status as server-sent events.
//!
//! Every event carries the whole status, and the first one comes at once: so nothing can be missed between two
//! connections, and a `Last-Event-ID` needs no answer of its own.

use super::OpenedOrder;
use crate::merchant::Merchant;
use crate::orders::{Order, Transaction};
use crate::problem::Problem;
use crate::status_board::{Wake, Watcher};
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use gopay_contract::OrderId;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument as _;

/// Proxies cut what is silent, and the contract promises a comment at least every 15 s.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How often a watcher looks by itself, in case a notification was lost or came to another process.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

type Events = mpsc::Sender<Result<Event, Infallible>>;

pub(crate) async fn watch(
    State(merchant): State<Arc<Merchant>>,
    OpenedOrder(order_id): OpenedOrder,
) -> Result<impl IntoResponse, Problem> {
    // First watch, then look: whatever changes in between is noticed.
    let watcher = merchant.board.watch(&order_id);
    let order = merchant.orders.find(&order_id).await?.ok_or(Problem::NoTransaction)?;
    order.deciding().ok_or(Problem::NoTransaction)?;
    let (events, stream) = mpsc::channel(4);
    tokio::spawn(tell(merchant, order_id, watcher, order, events).in_current_span());
    Ok(Sse::new(ReceiverStream::new(stream)).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// Tells a watcher of every change, until a final status, the end of the process, or its own leaving.
async fn tell(merchant: Arc<Merchant>, order_id: OrderId, mut watcher: Watcher, mut order: Order, events: Events) {
    let mut look_again = interval(LOOK_AGAIN);
    look_again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = None;
    loop {
        if let Some(known) = order.deciding() {
            let id = event_id(known);
            if told.as_ref() != Some(&id) {
                let Ok(event) = Event::default().event("status").id(&id).json_data(&known.status) else { return };
                if events.send(Ok(event)).await.is_err() {
                    return;
                }
                told = Some(id);
            }
            if known.transaction_status.is_final() {
                return;
            }
        }
        tokio::select! {
            () = events.closed() => return,
            wake = watcher.next() => match wake {
                Wake::Closed => return,
                Wake::Changed => {}
            },
            // Midtrans may be slow, and a notification must not wait for it: what it says comes over the board.
            _ = look_again.tick() => ask_behind(&merchant, &order_id),
        }
        match merchant.orders.find(&order_id).await {
            Ok(Some(now)) => order = now,
            // Losing the stream means asking: the browser does that by itself.
            Ok(None) => return,
            Err(why) => return tracing::error!(why = format!("{why:#}"), "a watcher cannot be told"),
        }
    }
}

/// Asks Midtrans how it stands, if that is due, without waiting for it.
fn ask_behind(merchant: &Arc<Merchant>, order_id: &OrderId) {
    let (merchant, order_id) = (Arc::clone(merchant), order_id.clone());
    let ask = async move {
        if let Err(problem) = merchant.cashier.look_at(&order_id).await {
            tracing::error!(why = %problem, "a watched order cannot be looked at");
        }
    };
    tokio::spawn(ask.in_current_span());
}

/// Attempt and version: another one means another status.
fn event_id(known: &Transaction) -> String {
    format!("{}.{}", known.attempt, known.version)
}
