//! `POST /api/gopay/charge`: start the charge of an order, or find it again.
//!
//! The browser's `Idempotency-Key` is not needed here: charges are idempotent per order, which is stronger.

use super::Unopened;
use crate::callback;
use crate::cashier::Charged;
use crate::core_api::CoreApiError;
use crate::merchant::Merchant;
use crate::metrics::Counter;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, header};
use gopay_contract::{Answer, ChargeRequest};
use std::sync::Arc;

pub(crate) async fn charge(
    State(merchant): State<Arc<Merchant>>,
    unopened: Unopened,
    headers: HeaderMap,
    body: Result<Json<ChargeRequest>, JsonRejection>,
) -> Result<Json<Answer>, Problem> {
    let Json(request) = body?;
    let order_id = request.transaction_details.order_id;
    unopened.opens(&order_id, &merchant).await?;
    merchant.guard.admits_charge_of(&order_id)?;
    let page_origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let gopay = callback::check(request.gopay, page_origin, &merchant.browser).map_err(Problem::invalid)?;
    let charged = merchant.cashier.charge(&order_id, request.retry_of, gopay).await;
    merchant.metrics.count(Counter::Charges, outcome(&charged));
    Ok(Json(charged?.transaction.to_charge_answer()))
}

fn outcome(charged: &Result<Charged, Problem>) -> &'static str {
    match charged {
        Ok(Charged { is_new: true, .. }) => "created",
        Ok(Charged { transaction, .. }) if transaction.transaction_status.is_final() => "final",
        Ok(_) => "resumed",
        Err(Problem::Midtrans(CoreApiError::Refused(_))) => "refused",
        Err(_) => "unavailable",
    }
}
