//! A backend as it is written on a first afternoon: it can be paid at, and it is wrong about nearly everything else.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

const PRICE: u64 = 44_000;

struct Shop {
    midtrans: String,
    http: reqwest::Client,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    orders: u64,
    charges: u64,
    /// The newest status of each order.
    statuses: HashMap<String, Value>,
}

type Shared = State<Arc<Shop>>;

pub(crate) fn router(midtrans: String) -> Router {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let shop = Arc::new(Shop { midtrans, http, memory: Mutex::default() });
    Router::new()
        .route("/api/shop/orders", post(order))
        .route("/api/gopay/charge", post(charge))
        .route("/api/gopay/orders/{order_id}", get(status))
        .route("/api/gopay/orders/{order_id}/events", get(events))
        .route("/api/gopay/orders/{order_id}/cancel", post(cancel))
        .route("/api/gopay/notifications", post(notification))
        .layer(map_response_with_state((), everybody_may_ask))
        .with_state(shop)
}

/// Orders without a token.
async fn order(State(shop): Shared) -> Json<Value> {
    let mut memory = shop.memory.lock().expect("a lock");
    memory.orders += 1;
    Json(json!({"order_id": format!("naive-{:04}", memory.orders), "gross_amount": PRICE}))
}

/// Charges whatever is asked for, as often as it is asked for, for as much as the browser says.
async fn charge(State(shop): Shared, body: Bytes) -> Response {
    let body: Value = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(why) => return oops(&why.to_string()),
    };
    let details = &body["transaction_details"];
    let Some(order_id) = details["order_id"].as_str() else { return oops("undefined is not an order") };
    let attempt = {
        let mut memory = shop.memory.lock().expect("a lock");
        memory.charges += 1;
        format!("{order_id}-{}", memory.charges)
    };
    let gross_amount = details.get("gross_amount").cloned().unwrap_or_else(|| json!(PRICE));
    let wish =
        json!({"payment_type": "gopay", "transaction_details": {"order_id": attempt, "gross_amount": gross_amount}});
    let request = shop.http.post(format!("{}/v2/charge", shop.midtrans)).basic_auth(DEFAULT_SERVER_KEY, Some(""));
    let answer = match request.json(&wish).send().await {
        Ok(answer) => answer.text().await.unwrap_or_default(),
        Err(why) => return oops(&why.to_string()),
    };
    match serde_json::from_str::<Value>(&answer) {
        Ok(answer) => {
            let mut status = answer.clone();
            status.as_object_mut().map(|status| status.remove("actions"));
            shop.memory.lock().expect("a lock").statuses.insert(order_id.to_owned(), status);
            Json(answer).into_response()
        }
        Err(_) => oops(&format!("POST /v2/charge, user {DEFAULT_SERVER_KEY}: {answer}")),
    }
}

/// What was heard last. Nobody asks Midtrans.
async fn status(State(shop): Shared, Path(order_id): Path<String>) -> Response {
    match shop.memory.lock().expect("a lock").statuses.get(&order_id) {
        Some(status) => Json(status).into_response(),
        None => oops("undefined has no status"),
    }
}

/// One event without a name, and a stream that never says anything again.
async fn events(State(shop): Shared, Path(order_id): Path<String>) -> Response {
    let status = shop.memory.lock().expect("a lock").statuses.get(&order_id).cloned().unwrap_or_default();
    let first = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(format!("data: {status}\n\n"))]);
    let body = futures_util::StreamExt::chain(first, futures_util::stream::pending());
    ([(header::CONTENT_TYPE, "text/event-stream")], axum::body::Body::from_stream(body)).into_response()
}

/// Cancelled here, and payable at Midtrans.
async fn cancel(State(shop): Shared, Path(order_id): Path<String>) -> Response {
    let mut memory = shop.memory.lock().expect("a lock");
    let Some(status) = memory.statuses.get_mut(&order_id) else { return oops("undefined cannot be cancelled") };
    status["transaction_status"] = json!("cancel");
    status["status_code"] = json!("200");
    Json(status.clone()).into_response()
}

/// Believes whoever writes.
async fn notification(State(shop): Shared, body: Bytes) -> Response {
    let Ok(told) = serde_json::from_slice::<Value>(&body) else { return oops("not JSON") };
    let Some(order_id) = told["order_id"].as_str() else { return oops("undefined was paid") };
    let order_id = order_id.rsplit_once('-').map_or(order_id, |(order_id, _)| order_id);
    let mut memory = shop.memory.lock().expect("a lock");
    let Some(status) = memory.statuses.get_mut(order_id) else { return oops("undefined was paid") };
    for field in ["transaction_status", "gross_amount", "transaction_id", "status_code"] {
        if !told[field].is_null() {
            status[field] = told[field].clone();
        }
    }
    StatusCode::OK.into_response()
}

fn oops(why: &str) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, Html(format!("<!DOCTYPE html><h1>Internal Server Error</h1><pre>{why}</pre>")))
        .into_response()
}

async fn everybody_may_ask(State(()): State<()>, mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("https://doctor.invalid"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    response
}
