//! The endpoints, described as `OpenAPI` 3.1.
//!
//! Paths and methods come from the routes themselves (`router.rs` registers a handler and its description in one go), so
//! none is missing and none is made up. The bodies below say what is on the wire, where the contract's own types read
//! leniently; `tests/openapi.rs` holds the running merchant's answers against them, field by field.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};
use utoipa::{Modify, OpenApi, ToSchema};

/// How a payment stands, in Midtrans' own words; the answer to a charge, a status request and a cancellation, and the
/// `data` of a pushed status. Only `status_code` 2xx and 407 (`expire`) tell of a transaction.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used: the contract's Answer is what is sent")]
pub(crate) struct PaymentAnswer {
    /// What decides, whatever the HTTP status says.
    #[schema(pattern = "^[1-9][0-9]{2}$", example = "201")]
    status_code: String,
    /// For developers. Its wording changes: never compare it.
    status_message: Option<String>,
    /// Midtrans' id of this attempt.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    transaction_id: String,
    /// The shop's order, or an attempt at it, which begins with the order's id.
    #[schema(pattern = "^[A-Za-z0-9_~.-]{1,50}$", example = "order-101")]
    order_id: String,
    /// Whose transaction.
    merchant_id: Option<String>,
    /// Whole rupiah.
    #[schema(pattern = r"^[1-9][0-9]*\.00$", example = "44000.00")]
    gross_amount: String,
    currency: Option<Currency>,
    /// `gopay`, or `qris` once the QR code was scanned.
    payment_type: Option<String>,
    /// Jakarta time (UTC+7), without an offset, like the other times.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$")]
    transaction_time: Option<String>,
    transaction_status: TransactionStatus,
    fraud_status: Option<FraudStatus>,
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$")]
    settlement_time: Option<String>,
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$")]
    expiry_time: Option<String>,
    /// Where it can be paid. Only in the answer to a charge, and only while it can be.
    #[schema(required = false)]
    actions: Vec<Action>,
    /// Given back so far.
    #[schema(pattern = r"^[1-9][0-9]*\.00$")]
    refund_amount: Option<String>,
    /// Why GoPay refused, with `deny`.
    channel_response_code: Option<String>,
    /// The same in words, for developers.
    channel_response_message: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "only its schema is used")]
enum Currency {
    Idr,
}

/// Where a transaction stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used: the contract's own is what is sent")]
enum TransactionStatus {
    Pending,
    Settlement,
    Capture,
    Authorize,
    Expire,
    Cancel,
    Deny,
    Failure,
    Refund,
    PartialRefund,
}

/// Whether a paid status counts: absent or `accept`.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum FraudStatus {
    Accept,
    Challenge,
    Deny,
}

/// A URL to pay at.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Action {
    name: ActionName,
    method: Option<String>,
    #[schema(format = "uri")]
    url: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum ActionName {
    GenerateQrCode,
    #[schema(rename = "generate-qr-code-v2")]
    GenerateQrCodeV2,
    DeeplinkRedirect,
}

/// A request to charge an order. It has no amount on purpose: the merchant looks the amount up.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used: the contract's ChargeRequest is what is read")]
pub(crate) struct ChargeRequest {
    payment_type: PaymentType,
    transaction_details: TransactionDetails,
    gopay: Option<Gopay>,
    /// The ended transaction that a new attempt is to replace. Without it no new attempt is made.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    retry_of: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum PaymentType {
    Gopay,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct TransactionDetails {
    /// The shop's order.
    #[schema(pattern = "^[A-Za-z0-9_~.-]{1,50}$", example = "order-101")]
    order_id: String,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Gopay {
    /// Whether the app returns the payer at all.
    #[schema(required = false)]
    enable_callback: bool,
    /// Where to: a page of the shop, or a link of one of its apps.
    #[schema(max_length = 1000)]
    callback_url: Option<String>,
}

/// Midtrans' HTTP notification, signed. What it says of the status is not believed but asked for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used: the contract's Notification is what is read")]
pub(crate) struct Notification {
    /// What Midtrans was told: the shop's order, or an attempt at it.
    #[schema(pattern = "^[A-Za-z0-9_~.-]{1,50}$", example = "order-101")]
    order_id: String,
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    transaction_id: String,
    #[schema(min_length = 1)]
    transaction_status: String,
    #[schema(pattern = "^[1-9][0-9]{2}$", example = "200")]
    status_code: String,
    #[schema(pattern = "^[1-9][0-9]{0,11}\\.00$", example = "44000.00")]
    gross_amount: String,
    /// SHA-512 over `order_id`, `status_code`, `gross_amount` and the server key, in lower-case hex.
    #[schema(pattern = "^[0-9a-f]{128}$")]
    signature_key: String,
}

/// Why not, in Midtrans' shape.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used: the contract's ErrorBody is what is sent")]
pub(crate) struct ErrorBody {
    /// What decides, whatever the HTTP status says.
    #[schema(pattern = "^[1-9][0-9]{2}$", example = "404")]
    status_code: String,
    /// For developers; not for payers.
    status_message: String,
    /// One sentence per bad field.
    #[schema(required = false)]
    validation_messages: Vec<String>,
    /// Midtrans' id of the request, where the answer was Midtrans' own.
    id: Option<String>,
}

/// With HTTP 200: how it stands, or Midtrans' own no.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum Answered {
    Payment(Box<PaymentAnswer>),
    Error(ErrorBody),
}

#[derive(OpenApi)]
#[openapi(
    info(title = "GoPay checkout: the merchant's endpoints", description = "What the widget, Midtrans and whoever runs it ask."),
    modifiers(&OrderToken),
    tags(
        (name = "widget", description = "With an order token, or whatever the shop wants instead"),
        (name = "midtrans", description = "With a signature"),
        (name = "operator", description = "Not for the internet"),
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
