//! `fraud_status`: the verdict of fraud detection.

use serde::{Deserialize, Serialize, Serializer};

/// Midtrans' `fraud_status`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum FraudStatus {
    /// Fraud detection found nothing.
    Accept,
    /// A person has still to decide.
    Challenge,
    /// Refused.
    Deny,
    /// A word that this version does not know: does not let pass.
    Unknown(String),
}

impl FraudStatus {
    /// True if a paid status with this `fraud_status` counts as paid. An absent `fraud_status` (`None`) does.
    #[must_use]
    pub const fn is_accepted(fraud_status: Option<&Self>) -> bool {
        match fraud_status {
            None | Some(Self::Accept) => true,
            Some(Self::Challenge | Self::Deny | Self::Unknown(_)) => false,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Accept => "accept",
            Self::Challenge => "challenge",
            Self::Deny => "deny",
            Self::Unknown(word) => word,
        }
    }
}

impl Serialize for FraudStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl From<String> for FraudStatus {
    fn from(word: String) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "accept" => Self::Accept,
            "challenge" => Self::Challenge,
            "deny" => Self::Deny,
            _ => Self::Unknown(word),
        }
    }
}
