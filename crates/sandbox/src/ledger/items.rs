//! `item_details`: optional, but its sum must be right.

use super::request_json;
use crate::behaviour::UnprovenCharges;
use serde_json::Value;

/// Validation errors of `item_details`, given the total. It is a list, or one item by itself as some sites in PHP send
/// it.
pub(super) fn complaints(item_details: &Value, gross_amount: Option<u64>, unproven: UnprovenCharges) -> Vec<String> {
    let items = match item_details {
        Value::Null => return Vec::new(),
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => std::slice::from_ref(item_details),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => return vec!["item_details must be a list".to_owned()],
    };
    let mut messages = Vec::new();
    let mut sum: i128 = 0;
    for (place, item) in items.iter().enumerate() {
        let price = request_json::price(&item["price"], unproven);
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
