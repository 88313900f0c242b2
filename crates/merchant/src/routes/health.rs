//! `GET /healthz`: liveness. `GET /readyz`: readiness. `GET /metrics`: metrics.

use crate::backend::Merchant;
use crate::error::ApiError;
use crate::metrics;
use anyhow::Context as _;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use gopay_contract::ErrorBody;
use std::fmt::Display;
use std::sync::Arc;

#[utoipa::path(
    get,
    path = "/healthz",
    tag = "admin",
    summary = "The process runs, and no restart is needed",
    responses((status = 200, body = String), (status = 503, body = String, description = "`database` or `job`: restart it"))
)]
pub(crate) async fn liveness(State(merchant): State<Arc<Merchant>>) -> (StatusCode, String) {
    in_a_word(merchant.healthy())
}

#[utoipa::path(
    get,
    path = "/readyz",
    tag = "admin",
    summary = "It can do its work",
    responses((status = 200, body = String), (status = 503, body = String, description = "`stopping`, `database` or `job`"))
)]
pub(crate) async fn ready(State(merchant): State<Arc<Merchant>>) -> (StatusCode, String) {
    in_a_word(merchant.ready().await)
}

fn in_a_word(answer: Result<(), impl Display>) -> (StatusCode, String) {
    match answer {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

#[utoipa::path(
    get,
    path = "/metrics",
    tag = "admin",
    summary = "What it has done",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"), (status = 500, body = ErrorBody))
)]
pub(crate) async fn metrics(State(merchant): State<Arc<Merchant>>) -> Result<impl IntoResponse, ApiError> {
    let text = merchant.metrics.render(merchant.hub.subscribers()).context("the metrics cannot be written")?;
    Ok(([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text))
}
