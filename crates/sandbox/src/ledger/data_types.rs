//! Finds fields of a charge whose JSON type is not the documented one.

use serde_json::Value;

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
pub(super) fn wrong(body: &Value) -> Vec<&'static str> {
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
