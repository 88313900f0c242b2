//! A charge's fields and headers: `order_id`, `callback_url`, language, notification URLs, items, customer, expiry.

use super::request_json;
use crate::behaviour::{CallbackJoin, OrderIdCharacters, OverSevenDays, UncertainCharges};
use gopay_contract::{JakartaTime, OrderId, midtrans::ExpiryUnit};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use url::Url;

/// A `callback_url`: `http(s)` or an app's own scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback(String);

impl Callback {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        // These two would run in the sandbox's own page.
        let harmless = !matches!(url.scheme(), "javascript" | "data");
        harmless.then(|| Self(text.to_owned()))
    }

    /// The URL as the merchant gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL that the app opens for the payer: `…?order_id=…&result=…`.
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

/// The two that Midtrans knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentLocale {
    /// `id-ID`.
    #[default]
    Indonesian,
    /// `en-EN`.
    English,
}

impl PaymentLocale {
    /// Reads the header; anything but `en-EN` is Indonesian.
    #[must_use]
    pub fn read(header: Option<&str>) -> Self {
        match header {
            Some(locale) if locale.eq_ignore_ascii_case("en-EN") => Self::English,
            Some(_) | None => Self::Indonesian,
        }
    }
}

/// The merchant's name for its order: an [`OrderId`], or with [`OrderIdCharacters::Any`] any text of 1–50 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChargedOrderId(String);

impl ChargedOrderId {
    /// Reads an id.
    ///
    /// # Errors
    /// A sentence for `validation_messages`.
    pub fn parse(text: &str, characters: OrderIdCharacters) -> Result<Self, String> {
        if text.is_empty() {
            return Err("transaction_details.order_id is required".to_owned());
        }
        if text.chars().count() > OrderId::MAX_LENGTH {
            return Err("transaction_details.order_id must be at most 50 characters".to_owned());
        }
        match characters {
            OrderIdCharacters::Enforced if OrderId::parse(text).is_err() => {
                Err("transaction_details.order_id must only have the characters A-Z a-z 0-9 - _ ~ .".to_owned())
            }
            OrderIdCharacters::Enforced | OrderIdCharacters::Any => Ok(Self(text.to_owned())),
        }
    }

    /// The id in a charge's JSON: a text, or a number as some libraries send it.
    #[must_use]
    pub fn text_of(given: &Value) -> Option<String> {
        let number = given.is_u64() || given.is_i64();
        given.as_str().map(str::to_owned).or_else(|| number.then(|| given.to_string()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChargedOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The charge's `X-Override-Notification` and `X-Append-Notification`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationTargets {
    /// URLs in place of the configured one.
    pub instead: Vec<String>,
    /// URLs in addition to the configured one.
    pub beside: Vec<String>,
}

impl NotificationTargets {
    /// Most URLs that Midtrans takes from one header.
    pub const MOST: usize = 3;

    /// Reads the two headers: up to three URLs each, separated by commas. An empty header counts as absent.
    #[must_use]
    pub fn read(override_header: Option<&str>, append_header: Option<&str>) -> Self {
        Self { instead: list(override_header), beside: list(append_header) }
    }

    /// All URLs, given the configured one. Where both headers came, only the override is used.
    #[must_use]
    pub fn urls(&self, configured: Option<&str>) -> Vec<String> {
        match self.instead.as_slice() {
            [] => configured.map(str::to_owned).into_iter().chain(self.beside.iter().cloned()).collect(),
            instead => instead.to_vec(),
        }
    }
}

fn list(header: Option<&str>) -> Vec<String> {
    header
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .take(NotificationTargets::MOST)
        .map(str::to_owned)
        .collect()
}

/// Validation errors of `item_details`, given the total. It is a list, or one item by itself as some sites in PHP send
/// it.
pub(super) fn item_errors(item_details: &Value, gross_amount: Option<u64>, uncertain: UncertainCharges) -> Vec<String> {
    let items = match item_details {
        Value::Null => return Vec::new(),
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => std::slice::from_ref(item_details),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => return vec!["item_details must be a list".to_owned()],
    };
    let mut messages = Vec::new();
    let mut sum: i128 = 0;
    for (place, item) in items.iter().enumerate() {
        let price = request_json::price(&item["price"], uncertain);
        let quantity = request_json::whole(&item["quantity"]);
        if price.is_none() {
            messages.push(format!("item_details[{place}].price must be a whole number of rupiah"));
        }
        if quantity.is_none_or(|quantity| quantity < 1) {
            messages.push(format!("item_details[{place}].quantity must be a whole number, at least 1"));
        }
        if item["name"].as_str().is_none_or(str::is_empty) {
            messages.push(format!("item_details[{place}].name is required"));
        }
        sum += i128::from(price.unwrap_or(0)) * i128::from(quantity.unwrap_or(0));
    }
    if messages.is_empty() && gross_amount.is_some_and(|gross_amount| i128::from(gross_amount) != sum) {
        messages.push("transaction_details.gross_amount is not equal to the sum of item_details".to_owned());
    }
    messages
}

/// Longest text, in characters.
const LONGEST_CUSTOMER_TEXT: usize = 255;

/// The customer as in notifications (recorded since 2025); what was not sent is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// `phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `first_name` and `last_name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Customer {
    /// Reads the object; texts only.
    pub(super) fn read(given: &Value) -> Option<Self> {
        let text = |name: &str| given[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let names: Vec<_> = ["first_name", "last_name"].into_iter().filter_map(text).collect();
        let full_name = (!names.is_empty()).then(|| names.join(" "));
        let customer = Self { phone: text("phone"), full_name, email: text("email") };
        (customer != Self::default()).then_some(customer)
    }
}

/// Validation errors of `customer_details`.
pub(super) fn customer_errors(given: &Value) -> Vec<String> {
    if given.is_null() {
        return Vec::new();
    }
    if !given.is_object() {
        return vec!["customer_details must be an object".to_owned()];
    }
    let mut messages = too_long("customer_details", given);
    for name in ["billing_address", "shipping_address"] {
        let (field, address) = (format!("customer_details.{name}"), &given[name]);
        if address.is_null() {
            continue;
        }
        if !address.is_object() {
            messages.push(format!("{field} must be an object"));
            continue;
        }
        messages.extend(too_long(&field, address));
        let postal = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-'));
        if address["postal_code"].as_str().is_some_and(|text| !postal(text)) {
            messages.push(format!("{field}.postal_code must only have the characters A-Z a-z 0-9 - and blanks"));
        }
        if address["country_code"].as_str().is_some_and(|code| code != "IDN") {
            messages.push(format!("{field}.country_code must be IDN"));
        }
    }
    messages
}

fn too_long(field: &str, object: &Value) -> Vec<String> {
    let texts = object.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_str()?)));
    let long = texts.filter(|(_, text)| text.chars().count() > LONGEST_CUSTOMER_TEXT);
    long.map(|(name, _)| format!("{field}.{name} must be at most {LONGEST_CUSTOMER_TEXT} characters")).collect()
}

/// Default: fifteen minutes, without `custom_expiry`.
pub const DEFAULT_LIFETIME_SECONDS: i64 = 15 * 60;
/// Shortest life, in seconds.
pub const SHORTEST_SECONDS: i64 = 20;
/// Longest life, in seconds: seven days.
pub const LONGEST_SECONDS: i64 = 7 * 24 * 60 * 60;

/// `expiry_time` of a charge made now.
pub(super) fn expiry_time(
    custom_expiry: &Value,
    now: JakartaTime,
    over_seven_days: OverSevenDays,
) -> Result<JakartaTime, Vec<String>> {
    if custom_expiry.is_null() {
        return Ok(after(now, DEFAULT_LIFETIME_SECONDS));
    }
    let mut messages = Vec::new();
    let order_time = match &custom_expiry["order_time"] {
        given if given.is_null() => now,
        given => given.as_str().and_then(|text| JakartaTime::parse(text).ok()).unwrap_or_else(|| {
            messages.push("custom_expiry.order_time must be like 2026-01-31 10:00:00 +0700".to_owned());
            now
        }),
    };
    let given = &custom_expiry["expiry_duration"];
    let duration = given.as_i64().or_else(|| given.as_str()?.parse().ok()).filter(|duration| *duration > 0);
    if duration.is_none() {
        messages.push("custom_expiry.expiry_duration must be a whole number, at least 1".to_owned());
    }
    let unit = match &custom_expiry["unit"] {
        given if given.is_null() => Some(ExpiryUnit::default()),
        given => serde_json::from_value(given.clone()).ok(),
    };
    if unit.is_none() {
        messages.push("custom_expiry.unit must be second, minute, hour or day".to_owned());
    }
    let (Some(duration), Some(unit), []) = (duration, unit, messages.as_slice()) else {
        return Err(messages);
    };
    let seconds = duration.saturating_mul(i64::try_from(unit.seconds()).unwrap_or(i64::MAX));
    let end = order_time.unix_seconds().saturating_add(seconds);
    let life = end.saturating_sub(now.unix_seconds());
    if life < SHORTEST_SECONDS {
        return Err(vec!["custom_expiry is below minimum threshold".to_owned()]);
    }
    match over_seven_days {
        OverSevenDays::Reject if life > LONGEST_SECONDS => {
            Err(vec!["custom_expiry is above maximum threshold".to_owned()])
        }
        OverSevenDays::Reject | OverSevenDays::Trim => Ok(after(now, life.min(LONGEST_SECONDS))),
    }
}

fn after(time: JakartaTime, seconds: i64) -> JakartaTime {
    JakartaTime::from_unix_seconds(time.unix_seconds() + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_replaces_the_configured_url_and_an_append_adds_to_it() {
        let replaced = NotificationTargets::read(Some("http://a/, http://b/"), None);
        assert_eq!(replaced.urls(Some("http://shop/")), ["http://a/", "http://b/"]);
        let both = NotificationTargets::read(Some("http://a/"), Some("http://c/"));
        assert_eq!(both.urls(Some("http://shop/")), ["http://a/"]);
        let appended = NotificationTargets::read(None, Some("http://c/"));
        assert_eq!(appended.urls(Some("http://shop/")), ["http://shop/", "http://c/"]);
    }

    #[test]
    fn an_empty_header_counts_as_absent_and_a_fourth_url_is_passed_over() {
        let empty = NotificationTargets::read(Some(""), Some(" , "));
        assert_eq!(empty.urls(Some("http://shop/")), ["http://shop/"]);
        assert_eq!(empty.urls(None), Vec::<String>::new());
        assert_eq!(NotificationTargets::read(Some("1,2,3,4"), None).instead, ["1", "2", "3"]);
    }
}
