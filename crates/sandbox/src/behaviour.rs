//! Switches for facts about Midtrans that public documents do not settle.
//!
//! Every default is the one that real recordings or the documents make likelier or, where nothing speaks for either,
//! the one that is harder on the client under test. Set at the start ([`crate::Settings::behaviour`]) or while
//! running (`PATCH /sandbox/behaviour`).

mod denial;

pub use denial::DenialReason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The switches. A field that is left out of a JSON body keeps its default (at the start) or its value (in a `PATCH`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Seconds between `expiry_time` and the batch job that expires the transaction. In that gap the status is still
    /// `pending`, and a payment still settles. Midtrans tells of "up to 90 s"; default 30.
    pub expiry_job_delay_seconds: u32,
    /// Delay of the `pending` notification in milliseconds. Default 0: recordings show it sent at once.
    pub pending_notification_delay_ms: u64,
    /// `status_code` of get-status for a cancelled transaction. Default 200.
    pub status_code_of_cancel: u16,
    /// `status_code` of get-status for a denied transaction. Default 202.
    pub status_code_of_deny: u16,
    /// Errors other than 400 and 401 that use their code as HTTP status, too: all, none, or a list of codes. Default
    /// `false`: HTTP 200, as most recordings show.
    pub http_status_follows_body: HttpStatusFollowsBody,
    /// Rule for an `order_id` with other characters than `A-Z a-z 0-9 - _ ~ .`. Default `enforced`.
    pub order_id_characters: OrderIdCharacters,
    /// Answer to a `custom_expiry` over seven days. Default `reject`.
    pub over_seven_days: OverSevenDays,
    /// Answer to a new charge with the `order_id` of a denied transaction. Default `refused` (406).
    pub order_id_after_deny: OrderIdAfterDeny,
    /// Joins `order_id` and `result` to a `callback_url` that already has a query. Default `question_mark`: GoPay
    /// appends `?…` whatever is there.
    pub callback_join: CallbackJoin,
    /// True: a charge's answer has `qr_string` and `acquirer`. Default `false`: no recording of a `gopay` charge does.
    pub qr_string_in_charge: bool,
    /// True: answers and notifications have `merchant_id`. Default `true`, as recordings since 2022.
    pub merchant_id: bool,
    /// Pixels per module of the QR images; the size of Midtrans' own is not documented. Default 8, at most 32.
    pub qr_code_module_pixels: u8,
    /// Answer of the QR image's URL once the transaction is final. Default `served`.
    pub qr_code_when_final: QrCodeWhenFinal,
    /// `Cache-Control` of the QR images. Default `no-cache`, as the API's other answers.
    pub qr_code_cache_control: String,
    /// True: the account's QRIS set-up is finished. Default `true`; without it the QR images' URLs answer 503 in JSON.
    pub qris_activated: bool,
    /// State of the account. Default `active`; else every charge is refused with 402 or 410.
    pub gopay_account: GopayAccount,
    /// Charges in any sixty seconds, after which 429 comes. Default 0: no limit, because no number is published.
    pub charges_per_minute: u32,
    /// Longest body of a request in bytes, after which 413 comes. Default 0: no limit; 16 KB is told of, not documented.
    pub longest_body: u32,
    /// Answer to a request without the documented `Accept` and `Content-Type`. Default `lenient`.
    pub request_headers: RequestHeaders,
    /// The code for a field of another JSON type than the documented one. Default `invalid`: 400, like any bad field.
    pub wrong_data_type: WrongDataType,
    /// Answer to charges of which it is not known whether Midtrans takes them: `44000.0` and `"44000.00"` as amounts,
    /// and the empty lists that PHP writes for an empty `item_details`, `gopay` or `customer_details`. Default
    /// `refused`.
    pub uncertain_charges: UncertainCharges,
    /// Wording of the sentences in `validation_messages` that are not published. Default `detailed`.
    pub validation_wording: ValidationWording,
    /// The place where GoPay's limits (Rp20,000,000) are enforced. Default `at_payment`: the payer's wallet refuses.
    pub amount_limit: AmountLimit,
    /// GoPay's reason for a denial: `service_error`, `fraud`, or a code of its list. Default `service_error`.
    pub denial: DenialReason,
    /// Result of a charge that GoPay answers with 900. Default `denied`; the documents also tell of a body 500.
    pub service_error: ServiceError,
    /// True: the notification of a denial has `channel_response_code` and `channel_response_message`. Default `true`:
    /// the answers to charge and get-status have both.
    pub channel_response_in_notification: bool,
    /// The shape of `deeplink-redirect`. Default `detail`, the sandbox's since November 2024.
    pub deeplink: DeeplinkShape,
    /// True: leaving the app returns the payer with `result=abort`. Default `false`: the app is merely closed.
    pub abort_returns_payer: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            expiry_job_delay_seconds: 30,
            pending_notification_delay_ms: 0,
            status_code_of_cancel: 200,
            status_code_of_deny: 202,
            http_status_follows_body: HttpStatusFollowsBody::default(),
            order_id_characters: OrderIdCharacters::Enforced,
            over_seven_days: OverSevenDays::Reject,
            order_id_after_deny: OrderIdAfterDeny::Refused,
            callback_join: CallbackJoin::QuestionMark,
            qr_string_in_charge: false,
            merchant_id: true,
            qr_code_module_pixels: 8,
            qr_code_when_final: QrCodeWhenFinal::Served,
            qr_code_cache_control: "no-cache".to_owned(),
            qris_activated: true,
            gopay_account: GopayAccount::default(),
            charges_per_minute: 0,
            longest_body: 0,
            request_headers: RequestHeaders::default(),
            wrong_data_type: WrongDataType::default(),
            uncertain_charges: UncertainCharges::default(),
            validation_wording: ValidationWording::default(),
            amount_limit: AmountLimit::default(),
            denial: DenialReason::default(),
            service_error: ServiceError::default(),
            channel_response_in_notification: true,
            deeplink: DeeplinkShape::default(),
            abort_returns_payer: false,
        }
    }
}

/// [`Behaviour::order_id_characters`](Behaviour::order_id_characters).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderIdCharacters {
    /// Only `A-Z a-z 0-9 - _ ~ .`, as today's documents say.
    Enforced,
    /// Any, as recordings of 2016 show.
    Any,
}

/// [`Behaviour::over_seven_days`](Behaviour::over_seven_days).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverSevenDays {
    /// 400.
    Reject,
    /// Cut to seven days.
    Trim,
}

/// [`Behaviour::order_id_after_deny`](Behaviour::order_id_after_deny).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderIdAfterDeny {
    /// 406.
    Refused,
    /// May be charged again.
    Free,
}

/// [`Behaviour::callback_join`](Behaviour::callback_join).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackJoin {
    /// Always `?order_id=…`, even after another `?`.
    QuestionMark,
    /// `&order_id=…` where there already is a query.
    Ampersand,
}

/// [`Behaviour::qr_code_when_final`](Behaviour::qr_code_when_final).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QrCodeWhenFinal {
    /// The image, as before.
    Served,
    /// A body 404.
    Refused,
}

/// [`Behaviour::request_headers`](Behaviour::request_headers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestHeaders {
    /// Only an `Accept` that rules JSON out is refused (403).
    #[default]
    Lenient,
    /// A missing `Accept` too, and a body that is not `Content-Type: application/json` (413).
    Enforced,
}

/// [`Behaviour::wrong_data_type`](Behaviour::wrong_data_type).
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

/// [`Behaviour::uncertain_charges`](Behaviour::uncertain_charges).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UncertainCharges {
    /// 400.
    #[default]
    Refused,
    /// Read as `44000`, and as absent.
    Accepted,
}

/// [`Behaviour::validation_wording`](Behaviour::validation_wording).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidationWording {
    /// Each says what was expected.
    #[default]
    Detailed,
    /// Each names the field and says no more: `gross_amount is invalid`. The published ones stay.
    Terse,
}

/// [`Behaviour::amount_limit`](Behaviour::amount_limit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountLimit {
    /// The charge is made; the payer cannot pay it, and it stays pending.
    #[default]
    AtPayment,
    /// 400.
    AtCharge,
}

/// [`Behaviour::service_error`](Behaviour::service_error).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceError {
    /// Body 202: the charge is denied.
    #[default]
    Denied,
    /// Body 500: there is no transaction, and no notification.
    Error,
}

/// [`Behaviour::gopay_account`](Behaviour::gopay_account).
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

/// [`Behaviour::deeplink`](Behaviour::deeplink).
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

/// [`Behaviour::http_status_follows_body`](Behaviour::http_status_follows_body). In JSON `true`, `false` or a list
/// of codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "HttpStatusFollowsBodyJson", into = "HttpStatusFollowsBodyJson")]
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
enum HttpStatusFollowsBodyJson {
    All(bool),
    Codes(BTreeSet<u16>),
}

impl TryFrom<HttpStatusFollowsBodyJson> for HttpStatusFollowsBody {
    type Error = String;

    fn try_from(given: HttpStatusFollowsBodyJson) -> Result<Self, String> {
        match given {
            HttpStatusFollowsBodyJson::All(false) => Ok(Self::No),
            HttpStatusFollowsBodyJson::All(true) => Ok(Self::Yes),
            HttpStatusFollowsBodyJson::Codes(codes) => match codes.iter().find(|code| !(400..=599).contains(*code)) {
                Some(code) => Err(format!("http_status_follows_body: {code} must be from 400 to 599")),
                None => Ok(Self::Of(codes)),
            },
        }
    }
}

impl From<HttpStatusFollowsBody> for HttpStatusFollowsBodyJson {
    fn from(follows: HttpStatusFollowsBody) -> Self {
        match follows {
            HttpStatusFollowsBody::No => Self::All(false),
            HttpStatusFollowsBody::Yes => Self::All(true),
            HttpStatusFollowsBody::Of(codes) => Self::Codes(codes),
        }
    }
}
