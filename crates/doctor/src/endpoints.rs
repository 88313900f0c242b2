//! URLs of the merchant's endpoints.

use gopay_contract::{OrderId, TransactionId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// The characters to encode in a path's segment: all but RFC 3986's unreserved ones.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~').remove(b'.');

/// Placeholder for `{transaction_id}` before there is a transaction.
const NO_TRANSACTION: &str = "00000000-0000-4000-8000-000000000000";

/// A URL with `{order_id}` and `{transaction_id}` in it, as the widget's attributes have them (contract §1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(String);

/// Error: the text is no [`UrlTemplate`], or no base to put paths after.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value:?}: expected {expected}")]
pub struct InvalidUrl {
    /// The setting.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// The expected form.
    pub expected: &'static str,
}

impl UrlTemplate {
    /// Reads an `http(s)` URL, or a path that begins with `/` and is put after `base`.
    ///
    /// # Errors
    /// [`InvalidUrl`], naming `field`.
    pub fn parse(field: &'static str, text: &str, base: &Url) -> Result<Self, InvalidUrl> {
        let whole = if text.starts_with('/') {
            format!("{}{text}", base.as_str().trim_end_matches('/'))
        } else {
            text.to_owned()
        };
        let template = Self(whole);
        let is_usable = Url::parse(&template.filled("order-101", NO_TRANSACTION))
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
        let expected = "an http(s) URL, or a path that begins with /, perhaps with {order_id} or {transaction_id}";
        if is_usable { Ok(template) } else { Err(InvalidUrl { field, value: text.to_owned(), expected }) }
    }

    /// The URL for one order, and for its transaction once there is one.
    #[must_use]
    pub fn of(&self, order_id: &OrderId, transaction_id: Option<&TransactionId>) -> String {
        self.filled(order_id.as_str(), transaction_id.map_or(NO_TRANSACTION, TransactionId::as_str))
    }

    /// The URL for a text that is no order id.
    #[must_use]
    pub fn of_text(&self, order_id: &str) -> String {
        self.filled(order_id, NO_TRANSACTION)
    }

    fn filled(&self, order_id: &str, transaction_id: &str) -> String {
        let encoded = |text| utf8_percent_encode(text, ENCODED).to_string();
        self.0.replace("{order_id}", &encoded(order_id)).replace("{transaction_id}", &encoded(transaction_id))
    }
}

/// All endpoints of a merchant. What is `None` it does not offer.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// `POST`: a charge (contract §2.1).
    pub charge: UrlTemplate,
    /// `GET`: the status (§2.2).
    pub status: UrlTemplate,
    /// `GET`: server-sent events (§2.3).
    pub events: Option<UrlTemplate>,
    /// `POST`: a cancel (§2.4).
    pub cancel: Option<UrlTemplate>,
    /// `POST`: Midtrans' notifications, as the sandbox reaches them.
    pub notification: UrlTemplate,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("http://127.0.0.1:7080/shop/").expect("a base")
    }

    #[test]
    fn placeholders_are_filled_and_percent_encoded() {
        let template =
            UrlTemplate::parse("--status-url", "/pay/{order_id}?of={transaction_id}", &base()).expect("usable");
        assert_eq!(template.of_text("a/b c"), format!("http://127.0.0.1:7080/shop/pay/a%2Fb%20c?of={NO_TRANSACTION}"));
    }

    #[test]
    fn an_unusable_url_is_refused_by_field_value_and_what_was_expected() {
        for text in ["pay", "ftp://127.0.0.1/pay", "http://", ""] {
            let refused = UrlTemplate::parse("--charge-url", text, &base()).expect_err("unusable").to_string();
            assert!(refused.starts_with(&format!("--charge-url is {text:?}: expected an http(s) URL")), "{refused}");
        }
    }
}
