//! `item_details`: optional, but if there, it must add up.

use serde_json::Value;

/// What is wrong with `item_details`, given the total.
pub(super) fn complaints(item_details: &Value, gross_amount: Option<u64>) -> Vec<String> {
    if item_details.is_null() {
        return Vec::new();
    }
    let Some(items) = item_details.as_array() else {
        return vec!["item_details must be a list".to_owned()];
    };
    let mut messages = Vec::new();
    let mut sum: i128 = 0;
    for (place, item) in items.iter().enumerate() {
        let price = whole(&item["price"]);
        let quantity = whole(&item["quantity"]);
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

/// A whole number, also where it comes as digits in a text.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
