//! Why we cannot go on, or not as we should: contract §2.5.

use gopay_contract::StatusCode;
use std::ops::{Deref, DerefMut};

/// What kind of problem. The names are the public codes of `gopay-problem`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// An attribute is missing or unusable.
    Config,
    /// The browser has no network.
    Offline,
    /// The merchant does not answer, or answers that it cannot just now.
    MerchantUnreachable,
    /// The merchant will not speak to this page.
    MerchantRefused,
    /// The answer is not what it must be. It never counts as paid.
    BadAnswer,
    /// The amount is not the one that the page, or the charge, promised.
    AmountMismatch,
    /// The QR code or the link points where no GoPay payment lives.
    UntrustedUrl,
    /// Midtrans, or the merchant, refused the charge.
    ChargeRejected,
    /// The QR picture does not load.
    QrImage,
    /// Something that looks like a server key is where payers can read it.
    ServerKey,
    /// An invariant of ours is broken.
    Internal,
}

impl ProblemCode {
    /// Every code, for tests and for lists.
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

    /// The code in `gopay-problem`.
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

/// A code, and the `status_code` of the body that told of it.
pub type ProblemKind = (ProblemCode, Option<StatusCode>);

/// A problem, with what a developer needs to find its cause. The payer's words are in `text/`. A pointer, because it
/// is what a hundred places may return, and moving all of it in each of them was a kilobyte of the browser's build.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem(Box<Cause>);

/// What there is to know of a [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    /// Which.
    pub code: ProblemCode,
    /// For the console and the event; English, names the field, the value and what was expected. Never a secret.
    pub message: String,
    /// The HTTP status of the answer that told of it.
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
    /// A problem with a sentence and nothing more.
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

    /// Whether pressing "Coba lagi" can help. Where it cannot, the payer is asked to reload the page, or the shop has to
    /// act: Midtrans says of its 400, 401, 402, 404 and 413 never to send the same again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.code {
            ProblemCode::Offline | ProblemCode::MerchantUnreachable | ProblemCode::BadAnswer | ProblemCode::QrImage => {
                true
            }
            // 406: another charge of this order was quicker. The next answer is that one.
            ProblemCode::ChargeRejected => self.midtrans_status_code == Some(StatusCode(406)),
            ProblemCode::Config
            | ProblemCode::MerchantRefused
            | ProblemCode::AmountMismatch
            | ProblemCode::UntrustedUrl
            | ProblemCode::ServerKey
            | ProblemCode::Internal => false,
        }
    }

    /// What decides about the payer's words.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        (self.code, self.midtrans_status_code)
    }

    /// The same, but with another code.
    #[must_use]
    pub fn with_code(mut self, code: ProblemCode) -> Self {
        self.code = code;
        self
    }

    /// The same, learned from an answer with this HTTP status.
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
