//! Handlers, one file per caller. Each reads the request, calls the payments or the store, and writes the response;
//! `router.rs` mounts them.

pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod notification;
pub(crate) mod orders;
pub(crate) mod widget;

use crate::backend::Merchant;
use crate::error::ApiError;
use crate::order_token::InvalidOrderToken;
use crate::telemetry::LogAuthorization;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;
use gopay_contract::OrderId;
use std::sync::Arc;

/// The head of a request that is not authorized yet.
pub(crate) struct UnauthorizedRequest(Parts);

impl UnauthorizedRequest {
    /// Checks that it may open this order.
    pub(crate) async fn authorize(&self, order_id: &OrderId, merchant: &Merchant) -> Result<(), ApiError> {
        authorize(&self.0, order_id, merchant).await
    }
}

impl<S: Sync> FromRequestParts<S> for UnauthorizedRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        Ok(Self(parts.clone()))
    }
}

/// The order in the path. The request is authorized to open it.
pub(crate) struct AuthorizedOrder(pub(crate) OrderId);

impl FromRequestParts<Arc<Merchant>> for AuthorizedOrder {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, merchant: &Arc<Merchant>) -> Result<Self, ApiError> {
        if merchant.authorization.is_none() {
            // Without a token, nothing is said about the id.
            order_token(parts)?;
        }
        // By name: whoever nests these routes may have parameters of its own before them.
        let path = RawPathParams::from_request_parts(parts, merchant).await.map_err(|_| ApiError::NoRoute)?;
        let (_, order_id) = path.iter().filter(|(name, _)| *name == "order_id").last().ok_or(ApiError::NoRoute)?;
        let order_id = OrderId::parse(order_id).map_err(|e| ApiError::invalid(e.to_string()))?;
        authorize(parts, &order_id, merchant).await?;
        Ok(Self(order_id))
    }
}

/// Checks the authorization: the shop's own, or else the order token.
async fn authorize(request: &Parts, order_id: &OrderId, merchant: &Merchant) -> Result<(), ApiError> {
    match &merchant.authorization {
        Some(authorization) => authorization.authorize(request, order_id).await.map_err(ApiError::Unauthorized)?,
        None => merchant.order_tokens.check(order_token(request)?, order_id, merchant.orders.now())?,
    }
    if let Some(authorized) = request.extensions.get::<LogAuthorization>() {
        authorized.set();
    }
    crate::telemetry::about_order(order_id);
    Ok(())
}

/// The request's token, not checked yet.
fn order_token(request: &Parts) -> Result<&str, ApiError> {
    let header = request.headers.get(header::AUTHORIZATION).ok_or(InvalidOrderToken::Missing)?;
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(InvalidOrderToken::Garbled.into());
    }
    Ok(token)
}
