//! Which pages may ask, and where payers may be returned to.

use super::{InvalidSetting, Lookup, bad};
use url::Url;

/// What concerns browsers.
#[derive(Clone, Debug, Default)]
pub struct BrowserSettings {
    /// Pages of other origins that may ask (CORS), and to which the GoPay app may return a payer. Separated by commas,
    /// like `https://toko.example,https://www.toko.example`. Default none. Read from `MERCHANT_ALLOWED_ORIGINS`.
    pub allowed_origins: Vec<WebOrigin>,
    /// Schemes of the shop's own apps, to which the GoPay app may return a payer, like `tokokopi`. Separated by commas.
    /// Default none. Read from `MERCHANT_APP_SCHEMES`.
    pub app_schemes: Vec<AppScheme>,
}

impl BrowserSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let origin = |text: &str| {
            WebOrigin::parse(text).ok_or_else(|| {
                let expected = "origins like https://toko.example, without a path, separated by commas";
                bad("MERCHANT_ALLOWED_ORIGINS", format!("{text:?}"), expected)
            })
        };
        let scheme = |text: &str| {
            AppScheme::parse(text).ok_or_else(|| {
                let expected = "schemes of the shop's own apps, like tokokopi, separated by commas";
                bad("MERCHANT_APP_SCHEMES", format!("{text:?}"), expected)
            })
        };
        let list = |variable| lookup(variable).unwrap_or_default();
        Ok(Self {
            allowed_origins: words(&list("MERCHANT_ALLOWED_ORIGINS")).map(origin).collect::<Result<_, _>>()?,
            app_schemes: words(&list("MERCHANT_APP_SCHEMES")).map(scheme).collect::<Result<_, _>>()?,
        })
    }
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// Scheme, host and port of a web page, as a browser writes them in `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// Reads `http(s)://host[:port]`, nothing behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        is_bare.then(|| Self::of(&url)).flatten()
    }

    /// The origin of an `http(s)` URL without a user name in it.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
        let is_plain = url.username().is_empty() && url.password().is_none();
        (is_web && is_plain).then(|| Self(url.origin().ascii_serialization()))
    }

    /// As a browser writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The URL scheme of an app, without the colon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppScheme(String);

impl AppScheme {
    /// Schemes that a browser acts upon itself. None of them opens an app.
    const NOT_APPS: [&'static str; 12] = [
        "http",
        "https",
        "javascript",
        "data",
        "blob",
        "file",
        "filesystem",
        "about",
        "vbscript",
        "ws",
        "wss",
        "view-source",
    ];

    /// Reads a scheme such as `tokokopi`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let scheme = text.to_ascii_lowercase();
        let fits = scheme.bytes().enumerate().all(|(i, b)| match b {
            b'a'..=b'z' => true,
            b'0'..=b'9' | b'+' | b'-' | b'.' => i > 0,
            _ => false,
        });
        let is_app = fits && !scheme.is_empty() && !Self::NOT_APPS.contains(&scheme.as_str());
        is_app.then_some(Self(scheme))
    }

    /// The scheme, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
