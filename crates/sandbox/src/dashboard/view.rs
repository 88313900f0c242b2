//! The page's filter and language: its query, and the browser's languages.

use super::Done;
use axum::{
    extract::{FromRequestParts, Query, rejection::QueryRejection},
    http::{header, request::Parts},
};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

/// Language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "id")]
    Indonesian,
}

impl Language {
    /// The tag, for `lang` attributes and the query.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Indonesian => "id",
        }
    }

    /// The text in this language.
    pub(crate) const fn pick(self, english: &'static str, indonesian: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Indonesian => indonesian,
        }
    }

    /// The first of the browser's languages that the page has; English otherwise.
    fn preferred(accept_language: &str) -> Self {
        let known = accept_language.split(',').find_map(|range| match range.trim().get(..2) {
            Some("en") => Some(Self::English),
            Some("id") => Some(Self::Indonesian),
            Some(_) | None => None,
        });
        known.unwrap_or_default()
    }
}

/// The page's query.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PageQuery {
    /// Filter: a part of the order's id.
    order_id: String,
    /// The `transaction_id` of the transaction on the phone; empty for the newest.
    phone: String,
    lang: Option<Language>,
    /// The result of the last button.
    done: Option<Done>,
}

/// The part of the ledger that the page shows. Links and buttons carry it on.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) filter: String,
    pub(crate) phone: String,
    pub(crate) done: Option<Done>,
    pub(crate) language: Language,
    /// True if the query names the language.
    language_is_asked: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for View {
    type Rejection = QueryRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Query(query) = Query::<PageQuery>::from_request_parts(parts, state).await?;
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self {
            filter: query.order_id.trim().to_owned(),
            phone: query.phone,
            done: query.done,
            language: query.lang.unwrap_or_else(|| Language::preferred(accepted.unwrap_or_default())),
            language_is_asked: query.lang.is_some(),
        })
    }
}

impl View {
    /// The query of this view, with its `?`; empty if everything is as by default.
    pub(crate) fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        if !self.filter.is_empty() {
            query.append_pair("order_id", &self.filter);
        }
        if !self.phone.is_empty() {
            query.append_pair("phone", &self.phone);
        }
        if self.language_is_asked {
            query.append_pair("lang", self.language.tag());
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// The query of this view after a button.
    pub(crate) fn query_after(&self, done: Done) -> String {
        let query = self.query();
        let joint = if query.is_empty() { '?' } else { '&' };
        format!("{query}{joint}done={}", done.name())
    }

    /// This view with another transaction on the phone.
    pub(crate) fn with_phone(&self, transaction_id: &str) -> Self {
        Self { phone: transaction_id.to_owned(), ..self.clone() }
    }

    /// This view in another language.
    pub(crate) fn with_language(&self, language: Language) -> Self {
        Self { language, language_is_asked: true, ..self.clone() }
    }

    /// The language of the query, if it names one.
    pub(crate) fn asked_language(&self) -> Option<&'static str> {
        self.language_is_asked.then(|| self.language.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_the_page_has_is_taken() {
        for (header, tag) in [
            ("id-ID,id;q=0.9,en-US;q=0.8", "id"),
            ("en-US,en;q=0.9,id;q=0.8", "en"),
            ("jv, id", "id"),
            ("de", "en"),
            ("", "en"),
            ("é,id", "id"),
        ] {
            assert_eq!(Language::preferred(header).tag(), tag, "{header:?}");
        }
    }

    #[test]
    fn links_keep_what_the_page_shows() {
        let view = View { filter: "kopi & teh".to_owned(), ..View::default() };
        assert_eq!(view.query(), "?order_id=kopi+%26+teh");
        let view = view.with_phone("t-1").with_language(Language::Indonesian);
        assert_eq!(view.query_after(Done::Paid), "?order_id=kopi+%26+teh&phone=t-1&lang=id&done=paid");
        assert_eq!(View::default().query(), "");
        assert_eq!(View::default().query_after(Done::Sent), "?done=sent");
    }
}
