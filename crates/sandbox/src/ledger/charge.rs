//! Reads a charge request: from JSON to a [`Charge`], or to one sentence per bad field.

use super::{
    Callback, ChargedOrderId, Customer, MOST_GOPAY, NotificationTargets, PaymentLocale, charge_fields, request_json,
};
use crate::{
    ApiError, Behaviour,
    behaviour::{AmountLimit, ValidationWording, WrongDataType},
};
use gopay_contract::{GrossAmount, JakartaTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Sentences that Midtrans has published: the same in every wording.
const PUBLISHED: [&str; 3] = [
    "transaction_details.gross_amount is not equal to the sum of item_details",
    "custom_expiry is below minimum threshold",
    "Gopay.account_id is required",
];

/// `payment_type` of Midtrans' other channels, today's and those that it has closed. This account has none of them; what is
/// neither here nor `gopay` is misspelt.
const OTHER_CHANNELS: [&str; 24] = [
    "akulaku",
    "alfamart",
    "bank_transfer",
    "bca_klikbca",
    "bca_klikpay",
    "bri_epay",
    "cimb_clicks",
    "credit_card",
    "cstore",
    "dana",
    "danamon_online",
    "echannel",
    "gci",
    "indosat_dompetku",
    "kredivo",
    "mandiri_clickpay",
    "mandiri_ecash",
    "ovo",
    "permata",
    "qris",
    "shopeepay",
    "telkomsel_cash",
    "uob_ezpay",
    "xl_tunai",
];

/// A valid charge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// The merchant's order.
    pub order_id: ChargedOrderId,
    /// The total.
    pub gross_amount: GrossAmount,
    /// The return address, if `enable_callback`.
    pub callback: Option<Callback>,
    /// The end of the time to pay.
    pub expiry_time: JakartaTime,
    /// `custom_field1` to `3`: echoed.
    pub custom_fields: [Option<String>; 3],
    /// Echoed.
    pub metadata: Option<Value>,
    /// The URLs for its notifications.
    pub targets: NotificationTargets,
    /// The customer as named in notifications.
    #[serde(default)]
    pub customer: Option<Customer>,
    /// `X-Payment-Locale`.
    #[serde(default)]
    pub locale: PaymentLocale,
    /// `X-POP-ID`.
    #[serde(default)]
    pub pop_id: Option<String>,
}

impl Charge {
    /// Reads the body of `POST /v2/charge`.
    ///
    /// # Errors
    /// [`ApiError::ServiceError`] for a body without any field; [`ApiError::Invalid`] naming each bad field, or
    /// [`ApiError::WrongDataType`] or [`ApiError::Malformed`] where the switch wants them; of a charge without a bad field,
    /// [`ApiError::ChannelNotActivated`] for another channel of Midtrans' than `gopay`, and [`ApiError::NoSuchWallet`] where
    /// a linked wallet is named (tokenization).
    pub fn read(
        body: &Value,
        targets: NotificationTargets,
        now: JakartaTime,
        behaviour: &Behaviour,
    ) -> Result<Self, ApiError> {
        if body.as_object().is_none_or(serde_json::Map::is_empty) {
            return Err(ApiError::ServiceError);
        }
        let mut body = request_json::without_absent(body);
        request_json::without_empty_lists(&mut body, behaviour.uncertain_charges);
        let wrong = request_json::wrongly_typed(&body);
        match behaviour.wrong_data_type {
            WrongDataType::WrongType if !wrong.is_empty() => return Err(ApiError::WrongDataType(wrong)),
            WrongDataType::Malformed if !wrong.is_empty() => return Err(ApiError::Malformed),
            WrongDataType::Invalid | WrongDataType::WrongType | WrongDataType::Malformed => {}
        }
        let mut reader = Reader { messages: Vec::new() };
        let another_channel = reader.another_channel(&body["payment_type"]);
        let details = &body["transaction_details"];
        let order_id = reader.order_id(&details["order_id"], behaviour);
        let gross_amount = reader.gross_amount(&details["gross_amount"], behaviour);
        let total = gross_amount.map(GrossAmount::rupiah);
        reader.messages.extend(charge_fields::item_errors(&body["item_details"], total, behaviour.uncertain_charges));
        reader.messages.extend(charge_fields::customer_errors(&body["customer_details"]));
        let wallet = reader.linked_wallet(&body["gopay"]);
        let callback = reader.callback(&body["gopay"]);
        let custom_fields =
            ["custom_field1", "custom_field2", "custom_field3"].map(|name| reader.custom_field(name, &body[name]));
        let metadata = reader.metadata(&body["metadata"]);
        let expiry_time = charge_fields::expiry_time(&body["custom_expiry"], now, behaviour.over_seven_days)
            .map_err(|messages| reader.messages.extend(messages))
            .ok();
        match (order_id, gross_amount, expiry_time) {
            (Some(_), Some(_), Some(_)) if reader.messages.is_empty() && another_channel => {
                Err(ApiError::ChannelNotActivated)
            }
            (Some(_), Some(_), Some(_)) if reader.messages.is_empty() && wallet => Err(ApiError::NoSuchWallet),
            (Some(order_id), Some(gross_amount), Some(expiry_time)) if reader.messages.is_empty() => Ok(Self {
                order_id,
                gross_amount,
                callback,
                expiry_time,
                custom_fields,
                metadata,
                targets,
                customer: Customer::read(&body["customer_details"]),
                locale: PaymentLocale::default(),
                pop_id: None,
            }),
            _ => Err(ApiError::Invalid(worded(reader.messages, behaviour.validation_wording))),
        }
    }
}

/// The sentences in the wording of the switch.
fn worded(messages: Vec<String>, wording: ValidationWording) -> Vec<String> {
    let terse = |message: String| {
        let published = PUBLISHED.contains(&message.as_str()) || message.ends_with(" is required");
        match message.split_once(' ') {
            Some((field, _)) if !published => format!("{field} is invalid"),
            Some(_) | None => message,
        }
    };
    match wording {
        ValidationWording::Detailed => messages,
        ValidationWording::Terse => messages.into_iter().map(terse).collect(),
    }
}

/// Reads fields and collects validation errors.
struct Reader {
    messages: Vec<String>,
}

impl Reader {
    fn complain(&mut self, message: impl Into<String>) {
        self.messages.push(message.into());
    }

    /// True if the channel is another than GoPay; one that Midtrans does not have is a bad field.
    fn another_channel(&mut self, payment_type: &Value) -> bool {
        match payment_type.as_str() {
            Some("gopay") => false,
            Some(other) if OTHER_CHANNELS.contains(&other) => true,
            Some(_) => {
                self.complain("payment_type must be one that Midtrans has, like gopay");
                false
            }
            None => {
                self.complain("payment_type is required");
                false
            }
        }
    }

    fn order_id(&mut self, given: &Value, behaviour: &Behaviour) -> Option<ChargedOrderId> {
        let text = match ChargedOrderId::text_of(given) {
            Some(text) => text,
            None if given.is_null() => String::new(),
            None => {
                self.complain("transaction_details.order_id must be a text");
                return None;
            }
        };
        ChargedOrderId::parse(&text, behaviour.order_id_characters).map_err(|message| self.complain(message)).ok()
    }

    fn gross_amount(&mut self, given: &Value, behaviour: &Behaviour) -> Option<GrossAmount> {
        if given.is_null() {
            self.complain("transaction_details.gross_amount is required");
            return None;
        }
        let rupiah = request_json::total(given, behaviour.uncertain_charges);
        let gross_amount = rupiah.and_then(GrossAmount::from_rupiah);
        if gross_amount.is_none() {
            self.complain("transaction_details.gross_amount must be a whole number of rupiah, at least 1");
        }
        let above = gross_amount.is_some_and(|amount| amount.rupiah() > MOST_GOPAY);
        if above && behaviour.amount_limit == AmountLimit::AtCharge {
            self.complain(format!("transaction_details.gross_amount must be at most {MOST_GOPAY}"));
        }
        gross_amount
    }

    /// True if a linked wallet is to pay. The other fields of tokenization need one.
    fn linked_wallet(&mut self, gopay: &Value) -> bool {
        let given = |name: &str| !matches!(&gopay[name], Value::Null | Value::Bool(false));
        let named = given("account_id");
        if !named && ["payment_option_token", "promotion_ids", "pre_auth", "recurring"].into_iter().any(given) {
            self.complain("Gopay.account_id is required");
        }
        named
    }

    fn callback(&mut self, gopay: &Value) -> Option<Callback> {
        if !gopay.is_null() && !gopay.is_object() {
            self.complain("gopay must be an object");
        }
        let enabled = match &gopay["enable_callback"] {
            given if given.is_null() => false,
            given => {
                given.as_bool().or_else(|| given.as_str().and_then(|text| text.parse().ok())).unwrap_or_else(|| {
                    self.complain("gopay.enable_callback must be true or false");
                    false
                })
            }
        };
        let given = &gopay["callback_url"];
        if given.is_null() {
            return None;
        }
        let callback = given.as_str().and_then(Callback::parse);
        if callback.is_none() {
            self.complain("gopay.callback_url must be an http(s) URL or begin with an app's own scheme");
        }
        callback.filter(|_| enabled)
    }

    fn custom_field(&mut self, name: &str, given: &Value) -> Option<String> {
        if given.is_null() {
            return None;
        }
        let text = given.as_str().filter(|text| text.chars().count() <= 255);
        if text.is_none() {
            self.complain(format!("{name} must be a text of at most 255 characters"));
        }
        text.map(str::to_owned)
    }

    fn metadata(&mut self, given: &Value) -> Option<Value> {
        if !given.is_null() && !given.is_object() {
            self.complain("metadata must be an object");
        }
        given.is_object().then(|| given.clone())
    }
}
