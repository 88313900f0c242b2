//! Which Midtrans, with which key.

use super::{InvalidSetting, Lookup, bad, seconds};
use secrecy::SecretString;
use std::time::Duration;
use url::{Host, Url};

/// Midtrans' production, the newer name first. Its server keys begin with `Mid-server-`.
const PRODUCTION_HOSTS: [&str; 2] = ["api.midtrans.com", "api.veritrans.co.id"];
/// Midtrans' own sandbox, the newer name first. Its server keys begin with `SB-Mid-server-`.
const SANDBOX_HOSTS: [&str; 2] = ["api.sandbox.midtrans.com", "api.sandbox.veritrans.co.id"];
/// Whatever is below these is Midtrans'.
const THEIR_DOMAINS: [&str; 2] = ["midtrans.com", "veritrans.co.id"];
/// "Only retry after 10 second" (Midtrans, "GoPay QRIS POS Integration").
const LEAST_ASK_FLOOR: Duration = Duration::from_secs(10);
/// What is further ahead than an hour is taken for a clock's mistake.
const MOST_ASK_FLOOR: Duration = Duration::from_secs(3600);
const ASK_FLOOR: &str = "MIDTRANS_MIN_POLL_INTERVAL_SECONDS";

/// Which Midtrans, with which key.
#[derive(Clone, Debug)]
pub struct MidtransSettings {
    /// The secret key of the merchant's account. Required. Read from `MIDTRANS_SERVER_KEY`.
    pub server_key: SecretString,
    /// The Core API. Default `http://127.0.0.1:7081`, the offline sandbox. Read from `MIDTRANS_BASE_URL`.
    pub base_url: Url,
    /// How long one request may take. Default 15 s (Midtrans documents no limit of its own; its SDKs use 10 s to 120 s).
    /// Read from `MIDTRANS_TIME_LIMIT_SECONDS`.
    pub time_limit: Duration,
    /// How long to leave Midtrans alone about one order. Default 10 s, and at Midtrans itself not less; at most an hour. Read from
    /// `MIDTRANS_MIN_POLL_INTERVAL_SECONDS`.
    pub min_poll_interval: Duration,
    /// Whether what is still pending after its `expiry_time` is ended with `POST /v2/{id}/expire`, instead of waiting for
    /// Midtrans' own job. Default off. Read from `MIDTRANS_EXPIRE_OVERDUE`: `on` or `off`.
    pub expire_overdue: bool,
}

impl MidtransSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let base_url = lookup("MIDTRANS_BASE_URL").unwrap_or_else(|| "http://127.0.0.1:7081".to_owned());
        let base_url = read_base_url(&base_url)?;
        let server_key = lookup("MIDTRANS_SERVER_KEY").ok_or(InvalidSetting::Missing {
            variable: "MIDTRANS_SERVER_KEY",
            expected: "the server key of the Midtrans account, like SB-Mid-server-…",
        })?;
        check_key(&server_key, Whose::is(&base_url))?;
        let expected = "a whole number of seconds, at least 1";
        let time_limit = seconds(lookup, "MIDTRANS_TIME_LIMIT_SECONDS", 15, 1, expected)?;
        let min_poll_interval = seconds(lookup, ASK_FLOOR, 10, 1, "a whole number of seconds, 1 to 3600")?;
        if min_poll_interval > MOST_ASK_FLOOR {
            let shown = format!("\"{}\"", min_poll_interval.as_secs());
            return Err(bad(ASK_FLOOR, shown, "a whole number of seconds, 1 to 3600"));
        }
        let expire_overdue = match lookup("MIDTRANS_EXPIRE_OVERDUE").as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(other) => return Err(bad("MIDTRANS_EXPIRE_OVERDUE", format!("{other:?}"), "on or off")),
        };
        let settings = Self { server_key: server_key.into(), base_url, time_limit, min_poll_interval, expire_overdue };
        if settings.is_midtrans() && min_poll_interval < LEAST_ASK_FLOOR {
            let shown = format!("\"{}\"", min_poll_interval.as_secs());
            return Err(bad(ASK_FLOOR, shown, "at least 10 seconds at Midtrans itself"));
        }
        Ok(settings)
    }

    /// Whether this is Midtrans itself, by whatever name, and not a sandbox of ours.
    #[must_use]
    pub fn is_midtrans(&self) -> bool {
        Whose::is(&self.base_url).is_midtrans()
    }

    /// Whether payers pay with real money here, as far as a host says: also at one of Midtrans' that is not known.
    #[must_use]
    pub fn takes_real_money(&self) -> bool {
        match Whose::is(&self.base_url) {
            Whose::Production | Whose::OtherOfTheirs => true,
            Whose::Sandbox | Whose::NotTheirs => false,
        }
    }

    /// Whether this Midtrans runs on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.base_url)
    }

    /// The host a browser must be told to trust, beside Midtrans' and GoPay's own: that of a sandbox of ours.
    #[must_use]
    pub fn trusted_host(&self) -> Option<String> {
        let host = self.base_url.host_str()?;
        let named = self.base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        (!self.is_midtrans()).then_some(named)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whose Midtrans a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Midtrans', with real money.
    Production,
    /// Midtrans', without.
    Sandbox,
    /// Midtrans', and none whose keys we know.
    OtherOfTheirs,
    /// A sandbox of ours, or whatever else is no host of Midtrans'.
    NotTheirs,
}

impl Whose {
    /// By the host alone: a port changes nothing, and neither do capitals (which the URL has made small) or the dot of a fully
    /// qualified name.
    fn is(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let is_below =
            |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if PRODUCTION_HOSTS.contains(&host) {
            Self::Production
        } else if SANDBOX_HOSTS.contains(&host) {
            Self::Sandbox
        } else if THEIR_DOMAINS.into_iter().any(is_below) {
            Self::OtherOfTheirs
        } else {
            Self::NotTheirs
        }
    }

    const fn is_midtrans(self) -> bool {
        match self {
            Self::Production | Self::Sandbox | Self::OtherOfTheirs => true,
            Self::NotTheirs => false,
        }
    }
}

fn read_base_url(text: &str) -> Result<Url, InvalidSetting> {
    const EXPECTED: &str =
        "an https URL (http only for a sandbox that is not Midtrans'), like https://api.midtrans.com";
    let refused = || bad("MIDTRANS_BASE_URL", format!("{text:?}"), EXPECTED);
    let url = Url::parse(text).map_err(|_| refused())?;
    let host = url.host_str().unwrap_or_default();
    let is_scheme_fine = url.scheme() == "https" || (url.scheme() == "http" && !Whose::is(&url).is_midtrans());
    let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if host.is_empty() || !is_scheme_fine || !is_bare || url.password().is_some() {
        return Err(refused());
    }
    Ok(url)
}

/// A key of one world does not work in the other, and a production key has no business in a sandbox.
fn check_key(server_key: &str, whose: Whose) -> Result<(), InvalidSetting> {
    const VARIABLE: &str = "MIDTRANS_SERVER_KEY";
    let is_sandbox_key = server_key.starts_with("SB-");
    let is_production_key = server_key.starts_with("Mid-server-");
    if server_key.contains("-client-") {
        return Err(bad(VARIABLE, "a client key", "the server key, like SB-Mid-server-…"));
    }
    if !server_key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(bad(
            VARIABLE,
            "a text with spaces or other odd characters",
            "the server key, like SB-Mid-server-…",
        ));
    }
    match whose {
        Whose::Production if is_sandbox_key => {
            let expected = "a production key (Mid-server-…) with https://api.midtrans.com";
            Err(bad(VARIABLE, "a sandbox key (SB-…)", expected))
        }
        Whose::Sandbox | Whose::OtherOfTheirs | Whose::NotTheirs if is_production_key => {
            let expected = "a production key only with MIDTRANS_BASE_URL=https://api.midtrans.com";
            Err(bad(VARIABLE, "a production key (Mid-server-…)", expected))
        }
        Whose::Production | Whose::Sandbox | Whose::OtherOfTheirs | Whose::NotTheirs => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCTION: [&str; 7] = [
        "https://api.midtrans.com",
        "https://api.midtrans.com.",
        "https://API.Midtrans.COM",
        "https://api.midtrans.com:8443/",
        "https://api.veritrans.co.id",
        "https://api.veritrans.co.id./v2",
        "https://API.VERITRANS.CO.ID:443",
    ];
    const SANDBOX: [&str; 7] = [
        "https://api.sandbox.midtrans.com",
        "https://api.sandbox.midtrans.com.",
        "https://Api.Sandbox.Midtrans.Com",
        "https://api.sandbox.midtrans.com:8443/",
        "https://api.sandbox.veritrans.co.id",
        "https://api.sandbox.veritrans.co.id./v2",
        "https://API.SANDBOX.VERITRANS.CO.ID:443",
    ];
    const NOT_THEIRS: [&str; 7] = [
        "https://evilmidtrans.com",
        "https://api-midtrans.com",
        "https://api.midtrans.com.evil.example",
        "https://evilveritrans.co.id",
        "https://api.veritrans.co.id.evil.example",
        "https://midtrans.example",
        "https://127.0.0.1:7081",
    ];

    fn read(base_url: &str, key: &str, floor: &str) -> Result<MidtransSettings, InvalidSetting> {
        MidtransSettings::read(&|name| match name {
            "MIDTRANS_BASE_URL" => Some(base_url.to_owned()),
            "MIDTRANS_SERVER_KEY" => Some(key.to_owned()),
            "MIDTRANS_MIN_POLL_INTERVAL_SECONDS" => Some(floor.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn production_takes_production_keys_alone_by_each_of_its_names() {
        for base_url in PRODUCTION {
            let settings = read(base_url, "Mid-server-x", "10").expect(base_url);
            assert!(settings.is_midtrans() && settings.trusted_host().is_none(), "{base_url}");
            let sentence = read(base_url, "SB-Mid-server-x", "10").expect_err(base_url).to_string();
            assert!(sentence.starts_with("MIDTRANS_SERVER_KEY is a sandbox key"), "{base_url}: {sentence}");
        }
    }

    #[test]
    fn midtrans_sandbox_takes_sandbox_keys_alone_by_each_of_its_names() {
        for base_url in SANDBOX {
            let settings = read(base_url, "SB-Mid-server-x", "10").expect(base_url);
            assert!(settings.is_midtrans() && settings.trusted_host().is_none(), "{base_url}");
            let sentence = read(base_url, "Mid-server-x", "10").expect_err(base_url).to_string();
            assert!(sentence.starts_with("MIDTRANS_SERVER_KEY is a production key"), "{base_url}: {sentence}");
        }
    }

    #[test]
    fn midtrans_is_asked_slowly_and_never_in_the_clear_by_each_of_its_names() {
        let others = ["https://midtrans.com", "https://api.stg.midtrans.com", "https://veritrans.co.id."];
        for base_url in SANDBOX.iter().chain(&others) {
            let sentence = read(base_url, "SB-Mid-server-x", "9").expect_err(base_url).to_string();
            assert!(sentence.starts_with("MIDTRANS_MIN_POLL_INTERVAL_SECONDS is \"9\""), "{base_url}: {sentence}");
            let in_the_clear = base_url.replace("https:", "http:");
            let sentence = read(&in_the_clear, "SB-Mid-server-x", "10").expect_err(base_url).to_string();
            assert!(sentence.starts_with("MIDTRANS_BASE_URL is "), "{base_url}: {sentence}");
        }
    }

    #[test]
    fn a_host_that_only_sounds_like_midtrans_is_none_of_theirs_and_gets_no_production_key() {
        for base_url in NOT_THEIRS {
            let settings = read(base_url, "SB-Mid-server-x", "1").expect(base_url);
            assert!(!settings.is_midtrans() && settings.trusted_host().is_some(), "{base_url}");
            let sentence = read(base_url, "Mid-server-x", "10").expect_err(base_url).to_string();
            assert!(sentence.starts_with("MIDTRANS_SERVER_KEY is a production key"), "{base_url}: {sentence}");
        }
    }
}
