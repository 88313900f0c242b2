//! `POST /api/gopay/orders/{order_id}/cancel`: the payer does not want to pay after all.

use super::OpenedOrder;
use crate::merchant::Merchant;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use gopay_contract::Answer;
use std::sync::Arc;

pub(crate) async fn cancel(
    State(merchant): State<Arc<Merchant>>,
    OpenedOrder(order_id): OpenedOrder,
) -> Result<Json<Answer>, Problem> {
    merchant.guard.admits_charge_of(&order_id)?;
    Ok(Json(merchant.cashier.cancel(&order_id).await?))
}
