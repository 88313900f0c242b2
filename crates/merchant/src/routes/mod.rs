//! One file per thing that can be asked of the merchant. Each reads HTTP, calls the cashier or the orders, and writes
//! HTTP; `router.rs` says where each is mounted.

pub(crate) mod cancel;
pub(crate) mod charge;
pub(crate) mod faults;
pub(crate) mod finish;
pub(crate) mod health;
pub(crate) mod notification;
pub(crate) mod shop;
pub(crate) mod status;
pub(crate) mod watch;

use crate::application::Merchant;
use crate::clock::UnixMillis;
use crate::order_token::InvalidOrderToken;
use crate::problem::Problem;
use axum::extract::{FromRequestParts, Path};
use axum::http::header;
use axum::http::request::Parts;
use gopay_contract::OrderId;
use std::sync::Arc;

/// The token that came with a request, not yet held against an order.
pub(crate) struct UncheckedToken(String);

impl UncheckedToken {
    /// Whether it opens this order.
    pub(crate) fn opens(&self, order_id: &OrderId, merchant: &Merchant) -> Result<(), Problem> {
        merchant.order_tokens.check(&self.0, order_id, UnixMillis::now())?;
        crate::telemetry::about_order(order_id);
        Ok(())
    }
}

impl<S: Sync> FromRequestParts<S> for UncheckedToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).ok_or(InvalidOrderToken::Missing)?;
        let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(InvalidOrderToken::Garbled.into());
        }
        Ok(Self(token.trim().to_owned()))
    }
}

/// The order in the path, opened by the request's token.
pub(crate) struct OpenedOrder(pub(crate) OrderId);

impl FromRequestParts<Arc<Merchant>> for OpenedOrder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, merchant: &Arc<Merchant>) -> Result<Self, Problem> {
        let token = UncheckedToken::from_request_parts(parts, merchant).await?;
        let Path(order_id) = Path::<String>::from_request_parts(parts, merchant).await.map_err(|_| Problem::NoRoute)?;
        let order_id = OrderId::parse(&order_id).map_err(|e| Problem::invalid(e.to_string()))?;
        token.opens(&order_id, merchant)?;
        Ok(Self(order_id))
    }
}
