//! Reading a charge request: from JSON to a [`Charge`], or to one sentence per bad field.

use super::{ChargedOrderId, NotificationTargets, expiry, items};
use crate::{Behaviour, Refusal, behaviour::CallbackJoin};
use gopay_contract::{GrossAmount, JakartaTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

/// A charge that may be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// The merchant's order.
    pub order_id: ChargedOrderId,
    /// The total.
    pub gross_amount: GrossAmount,
    /// Where the app returns the payer, if `enable_callback`.
    pub callback: Option<Callback>,
    /// Until when it can be paid.
    pub expiry_time: JakartaTime,
    /// `custom_field1` to `3`: echoed.
    pub custom_fields: [Option<String>; 3],
    /// Echoed.
    pub metadata: Option<Value>,
    /// Where its notifications go.
    pub targets: NotificationTargets,
}

/// A `callback_url`: `http(s)` or an app's own scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback(String);

impl Callback {
    fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        // These two would run in the sandbox's own page.
        let harmless = !matches!(url.scheme(), "javascript" | "data");
        harmless.then(|| Self(text.to_owned()))
    }

    /// Where the app sends the payer: `…?order_id=…&result=…`.
    #[must_use]
    pub fn returning(&self, order_id: &ChargedOrderId, result: &str, join: CallbackJoin) -> String {
        let separator = match join {
            CallbackJoin::Ampersand if self.0.contains('?') => '&',
            CallbackJoin::Ampersand | CallbackJoin::QuestionMark => '?',
        };
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("order_id", order_id.as_str())
            .append_pair("result", result)
            .finish();
        format!("{}{separator}{query}", self.0)
    }
}

impl Charge {
    /// Reads the body of `POST /v2/charge`.
    ///
    /// # Errors
    /// [`Refusal::ChannelNotActivated`] for another `payment_type` than `gopay`, else [`Refusal::Invalid`] naming each
    /// bad field.
    pub fn read(
        body: &Value,
        targets: NotificationTargets,
        now: JakartaTime,
        behaviour: &Behaviour,
    ) -> Result<Self, Refusal> {
        let mut reader = Reader { messages: Vec::new() };
        match body["payment_type"].as_str() {
            Some("gopay") => {}
            Some(other) if !other.is_empty() => return Err(Refusal::ChannelNotActivated),
            Some(_) | None => reader.complain("payment_type is required"),
        }
        let details = &body["transaction_details"];
        let order_id = reader.order_id(&details["order_id"], behaviour);
        let gross_amount = reader.gross_amount(&details["gross_amount"]);
        reader.messages.extend(items::complaints(&body["item_details"], gross_amount.map(GrossAmount::rupiah)));
        reader.customer(&body["customer_details"]);
        let callback = reader.callback(&body["gopay"]);
        let custom_fields =
            ["custom_field1", "custom_field2", "custom_field3"].map(|name| reader.custom_field(name, &body[name]));
        let metadata = reader.metadata(&body["metadata"]);
        let expiry_time = expiry::expiry_time(&body["custom_expiry"], now, behaviour.over_seven_days)
            .map_err(|messages| reader.messages.extend(messages))
            .ok();
        match (order_id, gross_amount, expiry_time) {
            (Some(order_id), Some(gross_amount), Some(expiry_time)) if reader.messages.is_empty() => {
                Ok(Self { order_id, gross_amount, callback, expiry_time, custom_fields, metadata, targets })
            }
            _ => Err(Refusal::Invalid(reader.messages)),
        }
    }
}

/// Collects what is wrong.
struct Reader {
    messages: Vec<String>,
}

impl Reader {
    fn complain(&mut self, message: impl Into<String>) {
        self.messages.push(message.into());
    }

    /// A text, or a number as some libraries send it.
    fn order_id(&mut self, given: &Value, behaviour: &Behaviour) -> Option<ChargedOrderId> {
        let text = match given {
            given if given.is_null() => String::new(),
            given if given.is_u64() || given.is_i64() => given.to_string(),
            given => match given.as_str() {
                Some(text) => text.to_owned(),
                None => {
                    self.complain("transaction_details.order_id must be a text");
                    return None;
                }
            },
        };
        ChargedOrderId::parse(&text, behaviour.order_id_characters).map_err(|message| self.complain(message)).ok()
    }

    /// A whole number, or digits in a text as the Java sample sends it. No decimals.
    fn gross_amount(&mut self, given: &Value) -> Option<GrossAmount> {
        if given.is_null() {
            self.complain("transaction_details.gross_amount is required");
            return None;
        }
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let rupiah = given.as_u64().or_else(|| given.as_str().and_then(digits));
        let gross_amount = rupiah.and_then(GrossAmount::from_rupiah);
        if gross_amount.is_none() {
            self.complain("transaction_details.gross_amount must be a whole number of rupiah, at least 1");
        }
        gross_amount
    }

    fn customer(&mut self, given: &Value) {
        match given.as_object() {
            None if given.is_null() => {}
            None => self.complain("customer_details must be an object"),
            Some(fields) => {
                for (name, value) in fields {
                    if value.as_str().is_some_and(|text| text.chars().count() > 255) {
                        self.complain(format!("customer_details.{name} must be at most 255 characters"));
                    }
                }
            }
        }
    }

    fn callback(&mut self, gopay: &Value) -> Option<Callback> {
        if !gopay.is_null() && !gopay.is_object() {
            self.complain("gopay must be an object");
        }
        for tokenization in ["account_id", "payment_option_token", "pre_auth", "recurring"] {
            let given = &gopay[tokenization];
            if !given.is_null() && given.as_bool() != Some(false) {
                self.complain(format!(
                    "gopay.{tokenization} belongs to tokenization, which this sandbox does not imitate"
                ));
            }
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
