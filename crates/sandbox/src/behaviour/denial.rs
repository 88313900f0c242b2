//! GoPay's reasons for a denial.

use serde::{Deserialize, Serialize};

/// [`Behaviour::denial`](super::Behaviour::denial): a code of Midtrans' list "GoPay Response Codes", or fraud detection's.
/// In JSON a number, or one of two words: `service_error` (900) and `fraud` (4060).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "DenialReasonJson", into = "DenialReasonJson")]
pub struct DenialReason(u16);

/// The codes with their messages. What most of them mean to a merchant is the same: an internal error of GoPay's.
const LISTED: [(u16, &str); 43] = [
    (101, "WALLET_NOT_FOUND"),
    (102, "MERCHANT_NOT_AUTHORIZED"),
    (103, "ILLEGAL_KYC_TYPE"),
    (104, "ILLEGAL_USER_TYPE"),
    (105, "USER_NOT_FOUND"),
    (106, "RESERVATION_NOT_FOUND"),
    (107, "VOUCHER_BATCH_NOT_FOUND"),
    (108, "SPONSOR_NOT_FOUND"),
    (109, "CURRENTLY_NOT_ALLOWED"),
    (110, "UNAUTHORIZED"),
    (111, "PIN_ALREADY_SETUP"),
    (112, "WALLET_BLOCKED"),
    (113, "INVALID_PIN_FORMAT"),
    (114, "PHONE_NUMBER_NOT_FOUND"),
    (115, "WALLET_PHONE_NUMBER_NOT_MATCHED"),
    (116, "MERCHANT_NOT_FOUND"),
    (117, "KYC_NOT_AVAILABLE"),
    (118, "WALLET_RULESET_NOT_FOUND"),
    (119, "INCORRECT_PIN"),
    (120, "PIN_NOT_SETUP"),
    (121, "NEW_PIN_SAME_AS_OLD_PIN"),
    (122, "ILLEGAL_RECEIVER"),
    (123, "KYC_NOT_APPROVED"),
    (124, "KYC_PENDING"),
    (125, "PIN_IS_REQUIRED"),
    (126, "CUSTOMER_WALLET_BLOCKED"),
    (127, "SERVICE_PROVIDER_WALLET_BLOCKED"),
    (128, "LEDGER_WALLET_NOT_FOUND"),
    (129, "WALLET_ALREADY_EXISTS"),
    (130, "SERVICE_BLOCKED"),
    (131, "LINKED_WALLET_NOT_FOUND"),
    (132, "TRANSACTION_IN_PROGRESS"),
    (133, "SETTLEMENT_FAILED"),
    (134, "MERCHANT_INFORMATION_CACHE_STORE_FAILED"),
    (135, "TRANSACTION_NOT_FOUND"),
    (142, "INVALID_MERCHANT_IDENTIFIER"),
    (151, "AMEND_RESERVATION_INVALID_AMOUNT"),
    (153, "INVALID_PAYMENT_OPTION"),
    (900, "GENERIC_SERVICE_ERROR"),
    (901, "ATTRIBUTE_NOT_AVAILABLE_ERROR"),
    (902, "MALFORMED_JSON"),
    (903, "FORBIDDEN_OPERATION"),
    (4060, "GoPay transaction is rejected by FDS"),
];

impl DenialReason {
    /// 900: "try again later".
    pub const SERVICE_ERROR: Self = Self(900);
    /// 4060: fraud detection, and `fraud_status` is `deny`.
    pub const FRAUD: Self = Self(4060);

    /// The reason with this code, if the list has it.
    #[must_use]
    pub fn of(code: u16) -> Option<Self> {
        LISTED.iter().any(|(listed, _)| *listed == code).then_some(Self(code))
    }

    /// All of them, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        LISTED.iter().map(|(code, _)| Self(*code))
    }

    /// `channel_response_code`.
    #[must_use]
    pub fn code(self) -> u16 {
        self.0
    }

    /// `channel_response_message`.
    #[must_use]
    pub fn message(self) -> &'static str {
        LISTED.iter().find(|(code, _)| *code == self.0).map_or("", |(_, message)| message)
    }
}

impl Default for DenialReason {
    fn default() -> Self {
        Self::SERVICE_ERROR
    }
}

/// The value in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum DenialReasonJson {
    Code(u16),
    Word(String),
}

impl TryFrom<DenialReasonJson> for DenialReason {
    type Error = String;

    fn try_from(given: DenialReasonJson) -> Result<Self, String> {
        let code = match &given {
            DenialReasonJson::Code(code) => Some(*code),
            DenialReasonJson::Word(word) if word == "service_error" => return Ok(Self::SERVICE_ERROR),
            DenialReasonJson::Word(word) if word == "fraud" => return Ok(Self::FRAUD),
            DenialReasonJson::Word(word) => word.parse().ok(),
        };
        code.and_then(Self::of).ok_or_else(|| {
            let given = match given {
                DenialReasonJson::Code(code) => code.to_string(),
                DenialReasonJson::Word(word) => word,
            };
            format!(
                "denial: {given} must be service_error, fraud, or a code that Midtrans lists (101–153, 900–903, 4060)"
            )
        })
    }
}

impl From<DenialReason> for DenialReasonJson {
    fn from(reason: DenialReason) -> Self {
        match reason {
            DenialReason::SERVICE_ERROR => Self::Word("service_error".to_owned()),
            DenialReason::FRAUD => Self::Word("fraud".to_owned()),
            DenialReason(code) => Self::Code(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_reason_is_a_word_or_a_listed_code_and_is_read_as_it_is_written() {
        for reason in DenialReason::all() {
            assert_eq!(DenialReason::of(reason.code()), Some(reason));
            let written = serde_json::to_value(reason).expect("JSON");
            assert_eq!(serde_json::from_value::<DenialReason>(written).expect("read again"), reason);
        }
        let read = |given: Value| serde_json::from_value::<DenialReason>(given);
        assert_eq!(read(json!("101")).expect("digits"), read(json!(101)).expect("a number"));
        for unknown in [json!(136), json!("136"), json!("storm"), json!(0)] {
            let why = read(unknown.clone()).expect_err("not listed").to_string();
            assert!(why.contains("denial: ") && why.contains(unknown.to_string().trim_matches('"')), "{why}");
        }
    }
}
