//! Settings of Midtrans: which one, and with which key.

use super::values::{InvalidSetting, InvalidValue, seconds, seconds_within, switch};
use gopay_contract::is_midtrans_host;
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;
use url::{Host, Url};

/// Midtrans' production, the newer name first. Its server keys begin with `Mid-server-`.
const PRODUCTION_HOSTS: [&str; 2] = ["api.midtrans.com", "api.veritrans.co.id"];
/// Midtrans' own sandbox, the newer name first. Its server keys begin with `SB-Mid-server-`.
const SANDBOX_HOSTS: [&str; 2] = ["api.sandbox.midtrans.com", "api.sandbox.veritrans.co.id"];
/// "Only retry after 10 second" (Midtrans, "GoPay QRIS POS Integration").
const LEAST_POLL_INTERVAL: Duration = Duration::from_secs(10);

/// Settings of Midtrans' Core API.
#[derive(Clone, Debug, clap::Args)]
pub struct MidtransSettings {
    /// The secret server key of the account, like `SB-Mid-server-…`; a key of the wrong Midtrans is refused.
    #[arg(id = "MIDTRANS_SERVER_KEY", long, env, hide_env_values = true, value_parser = server_key)]
    pub server_key: SecretString,
    /// The Core API; the default is the offline sandbox.
    #[arg(id = "MIDTRANS_BASE_URL", long, env, default_value = "http://127.0.0.1:7081", value_parser = base_url)]
    pub base_url: Url,
    /// Time limit of one request to Midtrans, in seconds.
    ///
    /// Midtrans documents none of its own; its SDKs use 10 s to 120 s.
    #[arg(id = "MIDTRANS_TIME_LIMIT_SECONDS", long, env, default_value = "15", value_parser = seconds(1))]
    pub time_limit: Duration,
    /// Shortest time between two status polls of one order; at Midtrans itself not less than 10, and at most 3600.
    ///
    /// A stored moment further ahead than an hour is taken for a clock's mistake.
    #[arg(id = "MIDTRANS_MIN_POLL_INTERVAL_SECONDS", long, env, default_value = "10", value_parser = seconds_within(1..=3600))]
    pub min_poll_interval: Duration,
    /// `on`: an order still pending after its `expiry_time`, by Midtrans' clock, is ended with `/expire` instead of waiting
    /// for Midtrans' own job.
    #[arg(id = "MIDTRANS_EXPIRE_OVERDUE", long, env, default_value = "off", value_parser = switch, action = clap::ArgAction::Set)]
    pub expire_overdue: bool,
}

impl MidtransSettings {
    /// Checks the settings against each other: the key and the interval against the host.
    pub(super) fn check(&self) -> Result<(), InvalidSetting> {
        let bad = |found: &str, expected: &str| {
            Err(InvalidSetting::bad("MIDTRANS_SERVER_KEY", InvalidValue::described(found, expected)))
        };
        let server_key = self.server_key.expose_secret();
        match MidtransHost::is(&self.base_url) {
            MidtransHost::Production if server_key.starts_with("SB-") => {
                return bad("a sandbox key (SB-…)", "a production key (Mid-server-…) with https://api.midtrans.com");
            }
            MidtransHost::Sandbox | MidtransHost::OtherMidtrans | MidtransHost::Foreign
                if server_key.starts_with("Mid-server-") =>
            {
                let expected = "a production key only with MIDTRANS_BASE_URL=https://api.midtrans.com";
                return bad("a production key (Mid-server-…)", expected);
            }
            MidtransHost::Production | MidtransHost::Sandbox | MidtransHost::OtherMidtrans | MidtransHost::Foreign => {}
        }
        if self.is_midtrans() && self.min_poll_interval < LEAST_POLL_INTERVAL {
            let shown = self.min_poll_interval.as_secs().to_string();
            let why = InvalidValue::new(&shown, "at least 10 seconds at Midtrans itself");
            return Err(InvalidSetting::bad("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", why));
        }
        Ok(())
    }

    /// True if this is Midtrans itself, by whatever name, and not a sandbox of ours.
    #[must_use]
    pub fn is_midtrans(&self) -> bool {
        MidtransHost::is(&self.base_url).is_midtrans()
    }

    /// True if payers pay with real money here, as far as a host says: also at one of Midtrans' that is not known.
    #[must_use]
    pub fn takes_real_money(&self) -> bool {
        match MidtransHost::is(&self.base_url) {
            MidtransHost::Production | MidtransHost::OtherMidtrans => true,
            MidtransHost::Sandbox | MidtransHost::Foreign => false,
        }
    }

    /// True if this Midtrans runs on this machine.
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

/// Kind of a host that `MIDTRANS_API_URL` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MidtransHost {
    /// Midtrans', with real money.
    Production,
    /// Midtrans', without.
    Sandbox,
    /// Midtrans', and none whose keys we know.
    OtherMidtrans,
    /// A sandbox of ours, or whatever else is no host of Midtrans'.
    Foreign,
}

impl MidtransHost {
    /// By the host alone: a port changes nothing, and neither do capitals (which the URL has made small) or the dot of a fully
    /// qualified name.
    fn is(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        if PRODUCTION_HOSTS.contains(&host) {
            Self::Production
        } else if SANDBOX_HOSTS.contains(&host) {
            Self::Sandbox
        } else if is_midtrans_host(host) {
            Self::OtherMidtrans
        } else {
            Self::Foreign
        }
    }

    const fn is_midtrans(self) -> bool {
        match self {
            Self::Production | Self::Sandbox | Self::OtherMidtrans => true,
            Self::Foreign => false,
        }
    }
}

fn base_url(text: &str) -> Result<Url, InvalidValue> {
    let is_good = |url: &Url| {
        let is_scheme_fine =
            url.scheme() == "https" || (url.scheme() == "http" && !MidtransHost::is(url).is_midtrans());
        let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        url.host_str().is_some_and(|host| !host.is_empty()) && is_scheme_fine && is_bare && url.password().is_none()
    };
    let expected = "an https URL (http only for a sandbox that is not Midtrans'), like https://api.midtrans.com";
    Url::parse(text).ok().filter(is_good).ok_or_else(|| InvalidValue::new(text, expected))
}

fn server_key(text: &str) -> Result<SecretString, InvalidValue> {
    let found = if text.contains("-client-") {
        "a client key"
    } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
        "a text with spaces or other odd characters"
    } else {
        return Ok(text.into());
    };
    Err(InvalidValue::described(found, "the server key, like SB-Mid-server-…"))
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
        let settings: MidtransSettings = super::super::values::read(|name| match name {
            "MIDTRANS_BASE_URL" => Some(base_url.to_owned()),
            "MIDTRANS_SERVER_KEY" => Some(key.to_owned()),
            "MIDTRANS_MIN_POLL_INTERVAL_SECONDS" => Some(floor.to_owned()),
            _ => None,
        })?;
        settings.check().map(|()| settings)
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
