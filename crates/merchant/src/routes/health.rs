//! `GET /healthz`: the process runs. `GET /readyz`: it can do its work. `GET /metrics`: what it has done.

use crate::merchant::Merchant;
use crate::metrics;
use crate::problem::Problem;
use anyhow::Context as _;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use std::sync::Arc;

pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

pub(crate) async fn ready(State(merchant): State<Arc<Merchant>>) -> (StatusCode, String) {
    match merchant.ready().await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

pub(crate) async fn metrics(State(merchant): State<Arc<Merchant>>) -> Result<impl IntoResponse, Problem> {
    let text = merchant.metrics.render(merchant.board.watchers()).context("the metrics cannot be written")?;
    Ok(([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text))
}
