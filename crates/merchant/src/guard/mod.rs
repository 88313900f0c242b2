//! Who may ask, how often, and how many at once. What they may ask *about* is the order token's business.
//!
//! A client is an address ([`Client`]). It has a budget for each kind of request, which refills all the time; whoever
//! has spent it is answered 429 with `Retry-After`, and nothing is asked, charged or written. Whoever knocks too often,
//! at too many doors at once or too slowly costs a table entry, and of those there are only so many.

mod budget;
mod client;
mod operator_door;
mod origin;
pub(crate) mod policy;
mod seats;
mod stream;

pub(crate) use client::Client;
pub(crate) use operator_door::OperatorDoor;
pub(crate) use origin::{is_of_a_form, named_by_address, own_pages};
pub(crate) use seats::{Seat, Seats};

use crate::problem::Problem;
use crate::settings::LimitSettings;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use budget::Budget;
use gopay_contract::OrderId;
use std::sync::{Arc, Once};
use std::time::Duration;

/// What is asked for; each has a budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A charge, or its end.
    Charge,
    /// A status, or a stream of them.
    Status,
    /// A new order at the demo shop.
    Order,
    /// Midtrans tells, or somebody who says so.
    Notification,
}

/// The limits of this process.
pub(crate) struct Guard {
    trusted_proxies: u32,
    charges: Budget<Client>,
    charges_per_order: Budget<OrderId>,
    statuses: Budget<Client>,
    orders: Budget<Client>,
    notifications: Budget<Client>,
    streams: Seats,
    stream_age: Duration,
    peers_unknown: Once,
}

impl Guard {
    /// A guard with nothing spent yet.
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        let rates = &settings.rates;
        Self {
            trusted_proxies: settings.trusted_proxies,
            charges: Budget::per_minute(rates.charges),
            charges_per_order: Budget::per_minute(rates.charges_per_order),
            statuses: Budget::per_minute(rates.statuses),
            orders: Budget::per_minute(rates.orders),
            notifications: Budget::per_minute(rates.notifications),
            streams: Seats::new(None, settings.streams_per_client),
            stream_age: settings.stream_age,
            peers_unknown: Once::new(),
        }
    }

    /// Whoever sent this request. A request without an address came through a server that tells none; then there is nobody
    /// to count against. In one budget for all together, one client could spend everybody's.
    fn client(&self, request: &Request) -> Option<Client> {
        let client = Client::of(request, self.trusted_proxies);
        if client.is_none() {
            self.peers_unknown.call_once(|| {
                tracing::error!(
                    "requests come without their peer's address, so no limit per client holds: serve the app with \
                     into_make_service_with_connect_info::<SocketAddr>()"
                );
            });
        }
        client
    }

    fn admits(&self, asked: Asked, client: Client) -> Result<(), Problem> {
        let budget = match asked {
            Asked::Charge => &self.charges,
            Asked::Status => &self.statuses,
            Asked::Order => &self.orders,
            Asked::Notification => &self.notifications,
        };
        budget.spend(client).map_err(|retry_after| Problem::TooMany { retry_after })
    }

    /// Counts a charge or a cancel of this order. To be called once the order token has opened it: strangers spend nothing
    /// of an order's budget.
    pub(crate) fn admits_charge_of(&self, order_id: &OrderId) -> Result<(), Problem> {
        self.charges_per_order.spend(order_id.clone()).map_err(|retry_after| Problem::TooMany { retry_after })
    }
}

/// Answers 429 in the route's place when the client's budget for it is spent.
pub(crate) async fn limit(State((guard, asked)): State<(Arc<Guard>, Asked)>, request: Request, next: Next) -> Response {
    let admitted = guard.client(&request).map_or(Ok(()), |client| guard.admits(asked, client));
    match admitted {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Hides a route from everybody but this machine: nothing is there for others.
pub(crate) async fn this_machine_alone(request: Request, next: Next) -> Response {
    if client::is_from_this_machine(&request) { next.run(request).await } else { Problem::NoRoute.into_response() }
}

/// Lets a client hold so many streams, and each of them grow so old.
pub(crate) async fn seat(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let seat = match guard.client(&request).map(|client| guard.streams.take(client)) {
        Some(None) => return Problem::TooMany { retry_after: stream::ASK_AGAIN }.into_response(),
        Some(Some(seat)) => Some(seat),
        None => None,
    };
    let response = next.run(request).await;
    if response.status().is_success() { stream::hold(response, seat, guard.stream_age) } else { response }
}
