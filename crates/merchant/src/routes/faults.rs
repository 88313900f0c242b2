//! `GET`, `POST`, `DELETE /merchant/faults`: what goes wrong next. Mounted only where `MERCHANT_FAULTS=on`.

use crate::error::ApiError;
use crate::faults::{Fault, FaultDesk};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde_json::Value;
use std::sync::Arc;

pub(crate) async fn list(State(desk): State<Arc<FaultDesk>>) -> Json<Vec<Fault>> {
    Json(desk.list())
}

pub(crate) async fn add(
    State(desk): State<Arc<FaultDesk>>,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<(StatusCode, Json<Vec<Fault>>), ApiError> {
    let Json(body) = body?;
    desk.add(Fault::read(&body).map_err(ApiError::invalid)?);
    Ok((StatusCode::CREATED, Json(desk.list())))
}

pub(crate) async fn clear(State(desk): State<Arc<FaultDesk>>) -> StatusCode {
    desk.clear();
    StatusCode::NO_CONTENT
}
