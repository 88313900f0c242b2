//! `GET /api/gopay/orders/{order_id}`: how the order's payment stands.

use super::OpenedOrder;
use crate::merchant::Merchant;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use std::sync::Arc;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(crate) async fn status(
    State(merchant): State<Arc<Merchant>>,
    OpenedOrder(order_id): OpenedOrder,
) -> Result<impl IntoResponse, Problem> {
    let standing = merchant.cashier.standing(&order_id).await?;
    Ok(([(header::CONTENT_TYPE, JSON)], standing.json))
}
