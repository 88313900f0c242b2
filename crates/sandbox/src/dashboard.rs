//! `/`: the dashboard. Every transaction with buttons; one of them on a phone, with its timeline; every notification with
//! request and answer, the clock, the faults, the switches. It is written here, as HTML; a small script only fetches it again
//! when something has changed.

mod forms;
mod rows;
mod timeline;
mod view;

pub(crate) use forms::{
    act, add_fault, advance_clock, begin_chaos, clear_faults, end_chaos, notification_url, refund, remove_fault,
    resend, switch, test_notification,
};
pub(crate) use timeline::{ActivityLog, Event as ActivityEvent};

use crate::{ledger::Transaction, lock, page, sandbox::Sandbox};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Redirect, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use forms::FaultChoice;
use rows::{AppliedRow, AttemptRow, FaultRow, Row, Selected, SwitchRow};
use serde::Deserialize;
use std::{convert::Infallible, sync::Arc};
use tokio_stream::{StreamExt, wrappers::WatchStream};
use view::{Language, View};

/// Maximum number of transactions, and of notifications, on the page; older ones are found by filtering.
const SHOWN: usize = 50;

/// Content security policy: nothing from elsewhere, and no script but the page's own. Should a text of a shop ever be
/// taken for markup, it still runs nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      frame-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    /// The base of relative links: `./`, or `../` from a page that answers a button.
    base: &'static str,
    language: Language,
    /// The query that buttons and links keep.
    query: String,
    /// Links to this page in each language.
    in_english: String,
    in_indonesian: String,
    /// The language of the query, if it names one.
    asked_language: Option<&'static str>,
    /// The transaction that was chosen for the phone; empty for the newest.
    phone: String,
    /// Link to this page with the newest transaction on the phone.
    newest: String,
    selected: Option<Selected>,
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
    fault_choices: Vec<FaultChoice>,
    places: Vec<&'static str>,
    applied: Vec<AppliedRow>,
    switches: Vec<SwitchRow>,
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

    fn text(self, language: Language) -> &'static str {
        match self {
            Self::Paid => language.pick("Paid.", "Sudah dibayar."),
            Self::Failed => language.pick(
                "The payment attempt failed. The transaction stays pending and no notification is sent, as at Midtrans.",
                "Pembayaran gagal. Transaksi tetap pending dan tidak ada notifikasi, seperti di Midtrans.",
            ),
            Self::Ended => language.pick("Ended.", "Transaksi diakhiri."),
            Self::Refunded => language.pick(
                "Refunded. The bank's confirmation follows in a second notification.",
                "Dana dikembalikan. Konfirmasi bank menyusul di notifikasi kedua.",
            ),
            Self::ClockMoved => language.pick("The clock was moved.", "Jam dimajukan."),
            Self::Sent => language.pick("Sent again.", "Dikirim ulang."),
            Self::TestAccepted => language.pick(
                "Test notification: Success. The answer's HTTP status was 200.",
                "Notifikasi uji: Success. Status HTTP jawabannya 200.",
            ),
            Self::Changed => language.pick("Changed.", "Tersimpan."),
        }
    }
}

/// `GET /`
pub(crate) async fn show(State(sandbox): State<Arc<Sandbox>>, view: View) -> Response {
    render(StatusCode::OK, &Dashboard::of(&sandbox, &view, "./", None))
}

/// Answers a button: redirects to the page, which shows the result, or shows the error. The view stays.
fn answer(sandbox: &Sandbox, view: &View, result: Result<Done, String>) -> Response {
    match result {
        // Relative: a public URL may have a path of its own.
        Ok(done) => Redirect::to(&format!("../{}", view.query_after(done))).into_response(),
        Err(problem) => {
            tracing::info!(problem, "a button did nothing");
            render(StatusCode::CONFLICT, &Dashboard::of(sandbox, view, "../", Some(problem)))
        }
    }
}

fn render(status: StatusCode, dashboard: &Dashboard) -> Response {
    let mut response = page(status, dashboard);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

impl Dashboard {
    /// The text in the page's language.
    fn say(&self, english: &'static str, indonesian: &'static str) -> &'static str {
        self.language.pick(english, indonesian)
    }

    fn of(sandbox: &Sandbox, view: &View, base: &'static str, problem: Option<String>) -> Self {
        let (filter, language) = (view.filter.as_str(), view.language);
        let (mut rows, switches, selected) = sandbox.with_ledger(|ledger, _| {
            let wanted = |transaction: &&Transaction| transaction.charge.order_id.as_str().contains(filter);
            let newest_first = || ledger.transactions().iter().rev().filter(wanted);
            let rows: Vec<_> = newest_first().map(|transaction| Row::of(transaction, view)).collect();
            let selected = ledger.find(&view.phone).ok().or_else(|| newest_first().next()).cloned();
            (rows, SwitchRow::all(&ledger.behaviour, language), selected)
        });
        let selected = selected.map(|transaction| sandbox.selected(&transaction, view));
        for row in &mut rows {
            let on_the_phone = selected.as_ref().map(|it| &it.row.listing.transaction_id);
            row.selected = on_the_phone == Some(&row.listing.transaction_id);
        }
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
            language,
            query: view.query(),
            in_english: view.with_language(Language::English).query(),
            in_indonesian: view.with_language(Language::Indonesian).query(),
            asked_language: view.asked_language(),
            phone: view.phone.clone(),
            newest: format!("./{}", view.with_phone("").query()),
            selected,
            public_url: sandbox.public_url().to_owned(),
            now: now.jakarta().to_string(),
            now_millis: now.unix_millis,
            ahead: rows::ahead(sandbox.clock.ahead_millis()),
            filter: filter.to_owned(),
            problem,
            done: view.done.map(|done| done.text(language)),
            rows,
            more_rows,
            notification_url: sandbox.notification_url().unwrap_or_default(),
            attempts,
            more_attempts,
            chaos: faults.chaos().map(rows::chaos),
            faults: faults.list().iter().map(FaultRow::of).collect(),
            fault_choices: forms::choices(language),
            places: forms::places(),
            applied: AppliedRow::last(&faults, filter),
            switches,
        }
    }
}

impl Sandbox {
    /// The transaction for the phone, with its timeline.
    fn selected(&self, transaction: &Transaction, view: &View) -> Selected {
        let entries = lock(&self.activity).of(transaction.transaction_id.as_str());
        let faults: Vec<_> = lock(&self.faults).applied().cloned().collect();
        let timeline = self.notifier.with_queue(|queue| {
            timeline::rows(transaction, &entries, queue.attempts().iter(), faults.iter(), view.language)
        });
        Selected { row: Row::of(transaction, view), timeline }
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

/// Signals each change and each request of the shop; the page is then fetched again.
pub(crate) async fn changes(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let changes = WatchStream::new(sandbox.changes.listen()).map_while(|count| count);
    let requests = WatchStream::new(sandbox.requests.listen()).map_while(|count| count);
    let events = changes
        .merge(requests)
        .map(|count| Ok::<_, Infallible>(Event::default().event("changed").data(count.to_string())));
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}
