//! Attributes → [`Config`], or a problem that names the attribute, its value and what was expected.

mod attributes;

use crate::payment::{Channel, Problem, ProblemCode, looks_like_server_key};
use crate::text::Lang;
use attributes::{Attributes, URL_EXPECTED, missing, unusable};
use gopay_contract::{GrossAmount, OrderId};
use std::fmt;

/// Everything an element was told, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The shop's order.
    pub order_id: OrderId,
    /// POST: ask the merchant for a charge.
    pub charge_url: String,
    /// GET: ask the merchant for the status.
    pub status_url: String,
    /// GET: the merchant pushes statuses.
    pub events_url: Option<String>,
    /// POST: the payer may cancel.
    pub cancel_url: Option<String>,
    /// Sent to these four URLs and to nothing else.
    pub order_token: Option<OrderToken>,
    /// What the page promises the payer.
    pub gross_amount: Option<GrossAmount>,
    /// Where the GoPay app returns the payer.
    pub callback_url: Option<String>,
    /// The way to pay that is shown first; `None` lets the device decide.
    pub channel: Option<Channel>,
    /// Whether to charge without being asked.
    pub start: Start,
    /// The payer's language.
    pub lang: Lang,
    /// Light, dark, or as the payer's device has it.
    pub theme: Theme,
    /// Which cookies go with the requests.
    pub credentials: Credentials,
    /// Hosts that QR pictures and deeplinks may point to, beside Midtrans' and GoPay's.
    pub trusted_hosts: Vec<String>,
}

/// `order-token`: what opens an order's endpoints at the merchant. Never shown, not even in a debug line.
#[derive(Clone, PartialEq, Eq)]
pub struct OrderToken(String);

impl OrderToken {
    /// The value of `Authorization`.
    #[must_use]
    pub fn authorization(&self) -> String {
        ["Bearer ", &self.0].concat()
    }
}

impl fmt::Debug for OrderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrderToken(…)")
    }
}

/// `start`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Charge when the element connects.
    Auto,
    /// Wait for the payer to press the button.
    Press,
}

/// `theme`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the payer's device has it.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The word in the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// `credentials`, as fetch has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// To the page's own origin only.
    SameOrigin,
    /// To every origin.
    Include,
    /// To none.
    Omit,
}

impl Config {
    /// The attributes that an element looks at.
    pub const ATTRIBUTES: [&'static str; 14] = [
        "order-id",
        "charge-url",
        "status-url",
        "events-url",
        "cancel-url",
        "order-token",
        "gross-amount",
        "callback-url",
        "channel",
        "start",
        "lang",
        "theme",
        "credentials",
        "trusted-hosts",
    ];

    /// Reads an element's attributes, all of them: one that we do not know may still hold a secret that must not be
    /// there. `nearest_lang` is the language around the element.
    ///
    /// # Errors
    /// A `config` problem naming attribute, value and what was expected, or `server-key`.
    pub fn read(attributes: &[(String, String)], nearest_lang: Option<&str>) -> Result<Self, Problem> {
        if let Some((name, _)) = attributes.iter().find(|(_, value)| looks_like_server_key(value)) {
            let message = ["attribute ", name, " holds something that looks like a Midtrans server key; every payer can read it. Revoke it in the Midtrans dashboard and keep the new one on your server"].concat();
            return Err(Problem::new(ProblemCode::ServerKey, message));
        }
        let attributes = Attributes(attributes);
        let order_id = attributes.needed("order-id", "1 to 50 of A-Z a-z 0-9 - _ ~ .")?;
        Ok(Self {
            order_id: OrderId::parse(order_id)
                .map_err(|_| unusable("order-id", order_id, "1 to 50 of A-Z a-z 0-9 - _ ~ ."))?,
            charge_url: attributes.url("charge-url")?.ok_or_else(|| missing("charge-url", URL_EXPECTED))?,
            status_url: attributes.url("status-url")?.ok_or_else(|| missing("status-url", URL_EXPECTED))?,
            events_url: attributes.url("events-url")?,
            cancel_url: attributes.url("cancel-url")?,
            order_token: attributes.order_token()?,
            gross_amount: attributes.gross_amount()?,
            callback_url: attributes.callback_url()?,
            channel: match attributes.word("channel", &["auto", "qr", "deeplink"])? {
                0 => None,
                1 => Some(Channel::Qr),
                _ => Some(Channel::Deeplink),
            },
            start: match attributes.word("start", &["auto", "press"])? {
                0 => Start::Auto,
                _ => Start::Press,
            },
            lang: attributes.lang(nearest_lang)?,
            theme: match attributes.word("theme", &["auto", "light", "dark"])? {
                0 => Theme::Auto,
                1 => Theme::Light,
                _ => Theme::Dark,
            },
            credentials: match attributes.word("credentials", &["same-origin", "include", "omit"])? {
                0 => Credentials::SameOrigin,
                1 => Credentials::Include,
                _ => Credentials::Omit,
            },
            trusted_hosts: attributes.trusted_hosts()?,
        })
    }

    /// Whether `other` follows the same order in the same way, so that only the picture has to change.
    #[must_use]
    pub fn differs_only_in_looks(&self, other: &Self) -> bool {
        *self == Self { lang: self.lang, theme: self.theme, ..other.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &[(&str, &str)]) -> Result<Config, Problem> {
        let mut all: Vec<(String, String)> =
            [("order-id", "order-101"), ("charge-url", "/charge"), ("status-url", "/orders/{order_id}")]
                .iter()
                .filter(|(name, _)| !attributes.iter().any(|(given, _)| given == name))
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
        all.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Config::read(&all, None)
    }

    #[test]
    fn three_attributes_are_enough() {
        let config = read(&[]).expect("enough");
        assert_eq!(config.order_id.as_str(), "order-101");
        assert_eq!((config.start, config.lang, config.channel), (Start::Auto, Lang::Id, None));
    }

    #[test]
    fn an_unusable_value_is_named_with_its_attribute_and_what_was_expected() {
        for (attribute, value, expected) in [
            ("order-id", "pesanan 1", "1 to 50"),
            ("charge-url", "javascript:alert(1)", "http(s)"),
            ("status-url", "ftp://toko.example/", "http(s)"),
            ("gross-amount", "44.000", "44000"),
            ("gross-amount", "-1", "44000"),
            ("channel", "barcode", "auto or qr or deeplink"),
            ("start", "now", "auto or press"),
            ("lang", "fr", "id or en"),
            ("theme", "blue", "light"),
            ("credentials", "all", "same-origin"),
            ("callback-url", "javascript://x", "someapps://callback"),
            ("callback-url", "/selesai/", "http(s)"),
            ("trusted-hosts", "http://localhost", "127.0.0.1:7081"),
        ] {
            let problem = read(&[(attribute, value)]).expect_err(value);
            assert_eq!(problem.code, ProblemCode::Config);
            for part in [attribute, value, expected] {
                assert!(problem.message.contains(part), "{part} in {}", problem.message);
            }
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for attribute in ["order-id", "charge-url", "status-url"] {
            let problem = read(&[(attribute, "")]).expect_err(attribute);
            assert!(problem.message.contains(attribute) && problem.message.contains("missing"), "{}", problem.message);
        }
    }

    #[test]
    fn a_server_key_in_any_attribute_refuses_to_run_and_is_not_repeated() {
        for attribute in ["order-token", "order-id", "data-key"] {
            let problem = read(&[(attribute, "SB-Mid-server-abcdef")]).expect_err("refused");
            assert_eq!(problem.code, ProblemCode::ServerKey);
            assert!(problem.message.contains(attribute) && !problem.message.contains("abcdef"));
        }
    }

    #[test]
    fn a_token_is_shown_in_no_debug_line_and_in_no_problem() {
        let config = read(&[("order-token", "v1.secret")]).expect("valid");
        assert!(!format!("{config:?}").contains("secret"));
        let problem = read(&[("order-token", "se cret")]).expect_err("a space");
        assert!(!problem.message.contains("cret"));
    }

    #[test]
    fn the_language_is_the_elements_then_the_nearest_then_indonesian() {
        let attributes = |lang: Option<&str>| {
            let mut all = vec![("order-id", "a"), ("charge-url", "/c"), ("status-url", "/s")];
            all.extend(lang.map(|lang| ("lang", lang)));
            all.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Vec<_>>()
        };
        let lang = |own, nearest| Config::read(&attributes(own), nearest).map(|config| config.lang);
        assert_eq!(lang(Some("en-GB"), Some("id")), Ok(Lang::En));
        assert_eq!(lang(None, Some("en-US")), Ok(Lang::En));
        assert_eq!(lang(None, Some("fr")), Ok(Lang::Id));
        assert_eq!(lang(None, None), Ok(Lang::Id));
    }

    #[test]
    fn another_language_is_no_reason_to_charge_again() {
        let config = read(&[]).expect("valid");
        assert!(config.differs_only_in_looks(&read(&[("lang", "en"), ("theme", "dark")]).expect("valid")));
        assert!(!config.differs_only_in_looks(&read(&[("order-id", "order-102")]).expect("valid")));
    }
}
