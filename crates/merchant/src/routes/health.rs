//! `GET /healthz`: the process runs. `GET /readyz`: it can do its work. `GET /metrics`: what it has done.

use crate::application::Merchant;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use std::sync::Arc;

pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

pub(crate) async fn ready(State(merchant): State<Arc<Merchant>>) -> (StatusCode, &'static str) {
    match merchant.orders.check().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(why) => {
            tracing::error!(why = format!("{why:#}"), "not ready: the database cannot be reached");
            (StatusCode::SERVICE_UNAVAILABLE, "database\n")
        }
    }
}

pub(crate) async fn metrics(State(merchant): State<Arc<Merchant>>) -> impl IntoResponse {
    let text = merchant.metrics.render(merchant.board.watchers());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
