//! What a charge may tell of the purchase: `item_details`, the bought items, and `customer_details`, the buyer. The buyer's are
//! personal data: no sentence and no `Debug` of these shows a value.

use crate::GrossAmount;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest text of a line. Midtrans documents it for Snap, and its libraries cut at it; longer ones are refused here.
const ITEM_CHARACTERS: usize = 50;
/// Longest text of `customer_details` (Midtrans, "customer details").
const CUSTOMER_CHARACTERS: usize = 255;
/// The only country.
const INDONESIA: &str = "IDN";

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
pub(super) fn check_items(items: &[ItemDetails], gross_amount: GrossAmount, errors: &mut ValidationErrors) {
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
            errors.check_length(&format!("item_details[{place}].{field}"), text, ITEM_CHARACTERS);
        }
    }
    if sum != i128::from(gross_amount.rupiah()) {
        let total = gross_amount.rupiah();
        errors.add(format!("item_details come to {sum}, expected the gross_amount of {total}"));
    }
}

/// The buyer.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerDetails {
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Email address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Billing address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// Shipping address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
}

/// `billing_address` or `shipping_address`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Letters, digits, spaces and `-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// `IDN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
}

impl CustomerDetails {
    pub(super) fn check(&self, errors: &mut ValidationErrors) {
        let Self { first_name, last_name, email, phone, billing_address, shipping_address } = self;
        for (field, text) in [("first_name", first_name), ("last_name", last_name), ("email", email), ("phone", phone)]
        {
            if let Some(text) = text {
                errors.check_length_unshown(&format!("customer_details.{field}"), text, CUSTOMER_CHARACTERS);
            }
        }
        for (field, address) in [("billing_address", billing_address), ("shipping_address", shipping_address)] {
            if let Some(address) = address {
                address.check(&format!("customer_details.{field}"), errors);
            }
        }
    }
}

impl Address {
    fn check(&self, path: &str, errors: &mut ValidationErrors) {
        let Self { first_name, last_name, phone, address, city, postal_code, country_code } = self;
        for (field, text) in [
            ("first_name", first_name),
            ("last_name", last_name),
            ("phone", phone),
            ("address", address),
            ("city", city),
            ("postal_code", postal_code),
        ] {
            if let Some(text) = text {
                errors.check_length_unshown(&format!("{path}.{field}"), text, CUSTOMER_CHARACTERS);
            }
        }
        let strange = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'));
        if let Some(strange) = postal_code.as_ref().and_then(|code| code.chars().find(strange)) {
            errors.add(format!("{path}.postal_code has {strange:?}, expected letters, digits, spaces and '-' alone"));
        }
        if country_code.as_ref().is_some_and(|code| code != INDONESIA) {
            errors.add(format!("{path}.country_code is another one, expected {INDONESIA:?}"));
        }
    }
}

impl fmt::Debug for CustomerDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerDetails(…)")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// Sentences, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct ValidationErrors(pub(super) Vec<String>);

impl ValidationErrors {
    pub(super) fn add(&mut self, sentence: String) {
        self.0.push(sentence);
    }

    pub(super) fn check_length(&mut self, field: &str, text: &str, most: usize) {
        let count = text.chars().count();
        if count > most {
            self.add(format!("{field} is {} of {count} characters, expected at most {most}", shown(text)));
        }
    }

    /// Checks the length without showing the value, for values that must not be in a log.
    pub(super) fn check_length_unshown(&mut self, field: &str, text: &str, most: usize) {
        let count = text.chars().count();
        if count > most {
            self.add(format!("{field} is a text of {count} characters, expected at most {most}"));
        }
    }
}

/// The beginning of a value, quoted.
pub(super) fn shown(text: &str) -> String {
    let beginning: String = text.chars().take(40).collect();
    if beginning.len() < text.len() { format!("\"{}…\"", beginning.escape_debug()) } else { format!("{text:?}") }
}
