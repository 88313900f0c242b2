//! The query that the GoPay app adds to `callback_url`. It says that the payer came back, and nothing about the money.

use gopay_contract::{OrderId, cut};

/// Whether `search` (a URL's query) was added by the app for this order: `order_id` and `result` are in it. The app
/// appends naively, so a second `?` may stand where `&` should. What `result` says is not even read.
#[must_use]
pub fn is_return_for(order: &OrderId, search: &str) -> bool {
    let value = |name: &str| {
        search
            .split(['?', '&'])
            .find_map(|pair| cut(pair, b'=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    };
    let of_this_order =
        value("order_id").and_then(|id| OrderId::parse(id).ok()).is_some_and(|id| id.is_attempt_at(order));
    of_this_order && value("result").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_recognised_however_it_joins_the_query() {
        let order = OrderId::parse("order-101").expect("valid");
        for search in [
            "?order_id=order-101&result=success",
            "?order_id=order-101-2&result=failure",
            "?a=1&order_id=order-101&result=success",
            "?a=1?order_id=order-101&result=success",
        ] {
            assert!(is_return_for(&order, search), "{search}");
        }
        for search in ["", "?order_id=order-101", "?result=success", "?order_id=order-9&result=success"] {
            assert!(!is_return_for(&order, search), "{search}");
        }
    }
}
