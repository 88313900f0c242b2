//! `customer_details`: the buyer. Personal data: no sentence and no `Debug` of these shows a value.

use super::validation::ValidationErrors;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest text (Midtrans, "customer details").
const MOST_CHARACTERS: usize = 255;
/// The only country.
const INDONESIA: &str = "IDN";

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
                errors.check_length_unshown(&format!("customer_details.{field}"), text, MOST_CHARACTERS);
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
                errors.check_length_unshown(&format!("{path}.{field}"), text, MOST_CHARACTERS);
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
