//! Values of the switches. The default is the variant that says so.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// [`Behaviour::order_id_characters`](super::Behaviour::order_id_characters).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderIdCharacters {
    /// Only `A-Z a-z 0-9 - _ ~ .`, as today's documents say.
    Enforced,
    /// Any, as recordings of 2016 show.
    Any,
}

/// [`Behaviour::over_seven_days`](super::Behaviour::over_seven_days).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverSevenDays {
    /// 400.
    Reject,
    /// Cut to seven days.
    Trim,
}

/// [`Behaviour::order_id_after_deny`](super::Behaviour::order_id_after_deny).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderIdAfterDeny {
    /// 406.
    Refused,
    /// May be charged again.
    Free,
}

/// [`Behaviour::callback_join`](super::Behaviour::callback_join).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackJoin {
    /// Always `?order_id=…`, even after another `?`.
    QuestionMark,
    /// `&order_id=…` where there already is a query.
    Ampersand,
}

/// [`Behaviour::qr_code_when_final`](super::Behaviour::qr_code_when_final).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QrCodeWhenFinal {
    /// The image, as before.
    Served,
    /// A body 404.
    Refused,
}

/// [`Behaviour::request_headers`](super::Behaviour::request_headers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestHeaders {
    /// Only an `Accept` that rules JSON out is refused (403).
    #[default]
    Lenient,
    /// A missing `Accept` too, and a body that is not `Content-Type: application/json` (413).
    Enforced,
}

/// [`Behaviour::wrong_data_type`](super::Behaviour::wrong_data_type).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongDataType {
    /// 400, like any bad field.
    #[default]
    Invalid,
    /// 408, the code that the list of codes has for it.
    WrongType,
    /// 413, as Midtrans was seen to answer a `/v2/capture` whose `transaction_id` is an object.
    Malformed,
}

/// [`Behaviour::unproven_charges`](super::Behaviour::unproven_charges).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnprovenCharges {
    /// 400.
    #[default]
    Refused,
    /// Reads `"44000"` as `44000`, and `null` as an absent field.
    Taken,
}

/// [`Behaviour::validation_wording`](super::Behaviour::validation_wording).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidationWording {
    /// Each says what was expected.
    #[default]
    Detailed,
    /// Each names the field and says no more: `gross_amount is invalid`. The published ones stay.
    Terse,
}

/// [`Behaviour::amount_limit`](super::Behaviour::amount_limit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountLimit {
    /// The charge is made; the payer cannot pay it, and it stays pending.
    #[default]
    AtPayment,
    /// 400.
    AtCharge,
}

/// [`Behaviour::service_error`](super::Behaviour::service_error).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceError {
    /// Body 202: the charge is denied.
    #[default]
    Denied,
    /// Body 500: there is no transaction, and no notification.
    Error,
}

/// [`Behaviour::gopay_account`](super::Behaviour::gopay_account).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GopayAccount {
    /// It may charge.
    #[default]
    Active,
    /// 402: the channel is not activated.
    NotActivated,
    /// 402: the merchant may not use this way to pay.
    NoAccess,
    /// 402: GoPay's settings are missing.
    MissingSettings,
    /// 402: GoPay does not let the merchant in.
    Unauthorized,
    /// 402: GoPay's merchant is not active.
    NotActive,
    /// 410, as the older list of codes has it: the merchant's account is closed.
    Deactivated,
    /// 410, as the newer list has it: GoPay's user is blocked.
    UserBlocked,
}

/// [`Behaviour::deeplink`](super::Behaviour::deeplink).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeeplinkShape {
    /// Sandbox since November 2024: `/v2/deeplink/detail?tref=…`.
    #[default]
    Detail,
    /// The same with `callback_url`, as older links had it. Whether today's have is not known.
    DetailWithCallback,
    /// `gojek://gopay/merchanttransfer?tref=…`, as in production: opened on a laptop it leads nowhere, and is pasted at
    /// `/v2/deeplink/index`.
    GojekScheme,
}

/// [`Behaviour::http_status_follows_body`](super::Behaviour::http_status_follows_body). In JSON `true`, `false` or a list
/// of codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Given", into = "Given")]
pub enum HttpStatusFollowsBody {
    /// None but 400 and 401.
    #[default]
    No,
    /// All.
    Yes,
    /// These, and 400 and 401.
    Of(BTreeSet<u16>),
}

impl HttpStatusFollowsBody {
    /// True if an error with this `status_code` has it as HTTP status, too.
    #[must_use]
    pub fn follows(&self, status_code: u16) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Of(codes) => codes.contains(&status_code),
        }
    }
}

/// The value in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Given {
    All(bool),
    Codes(BTreeSet<u16>),
}

impl TryFrom<Given> for HttpStatusFollowsBody {
    type Error = String;

    fn try_from(given: Given) -> Result<Self, String> {
        match given {
            Given::All(false) => Ok(Self::No),
            Given::All(true) => Ok(Self::Yes),
            Given::Codes(codes) => match codes.iter().find(|code| !(400..=599).contains(*code)) {
                Some(code) => Err(format!("http_status_follows_body: {code} must be from 400 to 599")),
                None => Ok(Self::Of(codes)),
            },
        }
    }
}

impl From<HttpStatusFollowsBody> for Given {
    fn from(follows: HttpStatusFollowsBody) -> Self {
        match follows {
            HttpStatusFollowsBody::No => Self::All(false),
            HttpStatusFollowsBody::Yes => Self::All(true),
            HttpStatusFollowsBody::Of(codes) => Self::Codes(codes),
        }
    }
}
