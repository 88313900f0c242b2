//! The page's script and stylesheet, inside the program.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// `GET /sandbox/dashboard.css`
pub(crate) async fn stylesheet() -> Response {
    file("text/css; charset=utf-8", include_str!("../../assets/dashboard.css"))
}

/// `GET /sandbox/dashboard.js`
pub(crate) async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("../../assets/dashboard.js"))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}
