//! `customer_details`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest text, in characters.
const LONGEST: usize = 255;

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
pub(super) fn complaints(given: &Value) -> Vec<String> {
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
    let long = texts.filter(|(_, text)| text.chars().count() > LONGEST);
    long.map(|(name, _)| format!("{field}.{name} must be at most {LONGEST} characters")).collect()
}
