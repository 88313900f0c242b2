//! `GET`, `POST`, `DELETE /merchant/faults`: fault injection. Mounted only where `MERCHANT_FAULTS=on`.

use crate::error::ApiError;
use crate::faults::{Fault, FaultRegistry};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde_json::Value;
use std::sync::Arc;

pub(crate) async fn list(State(registry): State<Arc<FaultRegistry>>) -> Json<Vec<Fault>> {
    Json(registry.list())
}

pub(crate) async fn add(
    State(registry): State<Arc<FaultRegistry>>,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<(StatusCode, Json<Vec<Fault>>), ApiError> {
    let Json(body) = body?;
    registry.add(Fault::read(&body).map_err(ApiError::invalid)?);
    Ok((StatusCode::CREATED, Json(registry.list())))
}

pub(crate) async fn clear(State(registry): State<Arc<FaultRegistry>>) -> StatusCode {
    registry.clear();
    StatusCode::NO_CONTENT
}
