//! The endpoints of contract §2, and Midtrans' notifications.

use super::orders::{Attempt, Order, Stage, is_doubted, stage_of};
use super::payments::{ApiError, refusal};
use super::{PRICE, Shop};
use crate::flaw::Flaw;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt as _;
use gopay_contract::midtrans::Signature;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

type Shared = State<Arc<Shop>>;

pub(super) fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/api/shop/orders", post(order))
        .route("/api/gopay/charge", post(charge))
        .route("/api/gopay/orders/{order_id}", get(status))
        .route("/api/gopay/orders/{order_id}/events", get(events))
        .route("/api/gopay/orders/{order_id}/cancel", post(cancel))
        .route("/api/gopay/notifications", post(notification))
        .layer(from_fn_with_state(Arc::clone(&shop), with_headers))
        .with_state(shop)
}

async fn with_headers(State(shop): Shared, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    if !shop.has(Flaw::NoCacheControl) {
        set(header::CACHE_CONTROL, "no-store");
    }
    if !shop.has(Flaw::NoNosniff) {
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    }
    if shop.has(Flaw::OldDate) {
        set(header::DATE, "Sat, 31 Jan 2026 03:00:00 GMT");
    }
    if let Some(origin) = origin.filter(|_| shop.has(Flaw::ReflectsOrigins)) {
        set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

impl Shop {
    fn refused(&self, refused: &ApiError) -> Response {
        let http = StatusCode::from_u16(refused.code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let leak = if self.has(Flaw::LeaksTheKey) { DEFAULT_SERVER_KEY } else { "" };
        let message = format!("{}{leak}", refused.message);
        if self.has(Flaw::HtmlErrors) && refused.code >= 500 {
            return (http, Html(format!("<!DOCTYPE html><h1>{message}</h1>"))).into_response();
        }
        if self.has(Flaw::PlainErrors) {
            return (http, message).into_response();
        }
        (http, Json(json!({"status_code": refused.code.to_string(), "status_message": message}))).into_response()
    }

    fn answered(&self, answer: Result<Value, ApiError>) -> Response {
        answer.map_or_else(|refused| self.refused(&refused), |told| Json(told).into_response())
    }

    /// The order exists, and the token is its own.
    fn admit(&self, headers: &HeaderMap, order_id: &str) -> Result<(), ApiError> {
        if self.has(Flaw::InventsOrders) && !self.orders().contains_key(order_id) {
            self.orders().insert(order_id.to_owned(), Order::new());
            return Ok(());
        }
        let token = self.with_order(order_id, |order| format!("Bearer {}", order.token))?;
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_open = self.has(Flaw::NoTokens) || self.has(Flaw::InventsOrders) || token == given;
        if is_open { Ok(()) } else { Err(refusal(403, "The token is not the order's")) }
    }

    fn status_of(&self, order_id: &str) -> Result<Value, ApiError> {
        self.with_order(order_id, |order| {
            let paid = order.attempts.iter().filter(|one| one.stage() == Stage::Paid).count();
            if paid > 1 && self.has(Flaw::PaidTwiceIsAnError) {
                return Err(refusal(500, "Paid twice"));
            }
            let effective = order.effective(self);
            if effective.is_none() && self.has(Flaw::PaidBeforeCharged) {
                return Ok(
                    json!({"order_id": order_id, "transaction_status": "settlement", "gross_amount": "44000.00",
                    "transaction_id": "none"}),
                );
            }
            let effective = effective.ok_or_else(|| refusal(404, "Nothing was charged"))?;
            Ok(Value::Object(effective.status.clone()))
        })?
    }
}

async fn order(State(shop): Shared) -> Json<Value> {
    let (order, order_id) = (Order::new(), format!("model-{}", &uuid::Uuid::new_v4().simple().to_string()[..16]));
    let answer = json!({"order_id": order_id, "gross_amount": PRICE, "order_token": order.token});
    shop.orders().insert(order_id, order);
    Json(answer)
}

async fn charge(State(shop): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") && !shop.has(Flaw::AnyContentType) {
        return shop.refused(&refusal(415, "Expected application/json"));
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(order_id) = body["transaction_details"]["order_id"].as_str() else {
        let code = if shop.has(Flaw::CrashesOnMalformed) { 500 } else { 400 };
        return shop.refused(&refusal(code, "Expected transaction_details.order_id"));
    };
    shop.answered(charged(&shop, &headers, order_id, &body).await)
}

async fn charged(shop: &Shop, headers: &HeaderMap, order_id: &str, body: &Value) -> Result<Value, ApiError> {
    shop.admit(headers, order_id)?;
    let was_charged = shop.with_order(order_id, |order| order.effective(shop).is_some())?;
    shop.charge(order_id, body["retry_of"].as_str(), &body["transaction_details"]["gross_amount"]).await?;
    let mut answer = shop.status_of(order_id)?;
    let (stage, actions) = shop.with_order(order_id, |order| {
        let attempt = order.effective(shop);
        (attempt.map(|it| it.stage()), attempt.and_then(|it| it.actions.clone()))
    })?;
    if shop.has(Flaw::DenyIsPending) && answer["transaction_status"] == "deny" {
        answer["transaction_status"] = json!("pending");
    }
    let is_forgotten = shop.has(Flaw::ForgetsActions) && was_charged;
    if stage == Some(Stage::Pending) && !shop.has(Flaw::NoActions) && !is_forgotten {
        answer["actions"] = actions.unwrap_or_default();
    }
    Ok(answer)
}

async fn status(State(shop): Shared, headers: HeaderMap, Path(order_id): Path<String>) -> Response {
    let told = async {
        shop.admit(&headers, &order_id)?;
        shop.poll_if_due(&order_id).await?;
        let mut status = shop.status_of(&order_id)?;
        if shop.has(Flaw::NoExpiryTime) {
            status.as_object_mut().map(|status| status.remove("expiry_time"));
        }
        Ok(status)
    };
    shop.answered(told.await)
}

async fn events(State(shop): Shared, headers: HeaderMap, Path(order_id): Path<String>) -> Response {
    let opened = shop.admit(&headers, &order_id);
    let changes = opened.and_then(|()| shop.with_order(&order_id, |order| order.changes.subscribe()));
    let changes = match changes {
        Ok(changes) => changes,
        Err(refused) => return shop.refused(&refused),
    };
    let state = (Arc::clone(&shop), changes, order_id, true);
    let stream = futures_util::stream::unfold(Some(state), |state| async {
        let (shop, mut changes, order_id, is_first) = state?;
        let wait = Duration::from_secs(if shop.has(Flaw::SilentStream) { 600 } else { 10 });
        if !is_first && !matches!(tokio::time::timeout(wait, changes.changed()).await, Ok(Ok(()))) {
            return Some((": \n\n".to_owned(), Some((shop, changes, order_id, false))));
        }
        let version = *changes.borrow_and_update();
        let status = shop.status_of(&order_id).unwrap_or_default();
        let id = if shop.has(Flaw::NamelessEvents) { String::new() } else { format!("id: {version}\n") };
        let ends = stage_of(&status) >= Stage::Ended && !shop.has(Flaw::EndlessStream);
        let next = (!ends).then_some((shop, changes, order_id, false));
        Some((format!("event: status\n{id}data: {status}\n\n"), next))
    });
    let body = Body::from_stream(stream.map(Ok::<_, Infallible>));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

async fn cancel(State(shop): Shared, headers: HeaderMap, Path(order_id): Path<String>) -> Response {
    let told = async {
        let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/x-www-form-urlencoded");
        if !(is_form && shop.has(Flaw::CancelsForForms)) {
            shop.admit(&headers, &order_id)?;
        }
        let effective = |order: &mut Order| order.effective(&shop).cloned();
        let open = shop.with_order(&order_id, effective)?.filter(|it| it.stage() == Stage::Pending);
        if let Some(open) = open {
            if shop.has(Flaw::CancelsHereOnly) {
                let mut told = Value::Object(open.status.clone());
                told["transaction_status"] = json!("cancel");
                return Ok(told);
            }
            shop.cancel_at_midtrans(&open.id).await?;
            if shop.has(Flaw::BelievesThePress) {
                let mut told = Value::Object(open.status.clone());
                told["transaction_status"] = json!("cancel");
                return Ok(told);
            }
            shop.poll(&order_id, &open.id).await?;
        }
        let mut told = shop.status_of(&order_id)?;
        if told["transaction_status"] != "cancel" {
            told["status_code"] = json!(if shop.has(Flaw::No412) { "200" } else { "412" });
        }
        Ok(told)
    };
    shop.answered(told.await)
}

async fn notification(State(shop): Shared, body: Bytes) -> Response {
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| told[name].as_str().unwrap_or_default();
    let signed = Signature::over(text("order_id"), text("status_code"), text("gross_amount"), DEFAULT_SERVER_KEY);
    if !told.is_object() && shop.has(Flaw::CrashesOnGarbage) {
        return shop.refused(&refusal(500, "undefined is not a notification"));
    }
    if text("order_id").len() > 50 && shop.has(Flaw::ReadsTheOrderIdFirst) {
        return shop.refused(&refusal(400, "order_id is too long"));
    }
    let is_believed = matches!(shop.flaw, Some(Flaw::NoSignature | Flaw::BelievesEverybody)) && told.is_object();
    if text("signature_key") != signed.to_hex() && !is_believed {
        return shop.refused(&refusal(403, "signature_key does not match"));
    }
    shop.answered(notified(&shop, &told).await)
}

async fn notified(shop: &Shop, told: &Value) -> Result<Value, ApiError> {
    let ok = json!({"status_code": "200", "status_message": "OK"});
    let id = told["order_id"].as_str().unwrap_or_default();
    let owner = {
        let orders = shop.orders();
        let mut owners = orders.iter().filter(|(order_id, order)| *order_id == id || order.attempt(id).is_some());
        owners.next().map(|(order_id, order)| (order_id.clone(), order.attempt(id).map(Attempt::stage)))
    };
    let Some((order_id, known)) = owner else {
        return if shop.has(Flaw::ForeignIsNotFound) { Err(refusal(404, "Not ours")) } else { Ok(ok) };
    };
    let Some(known) = known else {
        // A payment of this order that nothing here was charged for: an attempt to adopt, or an older system's.
        let attempt = Attempt::new(id.to_owned());
        shop.with_order(&order_id, |order| order.attempts.push(attempt))?;
        let polled = shop.poll(&order_id, id).await;
        if polled.is_err() {
            shop.with_order(&order_id, |order| order.attempts.retain(|it| it.id != id))?;
        }
        return polled.map(|_| ok);
    };
    let told_stage = stage_of(told);
    if known == told_stage && shop.has(Flaw::RefusesRepeats) && known >= Stage::Paid {
        return Err(refusal(409, "Known already"));
    }
    let believes = matches!(shop.flaw, Some(Flaw::BelievesEverybody | Flaw::BelievesTheBody));
    if believes || shop.has(Flaw::GoesBackwards) && told_stage == Stage::Pending {
        shop.with_order(&order_id, |order| {
            let attempt = order.attempts.iter_mut().find(|it| it.id == id);
            if let Some(attempt) = attempt {
                for name in ["transaction_status", "gross_amount"] {
                    attempt.status.insert(name.to_owned(), told[name].clone());
                }
            }
        })?;
        return Ok(ok);
    }
    if shop.has(Flaw::Deaf) {
        return Ok(ok);
    }
    if shop.has(Flaw::EmptyIsADoubt) && told["fraud_status"] == "" {
        return Err(refusal(503, "fraud_status is not accept"));
    }
    let polled = if shop.has(Flaw::PollsTheBodysTransaction) {
        shop.poll_by(&order_id, id, told["transaction_id"].as_str().unwrap_or_default()).await
    } else {
        shop.poll(&order_id, id).await
    };
    match polled {
        Err(_) if shop.has(Flaw::AcknowledgesUnconfirmed) => return Ok(ok),
        polled => drop(polled?),
    }
    let now = shop.with_order(&order_id, |order| order.attempt(id).map(|it| (it.stage(), it.is_in_doubt)))?;
    let is_behind = now.is_some_and(|(stage, in_doubt)| stage < told_stage && !in_doubt) && !is_doubted(told);
    if is_behind || shop.has(Flaw::RefusesNotifications) {
        return Err(refusal(503, "Not confirmed by get-status"));
    }
    Ok(ok)
}
