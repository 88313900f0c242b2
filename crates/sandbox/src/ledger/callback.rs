//! `callback_url`: the payer's way back to the shop.

use super::ChargedOrderId;
use crate::behaviour::CallbackJoin;
use serde::{Deserialize, Serialize};
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
