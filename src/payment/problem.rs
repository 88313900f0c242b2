//! Problems: why a payment cannot go on, or not as it should, with the public codes of `gopay-problem` (contract §2.5).

use gopay_contract::StatusCode;
use std::ops::{Deref, DerefMut};

/// Code of a problem, as `gopay-problem` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// An attribute is missing or unusable.
    Config,
    /// The browser has no network.
    Offline,
    /// The merchant does not answer, or cannot at the moment (5xx, 429).
    MerchantUnreachable,
    /// The merchant refuses the page (401, 403, 404, 419).
    MerchantRefused,
    /// The answer cannot be used. It never counts as paid.
    BadAnswer,
    /// The amount is not the one of the page, or of the charge.
    AmountMismatch,
    /// The QR image or the deeplink leads to a host that is not trusted.
    UntrustedUrl,
    /// Midtrans, or the merchant, rejected the charge.
    ChargeRejected,
    /// The QR image does not load.
    QrImage,
    /// Something that looks like a server key is exposed to payers.
    ServerKey,
    /// The widget itself failed.
    Internal,
}

impl ProblemCode {
    /// All codes.
    pub const ALL: [Self; 11] = [
        Self::Config,
        Self::Offline,
        Self::MerchantUnreachable,
        Self::MerchantRefused,
        Self::BadAnswer,
        Self::AmountMismatch,
        Self::UntrustedUrl,
        Self::ChargeRejected,
        Self::QrImage,
        Self::ServerKey,
        Self::Internal,
    ];

    /// The code as `gopay-problem` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Offline => "offline",
            Self::MerchantUnreachable => "merchant-unreachable",
            Self::MerchantRefused => "merchant-refused",
            Self::BadAnswer => "bad-answer",
            Self::AmountMismatch => "amount-mismatch",
            Self::UntrustedUrl => "untrusted-url",
            Self::ChargeRejected => "charge-rejected",
            Self::QrImage => "qr-image",
            Self::ServerKey => "server-key",
            Self::Internal => "internal",
        }
    }
}

/// Code of a problem, and the `status_code` of the body that it came from: what the payer's text depends on.
pub type ProblemKind = (ProblemCode, Option<StatusCode>);

/// A problem, with what a developer needs to find its cause. The payer's text is in `text/`.
///
/// It is a pointer because many functions return it: moving the whole of it cost a kilobyte of the browser's build.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem(Box<Cause>);

/// The contents of a [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    /// Its code.
    pub code: ProblemCode,
    /// For the console and the event, in English: names the field, the value and what was expected. Never a secret.
    pub message: String,
    /// The HTTP status of the answer that it came from.
    pub http_status: Option<u16>,
    /// The `status_code` of its body.
    pub midtrans_status_code: Option<StatusCode>,
    /// The `validation_messages` of its body.
    pub validation_messages: Vec<String>,
}

impl Deref for Problem {
    type Target = Cause;

    fn deref(&self) -> &Cause {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Cause {
        &mut self.0
    }
}

impl Problem {
    /// A problem with a message only.
    #[must_use]
    pub fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self(Box::new(Cause {
            code,
            message: message.into(),
            http_status: None,
            midtrans_status_code: None,
            validation_messages: Vec::new(),
        }))
    }

    /// Returns whether "Coba lagi" can help. Where it cannot, the payer is asked to reload the page, or the shop has to act: Midtrans
    /// says never to repeat a request that was answered with 400, 401, 402, 404 or 413.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.code {
            ProblemCode::Offline | ProblemCode::MerchantUnreachable | ProblemCode::BadAnswer | ProblemCode::QrImage => {
                true
            }
            // 406: another charge of this order was first. The next answer is that one.
            ProblemCode::ChargeRejected => self.midtrans_status_code == Some(StatusCode(406)),
            ProblemCode::Config
            | ProblemCode::MerchantRefused
            | ProblemCode::AmountMismatch
            | ProblemCode::UntrustedUrl
            | ProblemCode::ServerKey
            | ProblemCode::Internal => false,
        }
    }

    /// Key of the payer's text.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        (self.code, self.midtrans_status_code)
    }

    /// The same problem with another code.
    #[must_use]
    pub fn with_code(mut self, code: ProblemCode) -> Self {
        self.code = code;
        self
    }

    /// The same problem with the HTTP status of its answer.
    #[must_use]
    pub fn with_http_status(mut self, http_status: u16) -> Self {
        self.http_status = Some(http_status);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_public_name() {
        let mut names: Vec<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ProblemCode::ALL.len());
    }
}
