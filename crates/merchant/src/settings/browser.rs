//! Which pages may ask, where payers may be returned to, and which files are served.

use super::{InvalidSetting, Lookup, bad};
use axum::http::HeaderValue;
use std::path::PathBuf;
use url::Url;

/// What concerns browsers.
#[derive(Clone, Debug, Default)]
pub struct BrowserSettings {
    /// A folder of static files served at `/`. Default none. Read from `MERCHANT_SITE_DIR`.
    pub site_dir: Option<PathBuf>,
    /// The `Content-Security-Policy` of that folder's pages. Default: what the demo shop and the widget need, and nothing
    /// else; `off` for pages that bring their own. Read from `MERCHANT_SITE_POLICY`.
    pub site_policy: SitePolicy,
    /// Pages of other origins that may ask (CORS), and to which the GoPay app may return a payer. Separated by commas,
    /// like `https://toko.example,https://www.toko.example`. Default none. Read from `MERCHANT_ALLOWED_ORIGINS`.
    pub allowed_origins: Vec<WebOrigin>,
    /// Schemes of the shop's own apps, to which the GoPay app may return a payer, like `tokokopi`. Separated by commas.
    /// Default none. Read from `MERCHANT_APP_SCHEMES`.
    pub app_schemes: Vec<AppScheme>,
}

impl BrowserSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let site_dir = lookup("MERCHANT_SITE_DIR").map(PathBuf::from);
        if let Some(folder) = site_dir.as_ref().filter(|folder| !folder.is_dir()) {
            let shown = format!("\"{}\"", folder.display());
            return Err(bad("MERCHANT_SITE_DIR", shown, "a folder that exists"));
        }
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
        let site_policy = match lookup("MERCHANT_SITE_POLICY") {
            None => SitePolicy::OfTheWidget,
            Some(policy) if policy == "off" => SitePolicy::Off,
            Some(policy) => SitePolicy::Own(HeaderValue::from_str(&policy).map_err(|_| {
                bad("MERCHANT_SITE_POLICY", format!("{policy:?}"), "a Content-Security-Policy on one line, or off")
            })?),
        };
        let list = |variable| lookup(variable).unwrap_or_default();
        Ok(Self {
            site_dir,
            site_policy,
            allowed_origins: words(&list("MERCHANT_ALLOWED_ORIGINS")).map(origin).collect::<Result<_, _>>()?,
            app_schemes: words(&list("MERCHANT_APP_SCHEMES")).map(scheme).collect::<Result<_, _>>()?,
        })
    }
}

/// What pages of the site may load and do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SitePolicy {
    /// What the demo shop and the widget need.
    #[default]
    OfTheWidget,
    /// The shop's own.
    Own(HeaderValue),
    /// None is sent.
    Off,
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
