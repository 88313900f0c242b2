//! The HTTP interface of the faults: `GET`, `POST` and `DELETE`.

use crate::fault::{Fault, Faults};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use gopay_contract::ErrorBody;
use serde_json::Value;
use std::net::IpAddr;

/// Routes at `path` that list, add and delete faults. Reached by address or as `localhost` only: a page that has made its own
/// name lead here (DNS rebinding) does not get in. Pages of other origins cannot send JSON without CORS, which is not there.
pub fn control_routes<S: Clone + Send + Sync + 'static>(path: &str, faults: Faults) -> Router<S> {
    let routes = get(list).post(add).delete(clear).with_state(faults);
    Router::new().route(path, routes.route_layer(from_fn(named_by_address)))
}

async fn list(State(faults): State<Faults>) -> Json<Vec<Fault>> {
    Json(faults.list())
}

async fn add(State(faults): State<Faults>, body: Result<Json<Value>, JsonRejection>) -> Response {
    let read = body.map_err(|why| (why.status(), why.body_text()));
    let read = read.and_then(|Json(body)| Fault::read(&body).map_err(|why| (StatusCode::BAD_REQUEST, why.to_string())));
    match read {
        Ok(fault) => {
            faults.add(fault);
            (StatusCode::CREATED, Json(faults.list())).into_response()
        }
        Err((status, why)) => (status, Json(ErrorBody::new(status.as_u16(), why))).into_response(),
    }
}

async fn clear(State(faults): State<Faults>) -> StatusCode {
    faults.clear();
    StatusCode::NO_CONTENT
}

async fn named_by_address(request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let is_address = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_an_address),
        _ => false,
    };
    if is_address { next.run(request).await } else { StatusCode::NOT_FOUND.into_response() }
}

fn is_an_address(host: &str) -> bool {
    let Ok(authority) = Authority::try_from(host) else { return false };
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_an_address;

    #[test]
    fn an_address_is_no_name_that_somebody_can_make_lead_here() {
        for host in ["127.0.0.1:7080", "10.0.0.5:7080", "[::1]:7080", "localhost:7080", "LOCALHOST"] {
            assert!(is_an_address(host), "{host}");
        }
        for host in ["evil.example", "evil.example:7080", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(!is_an_address(host), "{host}");
        }
    }
}
