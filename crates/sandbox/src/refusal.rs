//! How the sandbox says no: Midtrans' codes and, where they were recorded, Midtrans' own sentences.

use crate::Behaviour;
use gopay_contract::ErrorBody;

/// Why a request is refused. One variant for each thing that the caller would do differently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 400: one sentence per bad field.
    #[error("One or more parameters in the payload is invalid.")]
    Invalid(Vec<String>),
    /// 401: no `Authorization`, or another key's.
    #[error("Transaction cannot be authorized with the current client/server key.")]
    Unauthorized,
    /// 402: a way to pay that this account does not have (this sandbox: anything but `gopay`).
    #[error("Payment channel is not activated.")]
    ChannelNotActivated,
    /// 404: no such transaction.
    #[error("Transaction doesn't exist.")]
    NotFound,
    /// 406: the `order_id` is pending or paid.
    #[error(
        "The request could not be completed due to a conflict with the current state of the target resource, please try again"
    )]
    DuplicateOrderId,
    /// 406: this `refund_key` was used before.
    #[error("Duplicate refund ID")]
    DuplicateRefundKey,
    /// 412: a final transaction cannot be cancelled, one that is not paid cannot be refunded.
    #[error("Transaction status cannot be updated.")]
    CannotModify,
    /// 413: not JSON.
    #[error("The request cannot be processed due to malformed syntax in the request body")]
    Malformed,
    /// 414: more than what is left, or less than one rupiah.
    #[error("Refund rejected: the amount must be at least 1 and at most what has not been refunded yet")]
    RefundAmount,
    /// 503 of the QR image's URL, as accounts without a finished QRIS set-up see it.
    #[error("Sorry. The bank/payment partner is experiencing some connection issues. Please retry later.")]
    PartnerUnavailable,
}

impl Refusal {
    /// `status_code` of the body.
    #[must_use]
    pub const fn status_code(&self) -> u16 {
        match self {
            Self::Invalid(_) => 400,
            Self::Unauthorized => 401,
            Self::ChannelNotActivated => 402,
            Self::NotFound => 404,
            Self::DuplicateOrderId | Self::DuplicateRefundKey => 406,
            Self::CannotModify => 412,
            Self::Malformed => 413,
            Self::RefundAmount => 414,
            Self::PartnerUnavailable => 503,
        }
    }

    /// HTTP status: 400 and 401 are true ones, all others are 200 unless the switch says otherwise.
    #[must_use]
    pub const fn http_status(&self, behaviour: &Behaviour) -> u16 {
        http_status(self.status_code(), behaviour)
    }

    /// The body. `request_id` is left out where recordings have none (412, 413).
    #[must_use]
    pub fn body(&self, request_id: String) -> ErrorBody {
        let mut body = ErrorBody::new(self.status_code(), self.to_string());
        if let Self::Invalid(messages) = self {
            body.validation_messages.clone_from(messages);
        }
        body.id = match self {
            Self::CannotModify | Self::Malformed => None,
            Self::Invalid(_)
            | Self::Unauthorized
            | Self::ChannelNotActivated
            | Self::NotFound
            | Self::DuplicateOrderId
            | Self::DuplicateRefundKey
            | Self::RefundAmount
            | Self::PartnerUnavailable => Some(request_id),
        };
        body
    }
}

/// The HTTP status that goes with an error's `status_code`.
#[must_use]
pub(crate) const fn http_status(status_code: u16, behaviour: &Behaviour) -> u16 {
    match status_code {
        400 | 401 => status_code,
        _ if behaviour.http_status_follows_body => status_code,
        _ => 200,
    }
}
