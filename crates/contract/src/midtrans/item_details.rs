//! `item_details`: the bought items.

use super::validation::{ValidationErrors, shown};
use crate::GrossAmount;
use serde::{Deserialize, Serialize};

/// Longest text of a line. Midtrans documents it for Snap, and its libraries cut at it; longer ones are refused here.
const MOST_CHARACTERS: usize = 50;

/// One line of `item_details`. The price may be negative: a discount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemDetails {
    /// The shop's own id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Rupiah for one.
    pub price: i64,
    /// Quantity, at least 1.
    pub quantity: u32,
    /// The item's name.
    pub name: String,
    /// Brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_name: Option<String>,
    /// The item's page in the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Checks the items by Midtrans' rules. Prices times quantities must come to `gross_amount`, else it answers 400.
pub(super) fn check(items: &[ItemDetails], gross_amount: GrossAmount, errors: &mut ValidationErrors) {
    if items.is_empty() {
        errors.add("item_details is an empty list, expected at least one item, or none of it".to_owned());
        return;
    }
    let mut sum = 0_i128;
    for (place, item) in items.iter().enumerate() {
        let ItemDetails { id, price, quantity, name, brand, category, merchant_name, url } = item;
        sum += i128::from(*price) * i128::from(*quantity);
        if *quantity == 0 {
            errors.add(format!("item_details[{place}].quantity is 0, expected at least 1"));
        }
        if name.trim().is_empty() {
            errors.add(format!("item_details[{place}].name is {}, expected a name", shown(name)));
        }
        let texts =
            [("id", id), ("brand", brand), ("category", category), ("merchant_name", merchant_name), ("url", url)];
        let texts = texts.into_iter().filter_map(|(field, text)| Some((field, text.as_ref()?)));
        for (field, text) in texts.chain([("name", name)]) {
            errors.check_length(&format!("item_details[{place}].{field}"), text, MOST_CHARACTERS);
        }
    }
    if sum != i128::from(gross_amount.rupiah()) {
        let total = gross_amount.rupiah();
        errors.add(format!("item_details come to {sum}, expected the gross_amount of {total}"));
    }
}
