//! Errors: why a request fails ([`ApiError`]), as an HTTP status and a body of Midtrans' shape; and why the merchant cannot
//! start ([`StartError`]).
//!
//! The cause of a failed request is logged here, once, at the boundary, and never sent.

use crate::midtrans::MidtransError;
use crate::order_token::InvalidOrderToken;
use crate::orders::{self, is_unavailable};
use crate::settings::DatabaseUrl;
use crate::shop::Unauthorized;
use crate::telemetry::RefusedBecause;
use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gopay_contract::{ErrorBody, GrossAmount};
use std::error::Error;
use std::time::Duration;
use tower_http::timeout::TimeoutError;

/// Why a request fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The order token does not open this order.
    #[error(transparent)]
    Token(#[from] InvalidOrderToken),
    /// The body or the path cannot be read, or asks for what cannot be.
    #[error("{status_message}")]
    BadRequest { status: StatusCode, status_message: String, validation_messages: Vec<String> },
    /// The shop has no such order, or no charge of it yet. In the words of Midtrans' own answer.
    #[error("Transaction doesn't exist.")]
    NoTransaction,
    /// There is nothing at this path.
    #[error("The requested resource is not found")]
    NoRoute,
    /// The path is there, for another method.
    #[error("HTTP method is not allowed")]
    NoMethod,
    /// A page of another origin would change something.
    #[error("Requests of another origin are refused here")]
    ForeignPage,
    /// A notification whose signature does not hold.
    #[error("signature_key does not match")]
    Forged,
    /// A notification that Midtrans, when asked, does not confirm (yet): it is to be sent again.
    #[error("not confirmed by get-status yet")]
    Unconfirmed,
    /// A notification that was not taken in, for a reason of ours or of Midtrans': it is to be sent again.
    #[error("a notification cannot be taken in now: {0}")]
    NotTakenIn(Box<Self>),
    /// The client has asked too often. Nothing was done.
    #[error("Too many requests; ask again later")]
    TooMany { retry_after: Duration },
    /// The body came too slowly.
    #[error("The body did not come in time")]
    TooSlow,
    /// Midtrans said no.
    #[error(transparent)]
    Midtrans(#[from] MidtransError),
    /// Another request is busy with this order, for too long to wait.
    #[error("the order is being charged; ask again")]
    Busy,
    /// Midtrans' answer contradicts our order. A person has to look.
    #[error("Midtrans' answer contradicts our order: {0}")]
    Contradiction(String),
    /// The shop's backend places an order that cannot be stored beside what is.
    #[error("{0}")]
    Conflict(String),
    /// The shop has changed an order whose charge may already be on its way.
    #[error(
        "transaction_details.gross_amount of this order is {is} now and was {was} when it was first charged: a changed order needs a new order_id"
    )]
    OrderChanged { was: GrossAmount, is: GrossAmount },
    /// The shop's own [`OrderAuthorization`](crate::OrderAuthorization) does not open this order.
    #[error(transparent)]
    Unauthorized(Unauthorized),
    /// An internal error.
    #[error("{0:#}")]
    Internal(#[from] anyhow::Error),
}

/// Sentence for an internal error.
const OUR_TROUBLE: &str = "Sorry. Our system is recovering from unexpected issues. Please retry.";
/// Sentence while Midtrans cannot be reached.
const MIDTRANS_TROUBLE: &str = "Sorry. The payment partner is experiencing some connection issues. Please retry later.";
/// How long a browser is asked to wait before it tries again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

impl ApiError {
    /// A request that cannot be carried out, with one sentence per bad field.
    pub(crate) fn invalid(validation_message: impl Into<String>) -> Self {
        Self::BadRequest {
            status: StatusCode::BAD_REQUEST,
            status_message: "One or more parameters in the payload is invalid.".to_owned(),
            validation_messages: vec![validation_message.into()],
        }
    }

    /// The same for a notification. Midtrans looks at the HTTP status alone: whatever is not the notification's own fault must
    /// be neither of the 2xx, which a browser gets with Midtrans' refusals, nor a 500, after which it comes but once more.
    pub(crate) fn of_a_notification(self) -> Self {
        let is_not_its_own = matches!(
            self,
            Self::Midtrans(_) | Self::Busy | Self::Contradiction(_) | Self::Unauthorized(_) | Self::Internal(_)
        );
        if is_not_its_own { Self::NotTakenIn(Box::new(self)) } else { self }
    }

    fn log(&self) {
        match self {
            Self::NotTakenIn(why) => why.log(),
            Self::Token(_)
            | Self::Unauthorized(Unauthorized::Unknown | Unauthorized::OfAnother)
            | Self::BadRequest { .. }
            | Self::NoTransaction
            | Self::NoRoute
            | Self::NoMethod
            | Self::ForeignPage
            | Self::TooMany { .. }
            | Self::TooSlow => tracing::debug!(why = %self, "request refused"),
            Self::OrderChanged { .. } => tracing::error!(why = %self, "not charged"),
            Self::Conflict(_) => tracing::warn!(why = %self, "an order is not stored"),
            // In the request's one line.
            Self::Forged => {}
            Self::Unconfirmed => tracing::warn!("a notification is not confirmed by get-status; it is to come again"),
            Self::Busy => tracing::warn!("another request has been busy with this order for too long"),
            Self::Midtrans(MidtransError::Refused(body)) => {
                tracing::warn!(status_code = body.status_code.0, why = %body.status_message,
                    validation_messages = ?body.validation_messages, "Midtrans refused");
            }
            Self::Midtrans(MidtransError::Unreachable { why }) => tracing::warn!(%why, "Midtrans cannot be asked"),
            Self::Midtrans(MidtransError::ServerKey { .. })
            | Self::Contradiction(_)
            | Self::Unauthorized(Unauthorized::Failed(_))
            | Self::Internal(_) => {
                tracing::error!(why = %self, "the merchant cannot go on with this request");
            }
        }
    }

    fn into_parts(self) -> (StatusCode, ErrorBody) {
        let status = match &self {
            Self::Token(InvalidOrderToken::OfAnotherOrder)
            | Self::Unauthorized(Unauthorized::OfAnother)
            | Self::ForeignPage
            | Self::Forged => StatusCode::FORBIDDEN,
            Self::Token(InvalidOrderToken::Missing | InvalidOrderToken::Garbled | InvalidOrderToken::Expired)
            | Self::Unauthorized(Unauthorized::Unknown) => StatusCode::UNAUTHORIZED,
            Self::Conflict(_) | Self::OrderChanged { .. } => StatusCode::CONFLICT,
            Self::BadRequest { status, .. } => *status,
            Self::NoTransaction | Self::NoRoute => StatusCode::NOT_FOUND,
            Self::NoMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Midtrans(MidtransError::Refused(body)) => match body.status_code.0 {
                400 => StatusCode::BAD_REQUEST,
                429 => StatusCode::TOO_MANY_REQUESTS,
                // As Midtrans does: the body decides.
                _ => StatusCode::OK,
            },
            Self::Unconfirmed
            | Self::NotTakenIn(_)
            | Self::Busy
            | Self::Midtrans(MidtransError::Unreachable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(why) if is_unavailable(why) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Midtrans(MidtransError::ServerKey { .. })
            | Self::Contradiction(_)
            | Self::Unauthorized(Unauthorized::Failed(_))
            | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let body = match self {
            Self::Midtrans(MidtransError::Refused(body)) => body,
            Self::BadRequest { status, status_message, validation_messages } => {
                ErrorBody { validation_messages, ..ErrorBody::new(status.as_u16(), status_message) }
            }
            Self::Midtrans(MidtransError::Unreachable { .. }) => ErrorBody::new(status.as_u16(), MIDTRANS_TROUBLE),
            Self::NotTakenIn(_)
            | Self::Midtrans(MidtransError::ServerKey { .. })
            | Self::Contradiction(_)
            | Self::Unauthorized(Unauthorized::Failed(_))
            | Self::Internal(_) => ErrorBody::new(status.as_u16(), OUR_TROUBLE),
            // Midtrans' own code for an order_id that is taken: a page that knows it has nothing to try again.
            Self::OrderChanged { .. } => ErrorBody::new(406, self.to_string()),
            Self::Token(_)
            | Self::Unauthorized(Unauthorized::Unknown | Unauthorized::OfAnother)
            | Self::NoTransaction
            | Self::NoRoute
            | Self::NoMethod
            | Self::ForeignPage
            | Self::Forged
            | Self::Unconfirmed
            | Self::TooMany { .. }
            | Self::TooSlow
            | Self::Conflict(_)
            | Self::Busy => ErrorBody::new(status.as_u16(), self.to_string()),
        };
        (status, body)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let retry_after = if let Self::TooMany { retry_after } = &self {
            // Rounded up: a moment too early would be too many again.
            HeaderValue::from(retry_after.as_secs() + 1)
        } else {
            RETRY_AFTER
        };
        let is_forged = matches!(self, Self::Forged);
        let (status, body) = self.into_parts();
        let mut response = (status, Json(body)).into_response();
        if is_forged {
            let why = RefusedBecause("a notification was forged, or is for another merchant");
            response.extensions_mut().insert(why);
        }
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after);
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        Self::unreadable(&rejection, rejection.status(), rejection.body_text())
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        let status = rejection.status();
        // A body that is JSON but not what was expected is Midtrans' 400, and so is one that is not JSON.
        let status = if status == StatusCode::UNPROCESSABLE_ENTITY { StatusCode::BAD_REQUEST } else { status };
        Self::unreadable(&rejection, status, rejection.body_text())
    }
}

impl ApiError {
    fn unreadable(rejection: &(dyn Error + 'static), status: StatusCode, status_message: String) -> Self {
        let mut why = Some(rejection);
        while let Some(error) = why {
            if error.is::<TimeoutError>() {
                return Self::TooSlow;
            }
            why = error.source();
        }
        Self::BadRequest { status, status_message, validation_messages: Vec::new() }
    }
}

/// Why the merchant cannot start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened at.
    #[error("{variable} is {address:?}: cannot listen there: {source}")]
    Listen {
        /// The setting that names the address.
        variable: &'static str,
        /// Where.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("MERCHANT_DATABASE_URL is {url:?}: {why}")]
    Database {
        /// Its URL, without the password.
        url: String,
        /// Why not.
        why: String,
    },
    /// The HTTP client cannot be made.
    #[error("no HTTP client: {0}")]
    HttpClient(#[from] reqwest::Error),
    /// The server stopped by itself.
    #[error("the server stopped: {0}")]
    Serve(#[from] std::io::Error),
}

impl StartError {
    pub(crate) fn database(url: &DatabaseUrl, why: &anyhow::Error) -> Self {
        Self::Database { url: url.to_string(), why: orders::in_one_line(why) }
    }
}
