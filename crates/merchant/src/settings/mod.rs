//! Settings: one small struct per concern, each read from its own variables.
//!
//! A missing or bad variable is an [`InvalidSetting`]: a sentence naming the variable, its value (never a secret's) and
//! what was expected. Nothing starts with half of its settings.

mod browser;
mod database;
mod invalid;
mod limits;
mod midtrans;
mod process;
mod secret;

pub use browser::{AppScheme, BrowserSettings, WebOrigin};
pub(crate) use database::leaves_this_machine;
pub use database::{DatabaseSettings, DatabaseUrl, RetentionSettings};
pub use invalid::InvalidSetting;
pub use limits::{LimitSettings, RateSettings, StreamSettings};
pub use midtrans::MidtransSettings;
pub use process::{ListenSettings, StopSettings};
pub use secret::OrderTokenSettings;

use invalid::{Unknown, bad, unknown};
use std::path::Path;

/// Everything the merchant can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: ListenSettings,
    /// Where to remember.
    pub database: DatabaseSettings,
    /// Which Midtrans, with which key.
    pub midtrans: MidtransSettings,
    /// How order tokens are made.
    pub order_token: OrderTokenSettings,
    /// Which pages may ask, and where payers may be returned to.
    pub browser: BrowserSettings,
    /// How the process goes, once it is told to.
    pub stop: StopSettings,
    /// How push streams are kept up to date.
    pub streams: StreamSettings,
    /// How much one client may ask for, how slowly, and how many there may be.
    pub limits: LimitSettings,
    /// How long orders are kept.
    pub retention: RetentionSettings,
}

/// Where a variable's value comes from. Empty counts as not set.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    /// Reads the environment, and behind it the variables of `env_file` (the real environment wins). A variable that looks
    /// like a setting and is none is refused in the file, which is ours, and warned of in the environment, which is not:
    /// Kubernetes sets `MERCHANT_PORT` where there is a service of that name.
    ///
    /// # Errors
    /// [`InvalidSetting`]
    pub fn from_environment(env_file: Option<&Path>) -> Result<Self, InvalidSetting> {
        let mut from_file = std::collections::HashMap::new();
        if let Some(path) = env_file {
            // The parser's own message quotes the line, and the line may hold a secret.
            let bad = |why: &str| InvalidSetting::EnvFile { path: path.display().to_string(), why: why.to_owned() };
            let unreadable = |e: dotenvy::Error| {
                if let dotenvy::Error::Io(e) = e {
                    bad(&e.to_string())
                } else {
                    bad("expected one NAME=value per line")
                }
            };
            for variable in dotenvy::from_path_iter(path).map_err(unreadable)? {
                let (name, value) = variable.map_err(unreadable)?;
                from_file.insert(name, value);
            }
        }
        let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let settings = Self::from_lookup(|name| {
            asked.borrow_mut().insert(name.to_owned());
            std::env::var(name).ok().or_else(|| from_file.get(name).cloned())
        })?;
        let known = asked.into_inner();
        if let Some(first) = unknown(from_file.keys().cloned(), &known).into_iter().next() {
            return Err(first.into());
        }
        for Unknown { name, meant } in
            unknown(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()), &known)
        {
            tracing::warn!(name, meant, "this variable of the environment looks like a setting and is none");
        }
        Ok(settings)
    }

    /// Reads the variables by asking `lookup` for each by name.
    ///
    /// # Errors
    /// [`InvalidSetting`]
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let lookup: Lookup<'_> = &|name| lookup(name).map(|value| value.trim().to_owned()).filter(|v| !v.is_empty());
        Ok(Self {
            listen: ListenSettings::read(lookup)?,
            limits: LimitSettings::read(lookup)?,
            database: DatabaseSettings::read(lookup)?,
            retention: RetentionSettings::read(lookup)?,
            midtrans: MidtransSettings::read(lookup)?,
            order_token: OrderTokenSettings::read(lookup)?,
            browser: BrowserSettings::read(lookup)?,
            stop: StopSettings::read(lookup)?,
            streams: StreamSettings::read(lookup)?,
        })
    }
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// The variable.
    pub name: &'static str,
    /// What holds where it is not set: a value, or a word about it (`required`, `none`).
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// All settings, as the README has them.
pub fn setting_table() -> impl Iterator<Item = SettingRow> {
    const README: &str = include_str!("../../README.md");
    let section = README.split("\n## ").find_map(|section| section.strip_prefix("Settings\n")).unwrap_or_default();
    section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.strip_suffix(" |")?.splitn(3, " | ");
        let name = cells.next()?.strip_suffix('`')?;
        Some(SettingRow { name, default: cells.next()?.trim_matches('`'), meaning: cells.next()? })
    })
}

/// A whole number of seconds, at least `least`.
fn seconds(
    lookup: Lookup<'_>,
    variable: &'static str,
    default: u64,
    least: u64,
    expected: &'static str,
) -> Result<std::time::Duration, InvalidSetting> {
    let Some(text) = lookup(variable) else { return Ok(std::time::Duration::from_secs(default)) };
    match text.parse() {
        Ok(seconds) if (least..=31_536_000).contains(&seconds) => Ok(std::time::Duration::from_secs(seconds)),
        Ok(_) | Err(_) => Err(bad(variable, format!("{text:?}"), expected)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "9f86d081884c7d659a2feaa0c55ad015";

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, InvalidSetting> {
        let mut all = vec![("MIDTRANS_SERVER_KEY", "SB-Mid-server-x"), ("ORDER_TOKEN_SECRET", SECRET)];
        all.retain(|(name, _)| !pairs.iter().any(|(other, _)| other == name));
        all.extend_from_slice(pairs);
        let find = |name: &str| all.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Settings::from_lookup(find)
    }

    fn refusal(pairs: &[(&str, &str)]) -> String {
        settings(pairs).expect_err("refused").to_string()
    }

    #[test]
    fn two_variables_are_enough_and_the_default_is_the_offline_sandbox() {
        let settings = settings(&[]).expect("enough");
        assert_eq!(settings.midtrans.base_url.as_str(), "http://127.0.0.1:7081/");
        assert_eq!(settings.listen.address, "127.0.0.1:7080");
    }

    #[test]
    fn a_missing_server_key_is_named() {
        assert!(refusal(&[("MIDTRANS_SERVER_KEY", "")]).starts_with("MIDTRANS_SERVER_KEY is not set"));
    }

    #[test]
    fn a_short_secret_is_refused_without_being_shown() {
        let sentence = refusal(&[("ORDER_TOKEN_SECRET", "hunter2")]);
        assert!(sentence.starts_with("ORDER_TOKEN_SECRET is 7 bytes long"), "{sentence}");
        assert!(!sentence.contains("hunter2"));
    }

    #[test]
    fn a_key_is_refused_at_the_wrong_midtrans_and_is_not_shown() {
        for (key, base_url) in
            [("SB-Mid-server-abc", "https://api.midtrans.com"), ("Mid-server-abc", "https://api.sandbox.midtrans.com")]
        {
            let sentence = refusal(&[("MIDTRANS_SERVER_KEY", key), ("MIDTRANS_BASE_URL", base_url)]);
            assert!(sentence.starts_with("MIDTRANS_SERVER_KEY is a "), "{sentence}");
            assert!(!sentence.contains("abc"), "{sentence}");
        }
        settings(&[("MIDTRANS_BASE_URL", "https://api.sandbox.midtrans.com")]).expect("its own sandbox");
    }

    #[test]
    fn a_client_key_is_not_a_server_key() {
        let sentence = refusal(&[("MIDTRANS_SERVER_KEY", "SB-Mid-client-abc")]);
        assert!(sentence.starts_with("MIDTRANS_SERVER_KEY is a client key"), "{sentence}");
    }

    #[test]
    fn midtrans_is_never_spoken_to_in_the_clear() {
        let sentence = refusal(&[("MIDTRANS_BASE_URL", "http://api.sandbox.midtrans.com")]);
        assert!(sentence.starts_with("MIDTRANS_BASE_URL is \"http://api.sandbox.midtrans.com\""), "{sentence}");
    }

    #[test]
    fn midtrans_itself_is_not_asked_more_often_than_it_wishes() {
        settings(&[("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1")]).expect("the sandbox does not mind");
        let base = ("MIDTRANS_BASE_URL", "https://api.sandbox.midtrans.com");
        let sentence = refusal(&[("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "1"), base]);
        assert!(sentence.starts_with("MIDTRANS_MIN_POLL_INTERVAL_SECONDS is \"1\""), "{sentence}");
    }

    #[test]
    fn every_bad_value_names_its_variable() {
        for (variable, value) in [
            ("MIDTRANS_BASE_URL", "midtrans"),
            ("MIDTRANS_TIME_LIMIT_SECONDS", "soon"),
            ("MIDTRANS_MIN_POLL_INTERVAL_SECONDS", "3601"),
            ("MERCHANT_RETENTION_DAYS", "89"),
            ("MERCHANT_RETENTION_DAYS", "36501"),
            ("MERCHANT_RETENTION_DAYS", "a year"),
            ("MERCHANT_BIND", "7080"),
            ("MERCHANT_DATABASE_URL", "mysql://x"),
            ("MERCHANT_DATABASE_CONNECTIONS", "0"),
            ("MERCHANT_ALLOWED_ORIGINS", "https://toko.example/path"),
            ("MERCHANT_APP_SCHEMES", "javascript"),
            ("ORDER_TOKEN_LIFETIME_SECONDS", "0"),
            ("MERCHANT_OPERATOR_BIND", "9090"),
            ("MERCHANT_RATE_LIMITS", "some"),
            ("MERCHANT_TRUSTED_PROXIES", "-1"),
            ("MERCHANT_CHARGES_PER_MINUTE", "many"),
            ("MERCHANT_CHARGES_PER_ORDER_PER_MINUTE", "1.5"),
            ("MERCHANT_STATUSES_PER_MINUTE", "10000001"),
            ("MERCHANT_NOTIFICATIONS_PER_MINUTE", "0x10"),
            ("MERCHANT_CONNECTIONS", "-5"),
            ("MERCHANT_CONNECTIONS_PER_CLIENT", "all"),
            ("MERCHANT_STREAMS_PER_CLIENT", "two"),
            ("MERCHANT_STREAM_AGE_SECONDS", "0"),
            ("MERCHANT_HEADER_TIME_LIMIT_SECONDS", "0"),
            ("MERCHANT_BODY_TIME_LIMIT_SECONDS", "10s"),
            ("MERCHANT_REQUEST_TIME_LIMIT_SECONDS", "31536001"),
        ] {
            let sentence = refusal(&[(variable, value)]);
            assert!(sentence.starts_with(&format!("{variable} is ")), "{sentence}");
            let shown = value.escape_debug().to_string();
            assert!(sentence.contains(&shown) && sentence.contains("expected"), "{sentence}");
        }
    }

    #[test]
    fn a_secret_is_never_shown_when_settings_are_printed() {
        let printed = format!("{:?}", settings(&[]).expect("enough"));
        assert!(!printed.contains(SECRET) && !printed.contains("SB-Mid-server-x"), "{printed}");
    }
}
