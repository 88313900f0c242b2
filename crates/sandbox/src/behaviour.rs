//! What public documents do not settle about Midtrans, each as a switch.
//!
//! Every default is the one that real recordings or the documents make likelier or, where nothing speaks for either,
//! the one that is harder on whoever is being tested. Set at the start ([`crate::Settings::behaviour`]) or while
//! running (`PATCH /sandbox/behaviour`).

use serde::{Deserialize, Serialize};

/// The switches. A field that is left out of a JSON body keeps its default (at the start) or its value (in a `PATCH`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Seconds between `expiry_time` and the batch job that expires the transaction. In that gap the status is still
    /// `pending`, and a payment still settles. Midtrans tells of "up to 90 s"; default 30.
    pub expiry_job_delay_seconds: u32,
    /// Seconds between a refund's first notification and the second one, which has `bank_confirmed_at`. Default 2.
    pub bank_confirmation_delay_seconds: u32,
    /// Milliseconds before the `pending` notification leaves. Default 0: recordings show it sent at once.
    pub pending_notification_delay_ms: u64,
    /// `status_code` of get-status for a cancelled transaction. Default 200.
    pub status_code_of_cancel: u16,
    /// `status_code` of get-status for a denied transaction. Default 202.
    pub status_code_of_deny: u16,
    /// Whether errors other than 400 and 401 also use their code as HTTP status. Default `false`: HTTP 200, as most
    /// recordings show.
    pub http_status_follows_body: bool,
    /// Whether an `order_id` with other characters than `A-Z a-z 0-9 - _ ~ .` is refused. Default `enforced`.
    pub order_id_characters: OrderIdCharacters,
    /// What becomes of a `custom_expiry` over seven days. Default `reject`.
    pub over_seven_days: OverSevenDays,
    /// Whether the `order_id` of a denied transaction may be charged again. Default `refused` (406).
    pub order_id_after_deny: OrderIdAfterDeny,
    /// How `order_id` and `result` are joined to a `callback_url` that already has a query. Default `question_mark`:
    /// GoPay appends `?…` whatever is there.
    pub callback_join: CallbackJoin,
    /// Whether a charge's answer has `qr_string` and `acquirer`. Default `false`: no recording of a `gopay` charge does.
    pub qr_string_in_charge: bool,
    /// Whether a charge's answer has the action `generate-qr-code-v2`. Default `true`; not every account has it.
    pub generate_qr_code_v2: bool,
    /// Whether answers and notifications have `expiry_time`. Default `true`; old accounts may lack it.
    pub expiry_time: bool,
    /// Whether answers and notifications have `merchant_id`. Default `true`, as recordings since 2022.
    pub merchant_id: bool,
    /// Pixels per module of the QR images; the size of Midtrans' own is not documented. Default 8, at most 32.
    pub qr_code_module_pixels: u8,
    /// What the QR image's URL answers once the transaction is final. Default `served`.
    pub qr_code_when_final: QrCodeWhenFinal,
    /// `Cache-Control` of the QR images. Default `no-cache`, as the API's other answers.
    pub qr_code_cache_control: String,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            expiry_job_delay_seconds: 30,
            bank_confirmation_delay_seconds: 2,
            pending_notification_delay_ms: 0,
            status_code_of_cancel: 200,
            status_code_of_deny: 202,
            http_status_follows_body: false,
            order_id_characters: OrderIdCharacters::Enforced,
            over_seven_days: OverSevenDays::Reject,
            order_id_after_deny: OrderIdAfterDeny::Refused,
            callback_join: CallbackJoin::QuestionMark,
            qr_string_in_charge: false,
            generate_qr_code_v2: true,
            expiry_time: true,
            merchant_id: true,
            qr_code_module_pixels: 8,
            qr_code_when_final: QrCodeWhenFinal::Served,
            qr_code_cache_control: "no-cache".to_owned(),
        }
    }
}

/// [`Behaviour::order_id_characters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderIdCharacters {
    /// Only `A-Z a-z 0-9 - _ ~ .`, as today's documents say.
    Enforced,
    /// Any, as recordings of 2016 show.
    Any,
}

/// [`Behaviour::over_seven_days`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverSevenDays {
    /// 400.
    Reject,
    /// Cut to seven days.
    Trim,
}

/// [`Behaviour::order_id_after_deny`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderIdAfterDeny {
    /// 406.
    Refused,
    /// May be charged again.
    Free,
}

/// [`Behaviour::callback_join`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackJoin {
    /// Always `?order_id=…`, even after another `?`.
    QuestionMark,
    /// `&order_id=…` where there already is a query.
    Ampersand,
}

/// [`Behaviour::qr_code_when_final`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QrCodeWhenFinal {
    /// The image, as before.
    Served,
    /// A body 404.
    Refused,
}
