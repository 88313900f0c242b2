//! The push stream (contract §2.3).

use crate::case::Case;
use crate::check::{Check, CheckError, CheckResult, Group, expect};
use crate::limits;
use crate::merchant::Caller;
use crate::orders::Order;
use crate::response::{EventStream, Piece};
use gopay_contract::{Answer, TransactionStatus};
use reqwest::header::CONTENT_TYPE;
use std::time::Duration;
use tokio::time::Instant;

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "events-begin-with-the-status",
        group: Group::Events,
        rule: "contract §2.3",
        promise: "A stream is text/event-stream, and its first event is the current status, with an id.",
        why: "A change before the stream was opened, or between two of them, comes by no other event.",
        fix: "Write `event: status`, `id: …` and `data: ` with get-status' JSON in one line, as soon as the stream opens.",
        orders: 1,
        run: |case| Box::pin(begin_with_the_status(case)),
    },
    Check {
        id: "events-push-and-end",
        group: Group::Events,
        rule: "contract §2.3",
        promise: "A payment is pushed to every open stream, and the stream ends after it.",
        why: "The payer stands before the page and waits. A stream without end holds a connection without use.",
        fix: "Wake the streams of an order when its status is stored; close them after a final one.",
        orders: 1,
        run: |case| Box::pin(push_and_end(case)),
    },
    Check {
        id: "events-of-an-ended-order-end",
        group: Group::Events,
        rule: "contract §2.3",
        promise: "A stream that is opened after the end tells the final status and ends.",
        why: "Else every page of an old order holds a connection, and is opened again and again.",
        fix: "Send the status, look whether it is final, and close.",
        orders: 1,
        run: |case| Box::pin(of_an_ended_order_end(case)),
    },
    Check {
        id: "events-keep-alive",
        group: Group::Events,
        rule: "contract §2.3",
        promise: "A stream on which nothing happens says something at least every 15 s.",
        why: "Proxies cut what is silent, and the widget takes a silent stream for a dead one: then it is back to asking.",
        fix: "Write a comment (`:` and an empty line) every 10 s, and flush. Let no proxy buffer it.",
        orders: 1,
        run: |case| Box::pin(keep_alive(case)),
    },
];

/// Opens a stream and reads its first status.
async fn open(case: &Case, order: &Order) -> CheckResult<(EventStream, Answer)> {
    let mut events = case.merchant.events(order, &Caller::ItsPage).await?;
    let kind = events.head.header(CONTENT_TYPE).unwrap_or("no Content-Type").to_ascii_lowercase();
    let is_stream = events.head.http == 200 && kind.starts_with("text/event-stream");
    expect(is_stream, || format!("{}, {kind}", events.head.head()), "HTTP 200, Content-Type: text/event-stream")?;
    let first = next_status(case, &mut events.stream, limits::STATUS).await?;
    Ok((events.stream, first))
}

/// Reads the next event's status and skips comments.
async fn next_status(case: &Case, stream: &mut EventStream, limit: Duration) -> CheckResult<Answer> {
    let deadline = Instant::now() + limit;
    loop {
        let expected = "event: status, an id, and data that is a status as JSON";
        match stream.next(deadline.saturating_duration_since(Instant::now())).await {
            Piece::Comment => {}
            Piece::Event(event) => {
                case.merchant.scan_for_keys("GET events", "events", &event.data);
                let name = if event.name.is_empty() { "no name" } else { &event.name };
                let told = || format!("an event with {name} and {}", event.id.as_ref().map_or("no id", |_| "an id"));
                expect(event.name == "status" && event.id.is_some(), told, expected)?;
                let answer: Answer = serde_json::from_str(&event.data).map_err(|why| {
                    CheckError::failed(format!("an event whose data cannot be read: {why}"), expected)
                })?;
                let is_whole = answer.transaction_id.is_some() && answer.transaction_status.is_some();
                expect(is_whole, || "an event without transaction_id or transaction_status".to_owned(), expected)?;
                return Ok(answer);
            }
            Piece::End => return Err(CheckError::failed("the stream ended", expected)),
            Piece::Broken(why) => return Err(CheckError::failed(format!("the stream broke: {why}"), expected)),
            Piece::Silence => {
                return Err(CheckError::failed(format!("no event within {} s", limit.as_secs()), expected));
            }
        }
    }
}

async fn begin_with_the_status(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    let (_, first) = open(case, order).await?;
    let is_it = first.transaction_id.as_ref() == Some(&charge.transaction_id)
        && first.transaction_status == Some(TransactionStatus::Pending);
    expect(
        is_it,
        || format!("the first event is {:?} of {:?}", first.transaction_status, first.transaction_id),
        "pending, of the charge's transaction",
    )
}

async fn push_and_end(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let charge = case.charged(order).await?;
    let (mut stream, _) = open(case, order).await?;
    case.act(&charge, "pay").await?;
    let deadline = Instant::now() + case.patience;
    loop {
        let status = next_status(case, &mut stream, deadline.saturating_duration_since(Instant::now())).await?;
        if status.transaction_status == Some(TransactionStatus::Settlement) {
            return ends(&mut stream).await;
        }
    }
}

/// Asserts that the stream says nothing more and ends soon.
async fn ends(stream: &mut EventStream) -> CheckResult {
    loop {
        match stream.next(limits::STATUS).await {
            Piece::End => return Ok(()),
            Piece::Comment => {}
            Piece::Event(_) => return Err(CheckError::failed("another event after the final one", "the stream's end")),
            Piece::Broken(why) => {
                return Err(CheckError::failed(format!("the stream broke: {why}"), "the stream's end"));
            }
            Piece::Silence => {
                return Err(CheckError::failed("the stream stayed open after the final status", "its end"));
            }
        }
    }
}

async fn of_an_ended_order_end(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.charged_then(order, "expire", &TransactionStatus::Expire).await?;
    let (mut stream, first) = open(case, order).await?;
    let is_ended = first.transaction_status == Some(TransactionStatus::Expire);
    expect(is_ended, || format!("the first event says {:?}", first.transaction_status), "expire")?;
    ends(&mut stream).await
}

async fn keep_alive(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    case.charged(order).await?;
    let (mut stream, _) = open(case, order).await?;
    let expected = "a comment at least every 15 s";
    match stream.next(limits::HEARTBEAT + limits::HEARTBEAT_SLACK).await {
        Piece::Comment | Piece::Event(_) => Ok(()),
        Piece::End => Err(CheckError::failed("the stream ended while the order was pending", expected)),
        Piece::Broken(why) => Err(CheckError::failed(format!("the stream broke: {why}"), expected)),
        Piece::Silence => Err(CheckError::failed("nothing for 16 s", expected)),
    }
}
