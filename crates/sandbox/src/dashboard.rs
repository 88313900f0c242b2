//! `/`: the dashboard. Every transaction with buttons, every notification with request and answer, the clock, the
//! faults, the switches. It is written here, as HTML; a small script only fetches it again when something has changed.

mod buttons;
mod fault_form;
mod rows;

pub(crate) use buttons::{
    act, add_fault, advance_clock, begin_chaos, clear_faults, end_chaos, notification_url, refund, remove_fault,
    resend, switch, test_notification,
};

use crate::{lock, page, sandbox::Sandbox};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Redirect, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use rows::{AppliedRow, AttemptRow, FaultRow, Row, SwitchRow};
use serde::Deserialize;
use std::{convert::Infallible, sync::Arc};
use tokio_stream::{StreamExt, wrappers::WatchStream};

/// Maximum number of transactions, and of notifications, on the page; older ones are found by filtering.
const SHOWN: usize = 50;

/// Content security policy: nothing from elsewhere, and no script but the page's own. Should a text of a shop ever be
/// taken for markup, it still runs nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    /// The base of relative links: `./`, or `../` from a page that answers a button.
    base: &'static str,
    public_url: String,
    now: String,
    now_millis: u64,
    ahead: Option<String>,
    filter: String,
    problem: Option<String>,
    done: Option<&'static str>,
    rows: Vec<Row>,
    more_rows: usize,
    notification_url: String,
    attempts: Vec<AttemptRow>,
    more_attempts: usize,
    chaos: Option<String>,
    faults: Vec<FaultRow>,
    fault_names: Vec<String>,
    places: Vec<&'static str>,
    applied: Vec<AppliedRow>,
    switches: Vec<SwitchRow>,
}

/// The page's query.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageQuery {
    /// Filter: a part of the order's id.
    order_id: String,
    /// The result of the last button.
    done: Option<Done>,
}

/// Result of a button, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Done {
    Paid,
    Failed,
    Ended,
    Refunded,
    ClockMoved,
    Sent,
    TestAccepted,
    Changed,
}

impl Done {
    fn name(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Ended => "ended",
            Self::Refunded => "refunded",
            Self::ClockMoved => "clock_moved",
            Self::Sent => "sent",
            Self::TestAccepted => "test_accepted",
            Self::Changed => "changed",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Paid => "Paid.",
            Self::Failed => {
                "The payment attempt failed. The transaction stays pending and no notification is sent, as at Midtrans."
            }
            Self::Ended => "Ended.",
            Self::Refunded => "Refunded. The bank's confirmation follows in a second notification.",
            Self::ClockMoved => "The clock was moved.",
            Self::Sent => "Sent again.",
            Self::TestAccepted => "Test notification: Success. The answer's HTTP status was 200.",
            Self::Changed => "Changed.",
        }
    }
}

/// `GET /`
pub(crate) async fn show(State(sandbox): State<Arc<Sandbox>>, Query(query): Query<PageQuery>) -> Response {
    render(StatusCode::OK, &Dashboard::of(&sandbox, &query.order_id, "./", query.done, None))
}

/// Answers a button: redirects to the page, which shows the result, or shows the error. `filter` stays.
fn answer(sandbox: &Sandbox, filter: &str, result: Result<Done, String>) -> Response {
    match result {
        Ok(done) => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("order_id", filter)
                .append_pair("done", done.name())
                .finish();
            // Relative: a public URL may have a path of its own.
            Redirect::to(&format!("../?{query}")).into_response()
        }
        Err(problem) => {
            tracing::info!(problem, "a button did nothing");
            render(StatusCode::CONFLICT, &Dashboard::of(sandbox, filter, "../", None, Some(problem)))
        }
    }
}

fn render(status: StatusCode, dashboard: &Dashboard) -> Response {
    let mut response = page(status, dashboard);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

impl Dashboard {
    fn of(sandbox: &Sandbox, filter: &str, base: &'static str, done: Option<Done>, problem: Option<String>) -> Self {
        let filter = filter.trim();
        let (mut rows, switches) = sandbox.with_ledger(|ledger, _| {
            let rows: Vec<_> = ledger
                .transactions()
                .iter()
                .rev()
                .filter(|transaction| transaction.charge.order_id.as_str().contains(filter))
                .map(Row::of)
                .collect();
            (rows, SwitchRow::all(&ledger.behaviour))
        });
        let more_rows = rows.len().saturating_sub(SHOWN);
        rows.truncate(SHOWN);
        let (attempts, more_attempts) = sandbox.notifier.with_queue(|queue| {
            let mut wanted = queue.attempts().iter().rev().filter(|made| made.notification.order_id.contains(filter));
            let shown: Vec<_> = wanted.by_ref().take(SHOWN).map(AttemptRow::of).collect();
            (shown, wanted.count())
        });
        let faults = lock(&sandbox.faults);
        let now = sandbox.clock.now();
        Self {
            base,
            public_url: sandbox.public_url().to_owned(),
            now: now.jakarta().to_string(),
            now_millis: now.unix_millis,
            ahead: rows::ahead(sandbox.clock.ahead_millis()),
            filter: filter.to_owned(),
            problem,
            done: done.map(Done::text),
            rows,
            more_rows,
            notification_url: sandbox.notification_url().unwrap_or_default(),
            attempts,
            more_attempts,
            chaos: faults.chaos().map(rows::chaos),
            faults: faults.list().iter().map(FaultRow::of).collect(),
            fault_names: fault_form::names(),
            places: fault_form::places(),
            applied: AppliedRow::last(&faults, filter),
            switches,
        }
    }
}

/// `GET /sandbox/dashboard.css`
pub(crate) async fn stylesheet() -> Response {
    file("text/css; charset=utf-8", include_str!("../assets/dashboard.css"))
}

/// `GET /sandbox/dashboard.js`
pub(crate) async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("../assets/dashboard.js"))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

/// Sends the number of changes so far; the page is then fetched again.
pub(crate) async fn changes(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let counts = WatchStream::new(sandbox.changes.listen()).map_while(|count| count);
    let events = counts.map(|count| Ok::<_, Infallible>(Event::default().event("changed").data(count.to_string())));
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}
