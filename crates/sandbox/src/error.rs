//! Errors of the API: Midtrans' codes and, where they were recorded, Midtrans' own sentences.

use crate::{Behaviour, behaviour::GopayAccount};
use gopay_contract::ErrorBody;

/// Error of a request. One variant for each thing that the caller would do differently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// 400: one sentence per bad field.
    #[error("One or more parameters in the payload is invalid.")]
    Invalid(Vec<String>),
    /// 401: no `Authorization`, or another key's.
    #[error("Transaction cannot be authorized with the current client/server key.")]
    Unauthorized,
    /// 402: a way to pay that this account does not have (this sandbox: anything but `gopay`).
    #[error("Payment channel is not activated.")]
    ChannelNotActivated,
    /// 402 or 410: what the switch `gopay_account` says of the account.
    #[error("{}", account_message(*.0))]
    Account(GopayAccount),
    /// 403: `Accept` rules JSON out.
    #[error("The resource cannot be given in a form that the Accept header admits")]
    NotAcceptable,
    /// 404: no such transaction.
    #[error("Transaction doesn't exist.")]
    NotFound,
    /// 404: a linked wallet is named (tokenization), and none is linked here.
    #[error("GoPay Wallet doesn't exist.")]
    NoSuchWallet,
    /// 405: another method than the route's.
    #[error("The requested method is not allowed")]
    MethodNotAllowed,
    /// 406: the `order_id` is pending or paid.
    #[error(
        "The request could not be completed due to a conflict with the current state of the target resource, please try again"
    )]
    DuplicateOrderId,
    /// 406: this `refund_key` was used before.
    #[error("Duplicate refund ID")]
    DuplicateRefundKey,
    /// 408: fields of another JSON type than the documented one.
    #[error("Wrong data type{}{}", if .0.is_empty() { "" } else { ": " }, .0.join(", "))]
    WrongDataType(Vec<&'static str>),
    /// 412 of approve, deny and capture: nothing about the transaction waits for such a decision.
    #[error("Transaction status cannot be updated.")]
    CannotDecide,
    /// 404: the path is none of this sandbox's, whatever Midtrans has there.
    #[error("This sandbox has no such path: it imitates one-time GoPay payments, and nothing else of Midtrans' API")]
    NoSuchPath,
    /// 412: a final transaction cannot be cancelled, one that is not paid cannot be refunded.
    #[error("Transaction status cannot be updated.")]
    CannotModify,
    /// 412: paid too long ago to be refunded. Which code Midtrans has for it is not published.
    #[error("Refund rejected: the refund window of this payment has closed")]
    RefundWindowClosed,
    /// 413: not JSON.
    #[error("The request cannot be processed due to malformed syntax in the request body")]
    Malformed,
    /// 414: more than what is left, or less than one rupiah.
    #[error("Refund rejected: the amount must be at least 1 and at most what has not been refunded yet")]
    RefundAmount,
    /// Never Midtrans' answer: the payer's wallet refuses so large a payment, and the transaction stays pending.
    #[error("The payer's wallet refuses the amount: at most {0} rupiah")]
    OverPayersLimit(u64),
    /// 500: GoPay's general error, where the switch `service_error` has it so; and a charge without any field.
    #[error("Sorry. Our system is recovering from unexpected issues. Please retry.")]
    ServiceError,
    /// 429: the switch `charges_per_minute`.
    #[error("API rate limit exceeded. The global rate limit is applied to Create Pay Account API and Charge API")]
    RateLimited,
    /// 503 of the QR image's URL, as accounts without a finished QRIS set-up see it.
    #[error("Sorry. The bank/payment partner is experiencing some connection issues. Please retry later.")]
    PartnerUnavailable,
}

const fn account_message(account: GopayAccount) -> &'static str {
    match account {
        GopayAccount::Active | GopayAccount::NotActivated => "Payment channel is not activated.",
        GopayAccount::NoAccess => "Merchant doesn't have access for this payment type",
        GopayAccount::MissingSettings => "Missing GoPay merchant setting data",
        GopayAccount::Unauthorized => "GoPay merchant is unauthorized.",
        GopayAccount::NotActive => "GoPay merchant is not active.",
        GopayAccount::Deactivated => "Merchant account is deactivated",
        GopayAccount::UserBlocked => "GoPay user is blocked",
    }
}

impl ApiError {
    /// The error with this `status_code`, for faults; `None` where GoPay's API has no such answer.
    #[must_use]
    pub(crate) fn of(status_code: u16) -> Option<Self> {
        Some(match status_code {
            400 => Self::Invalid(vec!["refused on request".to_owned()]),
            401 => Self::Unauthorized,
            402 => Self::ChannelNotActivated,
            403 => Self::NotAcceptable,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            406 => Self::DuplicateOrderId,
            408 => Self::WrongDataType(Vec::new()),
            410 => Self::Account(GopayAccount::Deactivated),
            412 => Self::CannotModify,
            413 => Self::Malformed,
            414 => Self::RefundAmount,
            429 => Self::RateLimited,
            500 => Self::ServiceError,
            503 => Self::PartnerUnavailable,
            _ => return None,
        })
    }

    /// `status_code` of the body.
    #[must_use]
    pub const fn status_code(&self) -> u16 {
        match self {
            Self::Invalid(_) => 400,
            Self::Unauthorized => 401,
            Self::Account(GopayAccount::Deactivated | GopayAccount::UserBlocked) => 410,
            Self::ChannelNotActivated | Self::Account(_) => 402,
            Self::NotAcceptable => 403,
            Self::NotFound | Self::NoSuchWallet | Self::NoSuchPath => 404,
            Self::MethodNotAllowed => 405,
            Self::DuplicateOrderId | Self::DuplicateRefundKey => 406,
            Self::WrongDataType(_) => 408,
            Self::CannotDecide | Self::CannotModify | Self::RefundWindowClosed | Self::OverPayersLimit(_) => 412,
            Self::Malformed => 413,
            Self::RefundAmount => 414,
            Self::RateLimited => 429,
            Self::ServiceError => 500,
            Self::PartnerUnavailable => 503,
        }
    }

    /// HTTP status: 400 and 401 are true ones, all others are 200 unless the switches say otherwise.
    #[must_use]
    pub fn http_status(&self, behaviour: &Behaviour) -> u16 {
        http_status(self.status_code(), behaviour)
    }

    /// The error body. `id` is the `transaction_id` where the error is about a known transaction, and else the request's
    /// own; it is left out where recordings have none (413, and 412 but for approve and deny).
    #[must_use]
    pub fn body(&self, id: String) -> ErrorBody {
        let mut body = ErrorBody::new(self.status_code(), self.to_string());
        if let Self::Invalid(messages) = self {
            body.validation_messages.clone_from(messages);
        }
        let has_none =
            matches!(self, Self::CannotModify | Self::RefundWindowClosed | Self::OverPayersLimit(_) | Self::Malformed);
        body.id = (!has_none).then_some(id);
        body
    }
}

/// The HTTP status that goes with an error's `status_code`.
#[must_use]
pub(crate) fn http_status(status_code: u16, behaviour: &Behaviour) -> u16 {
    match status_code {
        400 | 401 => status_code,
        _ if behaviour.http_status_follows_body.follows(status_code) => status_code,
        _ => 200,
    }
}
