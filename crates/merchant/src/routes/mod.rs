//! One file per thing that can be asked of the merchant. Each reads HTTP, calls the payments or the orders, and writes
//! HTTP; `router.rs` says where each is mounted.

pub(crate) mod cancel;
pub(crate) mod charge;
pub(crate) mod events;
pub(crate) mod faults;
pub(crate) mod health;
pub(crate) mod notification;
pub(crate) mod shop;
pub(crate) mod status;

use crate::error::ApiError;
use crate::log_limit::Authorized;
use crate::merchant::Merchant;
use crate::order_token::InvalidOrderToken;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;
use gopay_contract::OrderId;
use std::sync::Arc;

/// The head of a request that has not opened any order yet.
pub(crate) struct Unopened(Parts);

impl Unopened {
    /// Whether it opens this order.
    pub(crate) async fn opens(&self, order_id: &OrderId, merchant: &Merchant) -> Result<(), ApiError> {
        may_open(&self.0, order_id, merchant).await
    }
}

impl<S: Sync> FromRequestParts<S> for Unopened {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        Ok(Self(parts.clone()))
    }
}

/// The order in the path, which this request may open.
pub(crate) struct OpenedOrder(pub(crate) OrderId);

impl FromRequestParts<Arc<Merchant>> for OpenedOrder {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, merchant: &Arc<Merchant>) -> Result<Self, ApiError> {
        if merchant.authorization.is_none() {
            // Who has no token at all learns nothing about ids.
            order_token(parts)?;
        }
        // By name: whoever nests these routes may have parameters of its own before them.
        let path = RawPathParams::from_request_parts(parts, merchant).await.map_err(|_| ApiError::NoRoute)?;
        let (_, order_id) = path.iter().filter(|(name, _)| *name == "order_id").last().ok_or(ApiError::NoRoute)?;
        let order_id = OrderId::parse(order_id).map_err(|e| ApiError::invalid(e.to_string()))?;
        may_open(parts, &order_id, merchant).await?;
        Ok(Self(order_id))
    }
}

/// The shop's own authorization decides, and where there is none, the order token.
async fn may_open(request: &Parts, order_id: &OrderId, merchant: &Merchant) -> Result<(), ApiError> {
    match &merchant.authorization {
        Some(authorization) => authorization.opens(request, order_id).await.map_err(ApiError::Unauthorized)?,
        None => merchant.order_tokens.check(order_token(request)?, order_id, merchant.orders.now())?,
    }
    if let Some(authorized) = request.extensions.get::<Authorized>() {
        authorized.set();
    }
    crate::telemetry::about_order(order_id);
    Ok(())
}

/// The token that came with a request, not yet held against an order.
fn order_token(request: &Parts) -> Result<&str, ApiError> {
    let header = request.headers.get(header::AUTHORIZATION).ok_or(InvalidOrderToken::Missing)?;
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(InvalidOrderToken::Garbled.into());
    }
    Ok(token)
}
