//! Which Midtrans, with which key.

use super::{InvalidSetting, Lookup, bad, seconds};
use secrecy::SecretString;
use std::time::Duration;
use url::{Host, Url};

/// Midtrans' production. Its server keys begin with `Mid-server-`.
const PRODUCTION_HOST: &str = "api.midtrans.com";
/// Midtrans' own sandbox. Its server keys begin with `SB-Mid-server-`.
const SANDBOX_HOST: &str = "api.sandbox.midtrans.com";
/// "Only retry after 10 second" (Midtrans, "GoPay QRIS POS Integration").
const LEAST_ASK_FLOOR: Duration = Duration::from_secs(10);

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
    /// How long to leave Midtrans alone about one order. Default 10 s, and at Midtrans itself not less. Read from
    /// `MIDTRANS_ASK_FLOOR_SECONDS`.
    pub ask_floor: Duration,
    /// Whether what is still pending after its `expiry_time` is ended with `POST /v2/{id}/expire`, instead of waiting for
    /// Midtrans' own job. Default off. Read from `MIDTRANS_HARD_STOP`: `on` or `off`.
    pub hard_stop: bool,
}

impl MidtransSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let base_url = lookup("MIDTRANS_BASE_URL").unwrap_or_else(|| "http://127.0.0.1:7081".to_owned());
        let base_url = read_base_url(&base_url)?;
        let server_key = lookup("MIDTRANS_SERVER_KEY").ok_or(InvalidSetting::Missing {
            variable: "MIDTRANS_SERVER_KEY",
            expected: "the server key of the Midtrans account, like SB-Mid-server-…",
        })?;
        check_key(&server_key, base_url.host_str().unwrap_or_default())?;
        let expected = "a whole number of seconds, at least 1";
        let time_limit = seconds(lookup, "MIDTRANS_TIME_LIMIT_SECONDS", 15, 1, expected)?;
        let ask_floor = seconds(lookup, "MIDTRANS_ASK_FLOOR_SECONDS", 10, 1, expected)?;
        let hard_stop = match lookup("MIDTRANS_HARD_STOP").as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(other) => return Err(bad("MIDTRANS_HARD_STOP", format!("{other:?}"), "on or off")),
        };
        let settings = Self { server_key: server_key.into(), base_url, time_limit, ask_floor, hard_stop };
        if settings.is_midtrans() && ask_floor < LEAST_ASK_FLOOR {
            let shown = format!("\"{}\"", ask_floor.as_secs());
            return Err(bad("MIDTRANS_ASK_FLOOR_SECONDS", shown, "at least 10 seconds at Midtrans itself"));
        }
        Ok(settings)
    }

    /// Whether this is Midtrans itself, and not a sandbox of ours.
    #[must_use]
    pub fn is_midtrans(&self) -> bool {
        matches!(self.base_url.host_str(), Some(PRODUCTION_HOST | SANDBOX_HOST))
    }

    /// Whether this is any host of Midtrans', an older name of theirs included.
    #[must_use]
    pub fn is_a_host_of_theirs(&self) -> bool {
        is_theirs(self.base_url.host_str().unwrap_or_default())
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

fn is_theirs(host: &str) -> bool {
    host.ends_with("midtrans.com") || host.ends_with("veritrans.co.id")
}

fn read_base_url(text: &str) -> Result<Url, InvalidSetting> {
    const EXPECTED: &str =
        "an https URL (http only for a sandbox that is not Midtrans'), like https://api.midtrans.com";
    let refused = || bad("MIDTRANS_BASE_URL", format!("{text:?}"), EXPECTED);
    let url = Url::parse(text).map_err(|_| refused())?;
    let host = url.host_str().unwrap_or_default();
    let is_scheme_fine = url.scheme() == "https" || (url.scheme() == "http" && !is_theirs(host));
    let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if host.is_empty() || !is_scheme_fine || !is_bare || url.password().is_some() {
        return Err(refused());
    }
    Ok(url)
}

/// A key of one world does not work in the other, and a production key has no business in a sandbox.
fn check_key(server_key: &str, host: &str) -> Result<(), InvalidSetting> {
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
    if host == PRODUCTION_HOST && is_sandbox_key {
        let expected = "a production key (Mid-server-…) with https://api.midtrans.com";
        return Err(bad(VARIABLE, "a sandbox key (SB-…)", expected));
    }
    if host != PRODUCTION_HOST && is_production_key {
        let expected = "a production key only with MIDTRANS_BASE_URL=https://api.midtrans.com";
        return Err(bad(VARIABLE, "a production key (Mid-server-…)", expected));
    }
    Ok(())
}
