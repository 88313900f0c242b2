//! Types of a charge's fields and headers: `order_id`, `callback_url`, language, notification URLs.

use crate::behaviour::{CallbackJoin, OrderIdCharacters};
use gopay_contract::OrderId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use url::Url;

/// A `callback_url`: `http(s)` or an app's own scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback(String);

impl Callback {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        // These two would run in the sandbox's own page.
        let harmless = !matches!(url.scheme(), "javascript" | "data");
        harmless.then(|| Self(text.to_owned()))
    }

    /// The URL as the merchant gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL that the app opens for the payer: `…?order_id=…&result=…`.
    #[must_use]
    pub fn returning(&self, order_id: &ChargedOrderId, result: &str, join: CallbackJoin) -> String {
        let separator = match join {
            CallbackJoin::Ampersand if self.0.contains('?') => '&',
            CallbackJoin::Ampersand | CallbackJoin::QuestionMark => '?',
        };
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("order_id", order_id.as_str())
            .append_pair("result", result)
            .finish();
        format!("{}{separator}{query}", self.0)
    }
}

/// The two that Midtrans knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentLocale {
    /// `id-ID`.
    #[default]
    Indonesian,
    /// `en-EN`.
    English,
}

impl PaymentLocale {
    /// Reads the header; anything but `en-EN` is Indonesian.
    #[must_use]
    pub fn read(header: Option<&str>) -> Self {
        match header {
            Some(locale) if locale.eq_ignore_ascii_case("en-EN") => Self::English,
            Some(_) | None => Self::Indonesian,
        }
    }
}

/// The merchant's name for its order: an [`OrderId`], or with [`OrderIdCharacters::Any`] any text of 1–50 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChargedOrderId(String);

impl ChargedOrderId {
    /// Reads an id.
    ///
    /// # Errors
    /// A sentence for `validation_messages`.
    pub fn parse(text: &str, characters: OrderIdCharacters) -> Result<Self, String> {
        if text.is_empty() {
            return Err("transaction_details.order_id is required".to_owned());
        }
        if text.chars().count() > OrderId::MAX_LENGTH {
            return Err("transaction_details.order_id must be at most 50 characters".to_owned());
        }
        match characters {
            OrderIdCharacters::Enforced if OrderId::parse(text).is_err() => {
                Err("transaction_details.order_id must only have the characters A-Z a-z 0-9 - _ ~ .".to_owned())
            }
            OrderIdCharacters::Enforced | OrderIdCharacters::Any => Ok(Self(text.to_owned())),
        }
    }

    /// The id in a charge's JSON: a text, or a number as some libraries send it.
    #[must_use]
    pub fn text_of(given: &Value) -> Option<String> {
        let number = given.is_u64() || given.is_i64();
        given.as_str().map(str::to_owned).or_else(|| number.then(|| given.to_string()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChargedOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The charge's `X-Override-Notification` and `X-Append-Notification`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationTargets {
    /// URLs in place of the configured one.
    pub instead: Vec<String>,
    /// URLs in addition to the configured one.
    pub beside: Vec<String>,
}

impl NotificationTargets {
    /// Most URLs that Midtrans takes from one header.
    pub const MOST: usize = 3;

    /// Reads the two headers: up to three URLs each, separated by commas. An empty header counts as absent.
    #[must_use]
    pub fn read(override_header: Option<&str>, append_header: Option<&str>) -> Self {
        Self { instead: list(override_header), beside: list(append_header) }
    }

    /// All URLs, given the configured one. Where both headers came, only the override is used.
    #[must_use]
    pub fn urls(&self, configured: Option<&str>) -> Vec<String> {
        match self.instead.as_slice() {
            [] => configured.map(str::to_owned).into_iter().chain(self.beside.iter().cloned()).collect(),
            instead => instead.to_vec(),
        }
    }
}

fn list(header: Option<&str>) -> Vec<String> {
    header
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .take(NotificationTargets::MOST)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_replaces_the_configured_url_and_an_append_adds_to_it() {
        let replaced = NotificationTargets::read(Some("http://a/, http://b/"), None);
        assert_eq!(replaced.urls(Some("http://shop/")), ["http://a/", "http://b/"]);
        let both = NotificationTargets::read(Some("http://a/"), Some("http://c/"));
        assert_eq!(both.urls(Some("http://shop/")), ["http://a/"]);
        let appended = NotificationTargets::read(None, Some("http://c/"));
        assert_eq!(appended.urls(Some("http://shop/")), ["http://shop/", "http://c/"]);
    }

    #[test]
    fn an_empty_header_counts_as_absent_and_a_fourth_url_is_passed_over() {
        let empty = NotificationTargets::read(Some(""), Some(" , "));
        assert_eq!(empty.urls(Some("http://shop/")), ["http://shop/"]);
        assert_eq!(empty.urls(None), Vec::<String>::new());
        assert_eq!(NotificationTargets::read(Some("1,2,3,4"), None).instead, ["1", "2", "3"]);
    }
}
