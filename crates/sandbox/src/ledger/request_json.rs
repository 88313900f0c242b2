//! Reads the JSON of requests: absent fields, whole numbers, and fields of a wrong type.

use crate::behaviour::UncertainCharges;
use serde_json::Value;

/// Fields whose content is the shop's own, and comes back as it was sent.
const ECHOED: &str = "metadata";

/// Removes the fields that count as absent: `null` and empty texts, which some clients always send (the old official
/// client for Go writes `"callback_url":""` and `"refund_key":""`).
pub(super) fn without_absent(body: &Value) -> Value {
    match body {
        Value::Object(fields) => {
            let present = fields.iter().filter(|(_, value)| !is_absent(value));
            let kept = present.map(|(name, value)| {
                let value = if name == ECHOED { value.clone() } else { without_absent(value) };
                (name.clone(), value)
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => items.iter().map(without_absent).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => body.clone(),
    }
}

/// Removes the empty lists that PHP writes for an empty array, where the switch accepts them.
pub(super) fn without_empty_lists(body: &mut Value, uncertain: UncertainCharges) {
    match (body, uncertain) {
        (Value::Object(fields), UncertainCharges::Accepted) => {
            fields.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
        }
        (_, UncertainCharges::Accepted | UncertainCharges::Refused) => {}
    }
}

fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// Reads a whole number, or digits in a text.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Reads a price: a whole number, or a text that may have zeros behind the point, as in `"13950000.00"`.
pub(super) fn price(value: &Value, uncertain: UncertainCharges) -> Option<i64> {
    whole(value).or_else(|| before_zeros(value.as_str()?)?.parse().ok()).or_else(|| number_with_zeros(value, uncertain))
}

/// Reads a total: a whole number, or digits in a text as the Java sample sends it; with zeros behind the point where
/// the switch accepts them.
pub(super) fn total(value: &Value, uncertain: UncertainCharges) -> Option<u64> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let plain = value.as_u64().or_else(|| digits(value.as_str()?));
    let with_zeros = || match uncertain {
        UncertainCharges::Accepted => digits(before_zeros(value.as_str()?)?),
        UncertainCharges::Refused => None,
    };
    plain.or_else(with_zeros).or_else(|| u64::try_from(number_with_zeros(value, uncertain)?).ok())
}

/// Reads `"44000.00"` without its cents, which must be zero.
fn before_zeros(text: &str) -> Option<&str> {
    let (whole, cents) = text.split_once('.')?;
    let has_digits = whole.bytes().last().is_some_and(|last| last.is_ascii_digit());
    (has_digits && !cents.is_empty() && cents.bytes().all(|digit| digit == b'0')).then_some(whole)
}

/// Reads `44000.0`, where the switch accepts it.
fn number_with_zeros(value: &Value, uncertain: UncertainCharges) -> Option<i64> {
    match uncertain {
        UncertainCharges::Refused => None,
        UncertainCharges::Accepted => before_zeros(&value.as_number()?.to_string())?.parse().ok(),
    }
}

#[derive(Clone, Copy)]
enum DataType {
    Text,
    /// A number, or a text as the documents' own samples send it; for `order_id`, the reverse.
    TextOrNumber,
    /// `true`, or a text as some libraries send it.
    Truth,
    Object,
    /// A list, or what would be its only element.
    ListOrObject,
}

const FIELDS: [(&str, &str, DataType); 15] = [
    ("payment_type", "/payment_type", DataType::Text),
    ("transaction_details", "/transaction_details", DataType::Object),
    ("transaction_details.order_id", "/transaction_details/order_id", DataType::TextOrNumber),
    ("transaction_details.gross_amount", "/transaction_details/gross_amount", DataType::TextOrNumber),
    ("item_details", "/item_details", DataType::ListOrObject),
    ("customer_details", "/customer_details", DataType::Object),
    ("gopay", "/gopay", DataType::Object),
    ("gopay.enable_callback", "/gopay/enable_callback", DataType::Truth),
    ("gopay.callback_url", "/gopay/callback_url", DataType::Text),
    ("custom_expiry", "/custom_expiry", DataType::Object),
    ("custom_expiry.expiry_duration", "/custom_expiry/expiry_duration", DataType::TextOrNumber),
    ("custom_field1", "/custom_field1", DataType::Text),
    ("custom_field2", "/custom_field2", DataType::Text),
    ("custom_field3", "/custom_field3", DataType::Text),
    ("metadata", "/metadata", DataType::Object),
];

/// Names of the fields with a wrong type.
pub(super) fn wrongly_typed(body: &Value) -> Vec<&'static str> {
    let given = |pointer| body.pointer(pointer).filter(|value| !value.is_null());
    let wrong = FIELDS.iter().filter(|(_, pointer, wanted)| given(pointer).is_some_and(|value| !wanted.fits(value)));
    wrong.map(|(name, ..)| *name).collect()
}

impl DataType {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::TextOrNumber => value.is_string() || value.is_number(),
            Self::Truth => value.is_boolean() || value.is_string(),
            Self::Object => value.is_object(),
            Self::ListOrObject => value.is_array() || value.is_object(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_and_an_empty_text_are_absent_at_every_depth_but_in_what_is_echoed() {
        let body =
            json!({"a": "", "b": null, "c": {"d": "", "e": 0, "f": [{"g": "", "h": false}]}, "metadata": {"i": ""}});
        let kept = json!({"c": {"e": 0, "f": [{"h": false}]}, "metadata": {"i": ""}});
        assert_eq!(without_absent(&body), kept);
    }

    #[test]
    fn a_price_may_have_zeros_behind_the_point_in_a_text_and_a_total_only_by_the_switch() {
        use UncertainCharges::{Accepted, Refused};
        for (value, as_price, as_total, uncertain_price, uncertain_total) in [
            (json!(44_000), Some(44_000), Some(44_000), Some(44_000), Some(44_000)),
            (json!("44000"), Some(44_000), Some(44_000), Some(44_000), Some(44_000)),
            (json!("44000.00"), Some(44_000), None, Some(44_000), Some(44_000)),
            (json!(44_000.0), None, None, Some(44_000), Some(44_000)),
            (json!(-5), Some(-5), None, Some(-5), None),
            (json!("-5.00"), Some(-5), None, Some(-5), None),
            (json!("44000.50"), None, None, None, None),
            (json!(44_000.5), None, None, None, None),
            (json!(1e300), None, None, None, None),
            (json!("."), None, None, None, None),
            (json!("-.0"), None, None, None, None),
        ] {
            assert_eq!((price(&value, Refused), total(&value, Refused)), (as_price, as_total), "{value}");
            assert_eq!(
                (price(&value, Accepted), total(&value, Accepted)),
                (uncertain_price, uncertain_total),
                "{value}"
            );
        }
    }
}
