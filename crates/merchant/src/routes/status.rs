//! `GET /api/gopay/orders/{order_id}`: how the order's payment stands.

use super::OpenedOrder;
use crate::merchant::Merchant;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use gopay_contract::Answer;
use std::sync::Arc;

pub(crate) async fn status(
    State(merchant): State<Arc<Merchant>>,
    OpenedOrder(order_id): OpenedOrder,
) -> Result<Json<Answer>, Problem> {
    let order = merchant.cashier.look_at(&order_id).await?;
    Ok(Json(order.deciding().ok_or(Problem::NoTransaction)?.status.clone()))
}
