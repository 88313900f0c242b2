//! The demo shop: `GET /api/shop/products`, `POST /api/shop/orders`, `GET /selesai/`. A real shop has these already, and does what
//! [`order`] does where it makes its orders: look the amount up, remember the order, issue its token.

use crate::error::ApiError;
use crate::merchant::Merchant;
use crate::orders::NewOrder;
use crate::products::{Line, PRODUCTS, Product, add_up};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Html;
use gopay_contract::midtrans::{CustomExpiry, OptionalData};
use gopay_contract::{ErrorBody, OrderId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Letters that cannot be mistaken for each other; 32 of them, so that five random bits choose one.
const LETTERS: &[u8; 32] = b"023456789abcdefghjkmnpqrstuvwxyz";
/// 16 of 32 letters: 80 bits that nobody guesses.
const ID_LENGTH: usize = 16;

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductList {
    #[schema(value_type = Vec<Product>)]
    products: &'static [Product],
}

#[utoipa::path(
    get,
    path = "/shop/products",
    tag = "shop",
    summary = "What is sold",
    responses((status = 200, body = ProductList))
)]
pub(crate) async fn products() -> Json<ProductList> {
    Json(ProductList { products: &PRODUCTS })
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Purchase {
    #[schema(min_items = 1, max_items = 10)]
    items: Vec<Line>,
}

/// Answer about a new order: what the page needs to pay it. `gross_amount` is a JSON number of whole rupiah.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Placed {
    order_id: OrderId,
    gross_amount: u64,
    order_token: String,
    description: String,
    trusted_hosts: Vec<String>,
}

#[utoipa::path(
    post,
    path = "/shop/orders",
    tag = "shop",
    summary = "Buy",
    request_body = Purchase,
    responses(
        (status = 201, body = Placed, description = "The order, and its token"),
        (status = 400, body = ErrorBody, description = "What cannot be bought, named"),
        (status = 413, description = "A body of more than 16 KiB"),
        (status = 415, body = ErrorBody, description = "Not application/json"),
        (status = 429, body = ErrorBody, description = "Too often; see Retry-After"),
        (status = 500, body = ErrorBody, description = "Our own trouble"),
    )
)]
pub(crate) async fn order(
    State(merchant): State<Arc<Merchant>>,
    body: Result<Json<Purchase>, JsonRejection>,
) -> Result<(StatusCode, Json<Placed>), ApiError> {
    let Json(purchase) = body?;
    let basket = add_up(&purchase.items).map_err(ApiError::invalid)?;
    let (order_id, now) = (new_order_id()?, merchant.orders.now());
    let optional = OptionalData {
        item_details: Some(basket.items),
        custom_expiry: merchant.expiry.payable_for.map(CustomExpiry::of),
        ..OptionalData::default()
    };
    let order = NewOrder::new(order_id.clone(), basket.gross_amount, basket.description, optional);
    let order = order.map_err(|why| ApiError::invalid(why.to_string()))?;
    merchant.orders.place(&order, now).await?;
    crate::telemetry::about_order(&order_id);
    tracing::info!(%order_id, gross_amount = order.gross_amount.rupiah(), "order placed");
    let order_token = merchant.order_tokens.issue(&order_id, now);
    let placed = Placed {
        order_id,
        gross_amount: order.gross_amount.rupiah(),
        order_token,
        description: order.description,
        trusted_hosts: merchant.trusted_host.iter().cloned().collect(),
    };
    Ok((StatusCode::CREATED, Json(placed)))
}

fn new_order_id() -> Result<OrderId, ApiError> {
    let letters = rand::random::<[u8; ID_LENGTH]>().map(|byte| LETTERS[usize::from(byte % 32)]);
    let id: String = letters.map(char::from).iter().collect();
    OrderId::parse(&format!("order-{id}")).map_err(|e| ApiError::Internal(e.into()))
}

/// `GET /selesai/`: where a `callback_url` lands when the merchant serves no site of its own. It decides nothing:
/// `?result=success` in the address is a hint of the GoPay app, and no answer.
pub(crate) async fn finish() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"id\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Selesai</title><p>Terima kasih. Kembali ke halaman toko untuk melihat status pembayaran.</p></html>",
    )
}
