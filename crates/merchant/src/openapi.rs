//! The endpoints, described as `OpenAPI` 3.1.
//!
//! Paths and methods come from the routes themselves (`router.rs` registers a handler and its description in one go), and
//! bodies from the contract's own types. `tests/openapi.rs` checks the running merchant's answers against them, field by field.

use gopay_contract::midtrans::{Notification, UnverifiedNotification};
use gopay_contract::{Answer, ErrorBody};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};

/// Midtrans' HTTP notification, signed. Its status is not believed, but a reason to call get-status.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct SignedNotification {
    #[serde(flatten)]
    signed: UnverifiedNotification,
    #[serde(flatten)]
    claimed: Notification,
}

/// With HTTP 200: the status of the payment, or Midtrans' own error.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum Answered {
    Payment(Box<Answer>),
    Error(ErrorBody),
}

/// The errors of the endpoints of an order.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only their description is used")]
pub(crate) enum OrderErrors {
    /// The body or the path cannot be read, or asks for what cannot be
    #[response(status = 400)]
    BadRequest(ErrorBody),
    /// No token, or one that has expired
    #[response(status = 401)]
    Unauthorized(ErrorBody),
    /// Not this order's token
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// No such order, or no charge of it yet
    #[response(status = 404)]
    NotFound(ErrorBody),
    /// It took too long
    #[response(status = 408)]
    TimedOut,
    /// Too often; see Retry-After
    #[response(status = 429)]
    TooMany(ErrorBody),
    /// Our own trouble
    #[response(status = 500)]
    Internal(ErrorBody),
    /// Busy, or Midtrans or the database cannot be asked; see Retry-After
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

#[derive(OpenApi)]
#[openapi(
    info(title = "GoPay checkout: the merchant's endpoints", description = "What the widget, Midtrans and whoever runs it ask."),
    modifiers(&OrderToken),
    components(schemas(ErrorBody)),
    tags(
        (name = "widget", description = "With an order token, or whatever the shop wants instead"),
        (name = "midtrans", description = "With a signature"),
        (name = "admin", description = "Not for the internet"),
    )
)]
pub(crate) struct Api;

struct OrderToken;

impl Modify for OrderToken {
    fn modify(&self, document: &mut Document) {
        let description = "Made when the shop makes the order; opens that order and no other, until it expires.";
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build();
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("order_token", SecurityScheme::Http(scheme));
    }
}
