//! `/sandbox/faults` and `/sandbox/chaos`: fault injection.

use super::{Shared, bad, plainly};
use crate::{
    ApiError,
    core_api::error_response,
    faults::{Chaos, Fault},
    lock,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// `GET /sandbox/faults`
pub(crate) async fn faults(State(sandbox): Shared) -> Response {
    Json(lock(&sandbox.faults).list()).into_response()
}

/// `GET /sandbox/faults/applied`: what struck, oldest first.
pub(crate) async fn applied_faults(State(sandbox): Shared) -> Response {
    let applied: Vec<_> = lock(&sandbox.faults).applied().cloned().collect();
    Json(applied).into_response()
}

/// `POST /sandbox/faults`
pub(crate) async fn add_fault(State(sandbox): Shared, body: Bytes) -> Response {
    let fault = serde_json::from_slice(&body).map_err(|why| why.to_string()).and_then(|body| Fault::read(&body));
    match fault {
        Ok(fault) => {
            let fault = lock(&sandbox.faults).add(fault);
            sandbox.changes.notify();
            (StatusCode::CREATED, Json(fault)).into_response()
        }
        Err(why) => bad(why),
    }
}

/// `DELETE /sandbox/faults`
pub(crate) async fn clear_faults(State(sandbox): Shared) -> Response {
    lock(&sandbox.faults).clear();
    sandbox.changes.notify();
    StatusCode::NO_CONTENT.into_response()
}

/// `DELETE /sandbox/faults/{id}`
pub(crate) async fn remove_fault(State(sandbox): Shared, Path(id): Path<String>) -> Response {
    let removed = id.parse().is_ok_and(|id| lock(&sandbox.faults).remove(id));
    sandbox.changes.notify();
    if removed {
        StatusCode::NO_CONTENT.into_response()
    } else {
        plainly(StatusCode::NOT_FOUND, error_response(&sandbox, &ApiError::NotFound))
    }
}

/// `GET /sandbox/chaos`: `null` without.
pub(crate) async fn chaos(State(sandbox): Shared) -> Response {
    Json(lock(&sandbox.faults).chaos()).into_response()
}

/// `PUT /sandbox/chaos {"seed": 42, "one_in": 20, "kinds": ["latency"]}`
pub(crate) async fn set_chaos(State(sandbox): Shared, body: Bytes) -> Response {
    match serde_json::from_slice::<Chaos>(&body) {
        Ok(Chaos { one_in: 0, .. }) => bad("one_in: 0 must be at least 1"),
        Ok(chaos) => {
            let answer = Json(&chaos).into_response();
            lock(&sandbox.faults).set_chaos(Some(chaos));
            sandbox.changes.notify();
            answer
        }
        Err(why) => bad(format!("expected {{\"seed\": 42, \"one_in\": 20, \"kinds\": [\"latency\"]}}: {why}")),
    }
}

/// `DELETE /sandbox/chaos`
pub(crate) async fn end_chaos(State(sandbox): Shared) -> Response {
    lock(&sandbox.faults).set_chaos(None);
    sandbox.changes.notify();
    StatusCode::NO_CONTENT.into_response()
}
