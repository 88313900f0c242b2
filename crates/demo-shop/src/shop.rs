//! The shop's own routes: `GET /products`, `POST /orders`. A real shop does what [`order`] does where it makes its orders: it
//! looks the amount up, gives the order to the merchant, and hands the page the order's token.

use crate::products::{Line, PRODUCTS, Product, add_up};
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use gopay_contract::midtrans::{CustomExpiry, OptionalData};
use gopay_contract::{ErrorBody, InvalidOrderId, OrderId};
use gopay_merchant::{CheckoutBackend, InvalidOrder, NewOrder, PlaceError};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Letters that cannot be mistaken for each other; 32 of them, so that five random bits choose one.
const LETTERS: &[u8; 32] = b"023456789abcdefghjkmnpqrstuvwxyz";
/// 16 of 32 letters: 80 bits, which cannot be guessed.
const ID_LENGTH: usize = 16;

#[derive(Clone)]
struct Shop {
    checkout: CheckoutBackend,
    payable_for: Option<Duration>,
    trusted_host: Option<String>,
}

pub(crate) fn routes(checkout: CheckoutBackend, payable_for: Option<Duration>, trusted_host: Option<String>) -> Router {
    let shop = Shop { checkout, payable_for, trusted_host };
    Router::new().route("/products", get(products)).route("/orders", post(order)).with_state(shop)
}

#[derive(Serialize)]
struct ProductList {
    products: &'static [Product],
}

async fn products() -> Json<ProductList> {
    Json(ProductList { products: &PRODUCTS })
}

#[derive(Deserialize)]
struct Purchase {
    items: Vec<Line>,
}

/// An order as the page needs it to pay. `gross_amount` is a JSON number of whole rupiah.
#[derive(Serialize)]
struct Placed {
    order_id: OrderId,
    gross_amount: u64,
    order_token: String,
    description: String,
    trusted_hosts: Vec<String>,
}

/// Why nothing was ordered.
#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error("{}", .0.body_text())]
    Body(#[from] JsonRejection),
    #[error("{0}")]
    Basket(String),
    #[error(transparent)]
    Id(#[from] InvalidOrderId),
    #[error(transparent)]
    Order(#[from] InvalidOrder),
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Body(why) if why.status() != StatusCode::UNPROCESSABLE_ENTITY => why.status(),
            Self::Body(_) | Self::Basket(_) => StatusCode::BAD_REQUEST,
            Self::Id(_) | Self::Order(_) | Self::Place(_) => {
                tracing::error!(why = %self, "an order cannot be placed");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let sentence =
            if status.is_server_error() { "The order cannot be placed".to_owned() } else { self.to_string() };
        (status, Json(ErrorBody::new(status.as_u16(), sentence))).into_response()
    }
}

async fn order(
    State(shop): State<Shop>,
    body: Result<Json<Purchase>, JsonRejection>,
) -> Result<(StatusCode, Json<Placed>), OrderError> {
    let Json(purchase) = body?;
    let basket = add_up(&purchase.items).map_err(OrderError::Basket)?;
    let order_id = new_order_id()?;
    let optional = OptionalData {
        item_details: Some(basket.items),
        custom_expiry: shop.payable_for.map(CustomExpiry::of),
        ..OptionalData::default()
    };
    let order = NewOrder::new(order_id.clone(), basket.gross_amount, basket.description.clone(), optional)?;
    shop.checkout.place(&order).await?;
    tracing::info!(%order_id, gross_amount = basket.gross_amount.rupiah(), "order placed");
    let placed = Placed {
        order_token: shop.checkout.order_token(&order_id),
        order_id,
        gross_amount: basket.gross_amount.rupiah(),
        description: basket.description,
        trusted_hosts: shop.trusted_host.into_iter().collect(),
    };
    Ok((StatusCode::CREATED, Json(placed)))
}

fn new_order_id() -> Result<OrderId, InvalidOrderId> {
    let letters = rand::random::<[u8; ID_LENGTH]>().map(|byte| LETTERS[usize::from(byte % 32)]);
    let id: String = letters.map(char::from).iter().collect();
    OrderId::parse(&format!("order-{id}"))
}
