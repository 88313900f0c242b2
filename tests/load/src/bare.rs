//! The server that status reads are compared with: axum and nothing else, always the same bytes.

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use std::net::Ipv4Addr;
use std::path::Path;
use tokio::net::TcpListener;

/// Serves until it is killed.
pub(crate) async fn serve(bytes: &Path, port: u16) -> Result<()> {
    let bytes = std::fs::read(bytes).with_context(|| format!("cannot read {}", bytes.display()))?;
    let bytes = Bytes::from(bytes);
    let answer = move || std::future::ready(([(header::CONTENT_TYPE, "application/json")], bytes.clone()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let router = Router::new().route("/api/gopay/orders/{order_id}", get(answer));
    Ok(axum::serve(listener, router).await?)
}
