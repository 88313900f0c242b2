//! `/sandbox/*`: steering. Not Midtrans', without authorization, and only for a machine of one's own.

mod listing;

pub(crate) use listing::Listing;

use crate::{
    Behaviour, Refusal,
    core_api::refuse,
    faults::Fault,
    ledger::{Denial, Ledger, PaidVia, Transaction},
    lock::lock,
    sandbox::Sandbox,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use gopay_contract::{ErrorBody, JakartaTime};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use url::Url;

type Shared = State<Arc<Sandbox>>;

/// `GET /healthz`
pub(crate) async fn health() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `GET /sandbox/transactions`
pub(crate) async fn transactions(State(sandbox): Shared) -> Response {
    let list: Vec<_> = sandbox.with_ledger(|ledger, _| ledger.transactions().iter().map(Listing::of).collect());
    Json(list).into_response()
}

/// `GET /sandbox/transactions/{order_id or transaction_id}`
pub(crate) async fn transaction(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    act(&sandbox, |ledger, _| ledger.find(&id).cloned())
}

/// How a payer is to pay; all of it optional.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Payment {
    via: Via,
    /// Whose app scans; only with `"via":"qris"`.
    issuer: Option<String>,
    /// Late truth: settles an expired or cancelled transaction.
    late: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Via {
    #[default]
    Gopay,
    Qris,
}

/// `POST /sandbox/transactions/{id}/pay`
pub(crate) async fn pay(State(sandbox): Shared, Path(id): Path<String>, body: Bytes) -> Response {
    let payment: Payment = match optional(&body) {
        Ok(payment) => payment,
        Err(why) => return bad(why.to_string()),
    };
    let via = match payment.via {
        Via::Gopay => PaidVia::Gopay,
        Via::Qris => PaidVia::Qris { issuer: payment.issuer.unwrap_or_else(|| "gopay".to_owned()) },
    };
    act(&sandbox, |ledger, now| if payment.late { ledger.pay_late(now, &id, via) } else { ledger.pay(now, &id, via) })
}

/// `POST /sandbox/transactions/{id}/expire`, as Midtrans' job would.
pub(crate) async fn expire(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    act(&sandbox, |ledger, _| ledger.expire(&id))
}

/// `POST /sandbox/transactions/{id}/cancel`, as the merchant would.
pub(crate) async fn cancel(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    act(&sandbox, |ledger, _| ledger.cancel(&id))
}

/// `POST /sandbox/transactions/{id}/deny`, as GoPay would.
pub(crate) async fn deny(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    act(&sandbox, |ledger, _| ledger.deny(&id, Denial::default()))
}

/// Does it, and answers with the transaction as it then stands; 404 or 409 with Midtrans' error body if it cannot be.
fn act(sandbox: &Sandbox, work: impl FnOnce(&mut Ledger, JakartaTime) -> Result<Transaction, Refusal>) -> Response {
    match sandbox.with_ledger(work) {
        Ok(transaction) => Json(Listing::of(&transaction)).into_response(),
        Err(refusal) => {
            let http_status = if refusal == Refusal::NotFound { StatusCode::NOT_FOUND } else { StatusCode::CONFLICT };
            plainly(http_status, refuse(sandbox, &refusal))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotificationUrl {
    url: Option<String>,
}

/// `POST /sandbox/notification-url {"url": …}`; `null` turns notifications off.
pub(crate) async fn notification_url(State(sandbox): Shared, body: Bytes) -> Response {
    let given = match serde_json::from_slice::<NotificationUrl>(&body) {
        Ok(given) => given.url,
        Err(why) => return bad(format!("expected {{\"url\": \"http://…\"}}: {why}")),
    };
    let reachable = |url: &String| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if let Some(url) = given.as_ref().filter(|url| !reachable(url)) {
        return bad(format!("url: {url:?} must be an http(s) URL"));
    }
    sandbox.set_notification_url(given);
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /sandbox/notifications`: every attempt, oldest first.
pub(crate) async fn notifications(State(sandbox): Shared) -> Response {
    Json(sandbox.notifier.attempts()).into_response()
}

/// `POST /sandbox/notifications/{order_id}/resend`: the last one again.
pub(crate) async fn resend(State(sandbox): Shared, Path(order_id): Path<String>) -> Response {
    let sent = sandbox
        .with_ledger(|ledger, _| ledger.find(&order_id).cloned())
        .is_ok_and(|transaction| sandbox.resend(&transaction));
    if sent {
        StatusCode::ACCEPTED.into_response()
    } else {
        plainly(StatusCode::NOT_FOUND, refuse(&sandbox, &Refusal::NotFound))
    }
}

/// Midtrans' body, but the HTTP status says it too: this is not Midtrans' API.
fn plainly(http_status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = http_status;
    response
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

/// `POST /sandbox/clock/advance {"seconds": N}`
pub(crate) async fn advance_clock(State(sandbox): Shared, body: Bytes) -> Response {
    match serde_json::from_slice::<Advance>(&body) {
        // Ten years at once are enough for any test, and keep every later time a four-digit year.
        Ok(Advance { seconds }) if seconds <= 315_360_000 => {
            sandbox.advance_clock(Duration::from_secs(seconds));
            Json(json!({"now": sandbox.clock.now().jakarta()})).into_response()
        }
        Ok(Advance { seconds }) => bad(format!("seconds: {seconds} must be at most 315360000")),
        Err(why) => bad(format!("expected {{\"seconds\": 60}}: {why}")),
    }
}

/// `GET /sandbox/behaviour`
pub(crate) async fn behaviour(State(sandbox): Shared) -> Response {
    Json(sandbox.behaviour()).into_response()
}

/// `PATCH /sandbox/behaviour`: the switches named in the body change, the others stay.
pub(crate) async fn change_behaviour(State(sandbox): Shared, body: Bytes) -> Response {
    let changes: serde_json::Map<String, Value> = match serde_json::from_slice(&body) {
        Ok(changes) => changes,
        Err(why) => return bad(format!("expected an object of switches: {why}")),
    };
    let changed = sandbox.with_ledger(|ledger, _| {
        let mut all = serde_json::to_value(&ledger.behaviour)?;
        if let Some(all) = all.as_object_mut() {
            all.extend(changes);
        }
        ledger.behaviour = serde_json::from_value(all)?;
        Ok::<Behaviour, serde_json::Error>(ledger.behaviour.clone())
    });
    match changed {
        Ok(behaviour) => Json(behaviour).into_response(),
        Err(why) => bad(why.to_string()),
    }
}

/// `GET /sandbox/faults`
pub(crate) async fn faults(State(sandbox): Shared) -> Response {
    Json(lock(&sandbox.faults).list()).into_response()
}

/// `POST /sandbox/faults`
pub(crate) async fn add_fault(State(sandbox): Shared, body: Bytes) -> Response {
    let fault = serde_json::from_slice(&body).map_err(|why| why.to_string()).and_then(|body| Fault::read(&body));
    match fault {
        Ok(fault) => {
            let answer = (StatusCode::CREATED, Json(&fault)).into_response();
            lock(&sandbox.faults).add(fault);
            answer
        }
        Err(why) => bad(why),
    }
}

/// `DELETE /sandbox/faults`
pub(crate) async fn clear_faults(State(sandbox): Shared) -> Response {
    lock(&sandbox.faults).clear();
    StatusCode::NO_CONTENT.into_response()
}

fn optional<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, serde_json::Error> {
    if body.trim_ascii().is_empty() { Ok(T::default()) } else { serde_json::from_slice(body) }
}

fn bad(why: impl Into<String>) -> Response {
    (StatusCode::BAD_REQUEST, Json(ErrorBody::new(400, why))).into_response()
}
