//! Configuration: parses the element's attributes into a [`Config`], or a problem that names the attribute, its value and
//! what was expected.

mod attributes;
mod placeholders;

use crate::payment::{Channel, Problem, ProblemCode, looks_like_server_key};
use crate::text::Lang;
use attributes::{Attributes, URL_EXPECTED, missing, unusable};
use gopay_contract::{GrossAmount, OrderId, contains};
pub use placeholders::fill;
use std::fmt;

/// The settings of one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The shop's order.
    pub order_id: OrderId,
    /// POST: requests a charge from the merchant.
    pub charge_url: String,
    /// GET: the status.
    pub status_url: String,
    /// GET: the push stream.
    pub events_url: Option<String>,
    /// POST: cancels; without it the payer may not cancel.
    pub cancel_url: Option<String>,
    /// Sent to these four URLs only.
    pub order_token: Option<OrderToken>,
    /// The amount that the page promises the payer.
    pub gross_amount: Option<GrossAmount>,
    /// URL to which the GoPay app returns the payer.
    pub callback_url: Option<String>,
    /// The way to pay that is shown first; `None`: by the device.
    pub channel: Option<Channel>,
    /// True if it charges without a press of the button.
    pub start: Start,
    /// The payer's language.
    pub lang: Lang,
    /// The colour scheme.
    pub theme: Theme,
    /// Cookies that the requests carry.
    pub credentials: Credentials,
    /// Hosts that QR images and deeplinks may lead to, beside Midtrans' and GoPay's.
    pub trusted_hosts: Vec<String>,
    /// Warnings for the console: about `channel`, `lang` and `theme`, which never stop a payment, and about a `status-url` that
    /// names no order.
    pub warnings: Vec<Problem>,
}

/// `order-token`: grants access to the order's endpoints at the merchant. Never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct OrderToken(String);

impl OrderToken {
    /// The value of the `Authorization` header.
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

/// `start`: when to charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Charge when the element connects.
    Auto,
    /// Charge when the payer presses the button.
    Press,
}

/// `theme`: the colour scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// The device's setting.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The value of the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// `credentials`, as `fetch` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Cookies for the page's own origin only.
    SameOrigin,
    /// Cookies for every origin.
    Include,
    /// No cookies.
    Omit,
}

impl Config {
    /// The attributes that an element reads.
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

    /// Parses an element's attributes. Unknown ones are searched for a server key too. `nearest_lang` is the language of the
    /// page around the element.
    ///
    /// # Errors
    /// A `config` problem naming attribute, value and what was expected, or `server-key`.
    pub fn read(attributes: &[(String, String)], nearest_lang: Option<&str>) -> Result<Self, Problem> {
        if let Some((name, _)) = attributes.iter().find(|(_, value)| looks_like_server_key(value)) {
            let message = ["attribute ", name, " holds what looks like a Midtrans server key: revoke it in the Midtrans dashboard, and keep the new one on your server"].concat();
            return Err(Problem::new(ProblemCode::ServerKey, message));
        }
        let attributes = Attributes(attributes);
        let mut warnings = Vec::new();
        let order_id = attributes.required("order-id", "1 to 50 of A-Z a-z 0-9 - _ ~ .")?;
        let status_url = attributes.url("status-url")?.ok_or_else(|| missing("status-url", URL_EXPECTED))?;
        // A template engine may have taken the placeholder for its own. A session may know the order, too.
        let names = |name| fill(&status_url, name, "") != status_url;
        if !names("order_id") && !names("transaction_id") && !contains(&status_url, order_id) {
            warnings.push(unusable("status-url", &status_url, "{order_id} in it"));
        }
        Ok(Self {
            order_id: OrderId::parse(order_id)
                .map_err(|_| unusable("order-id", order_id, "1 to 50 of A-Z a-z 0-9 - _ ~ ."))?,
            charge_url: attributes.url("charge-url")?.ok_or_else(|| missing("charge-url", URL_EXPECTED))?,
            status_url,
            events_url: attributes.url("events-url")?,
            cancel_url: attributes.url("cancel-url")?,
            order_token: attributes.order_token()?,
            gross_amount: attributes.gross_amount()?,
            callback_url: attributes.callback_url()?,
            channel: match attributes.looks("channel", &["auto", "qr", "deeplink"], &mut warnings) {
                0 => None,
                1 => Some(Channel::Qr),
                _ => Some(Channel::Deeplink),
            },
            start: match attributes.choice("start", &["auto", "press"])? {
                0 => Start::Auto,
                _ => Start::Press,
            },
            lang: attributes.lang(nearest_lang, &mut warnings),
            theme: match attributes.looks("theme", &["auto", "light", "dark"], &mut warnings) {
                0 => Theme::Auto,
                1 => Theme::Light,
                _ => Theme::Dark,
            },
            credentials: match attributes.choice("credentials", &["same-origin", "include", "omit"])? {
                0 => Credentials::SameOrigin,
                1 => Credentials::Include,
                _ => Credentials::Omit,
            },
            trusted_hosts: attributes.trusted_hosts()?,
            warnings,
        })
    }

    /// Returns whether `other` is the same payment: it differs only in language, theme, and what each request reads anew.
    #[must_use]
    pub fn is_same_payment(&self, other: &Self) -> bool {
        let Self {
            order_id,
            charge_url,
            status_url,
            events_url,
            cancel_url,
            order_token: _,
            gross_amount,
            callback_url,
            channel,
            start,
            lang: _,
            theme: _,
            credentials: _,
            trusted_hosts,
            warnings: _,
        } = other;
        self.order_id == *order_id
            && self.charge_url == *charge_url
            && self.status_url == *status_url
            && self.events_url == *events_url
            && self.cancel_url == *cancel_url
            && self.gross_amount == *gross_amount
            && self.callback_url == *callback_url
            && self.channel == *channel
            && self.start == *start
            && self.trusted_hosts == *trusted_hosts
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
            ("start", "now", "auto or press"),
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
    fn an_unknown_channel_language_or_theme_is_the_default_and_a_warning() {
        for (attribute, value, expected) in [
            ("channel", "mobile", "auto or qr or deeplink"),
            ("lang", "ms-MY", "id or en"),
            ("theme", "system", "auto or light or dark"),
        ] {
            let config = read(&[(attribute, value)]).expect("no reason to stop a payment");
            assert_eq!((config.channel, config.lang, config.theme), (None, Lang::Id, Theme::Auto));
            let [warning] = &*config.warnings else { panic!("{:?}", config.warnings) };
            for part in [attribute, value, expected] {
                assert!(warning.message.contains(part), "{part} in {}", warning.message);
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
        assert_eq!(lang(Some("fr"), Some("en")), Ok(Lang::En));
        assert_eq!(lang(None, None), Ok(Lang::Id));
    }

    #[test]
    fn another_language_or_token_is_no_reason_to_charge_again() {
        let config = read(&[("order-token", "v1.a")]).expect("valid");
        for same in [("lang", "en"), ("theme", "dark"), ("order-token", "v1.b"), ("credentials", "include")] {
            assert!(config.is_same_payment(&read(&[same]).expect("valid")), "{same:?}");
        }
        for other in
            [("order-id", "order-102"), ("charge-url", "/c"), ("status-url", "/{order_id}"), ("gross-amount", "1")]
        {
            assert!(!config.is_same_payment(&read(&[other]).expect("valid")), "{other:?}");
        }
    }

    #[test]
    fn a_status_url_that_names_no_order_is_warned_of() {
        for (url, warns) in [
            ("/orders/", true),
            ("/orders/order", true),
            ("/orders/{order_id}", false),
            ("/orders/%7Border_id%7D", false),
            ("/transactions/{transaction_id}", false),
            ("/orders/order-101/status", false),
        ] {
            let warnings = read(&[("status-url", url)]).expect("no reason to stop a payment").warnings;
            assert_eq!(!warnings.is_empty(), warns, "{url}");
            assert!(warnings.iter().all(|it| it.message.contains("status-url") && it.message.contains("{order_id}")));
        }
    }
}
