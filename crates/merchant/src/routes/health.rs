//! `GET /healthz`: the process runs. `GET /readyz`: it can do its work. `GET /metrics`: what it has done.

use crate::merchant::Merchant;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use std::sync::Arc;

pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Midtrans is not asked: while it is away every process would be unready at once, and payers would get nothing at all,
/// where they can still be told what is known.
pub(crate) async fn ready(State(merchant): State<Arc<Merchant>>) -> (StatusCode, String) {
    if let Err(why) = merchant.orders.check().await {
        tracing::error!(why = format!("{why:#}"), "not ready: the database cannot be worked with");
        return (StatusCode::SERVICE_UNAVAILABLE, "database\n".to_owned());
    }
    if let Some(job) = merchant.background.dead_jobs().first() {
        tracing::error!(job, "not ready: a job has died");
        return (StatusCode::SERVICE_UNAVAILABLE, format!("job {job}\n"));
    }
    (StatusCode::OK, "ok\n".to_owned())
}

pub(crate) async fn metrics(State(merchant): State<Arc<Merchant>>) -> impl IntoResponse {
    let text = merchant.metrics.render(merchant.board.watchers());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
