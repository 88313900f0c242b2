//! Settings about browsers: which pages may call, and where payers may be returned to.

use super::values::InvalidValue;
use std::str::FromStr;
use url::Url;

/// Settings about browsers.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct BrowserSettings {
    /// Origins of other pages that may call (CORS), and to which the GoPay app may return a payer; separated by commas.
    #[arg(id = "MERCHANT_ALLOWED_ORIGINS", long, env, value_delimiter = ',')]
    pub allowed_origins: Vec<WebOrigin>,
    /// Schemes of the shop's own apps to which the GoPay app may return a payer, like `tokokopi`; separated by commas.
    #[arg(id = "MERCHANT_APP_SCHEMES", long, env, value_delimiter = ',')]
    pub app_schemes: Vec<AppScheme>,
}

/// Scheme, host and port of a web page, as a browser writes them in `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

/// Reads `http(s)://host[:port]`, nothing behind it.
impl FromStr for WebOrigin {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let is_bare = |url: &Url| matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let origin = Url::parse(text).ok().filter(is_bare).and_then(|url| Self::of(&url));
        let expected = "origins like https://toko.example, without a path, separated by commas";
        origin.ok_or_else(|| InvalidValue::new(text, expected))
    }
}

impl WebOrigin {
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

    /// The scheme, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads a scheme such as `tokokopi`.
impl FromStr for AppScheme {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let scheme = text.to_ascii_lowercase();
        let fits = scheme.bytes().enumerate().all(|(i, b)| match b {
            b'a'..=b'z' => true,
            b'0'..=b'9' | b'+' | b'-' | b'.' => i > 0,
            _ => false,
        });
        let is_app = fits && !scheme.is_empty() && !Self::NOT_APPS.contains(&scheme.as_str());
        let expected = "schemes of the shop's own apps, like tokokopi, separated by commas";
        is_app.then_some(Self(scheme)).ok_or_else(|| InvalidValue::new(text, expected))
    }
}
