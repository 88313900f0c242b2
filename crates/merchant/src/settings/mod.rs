//! Settings of the merchant, defined with clap: one struct per concern, each field with its variable, default and parser.
//!
//! They come from the environment or the file of `--env-file`, and not from arguments, which every user of the machine can
//! read. A missing or bad variable is an [`InvalidSetting`]: a sentence naming the variable, its value (never a secret's)
//! and what was expected.

mod browser;
mod database;
mod limits;
mod midtrans;
mod order_token;
mod values;

pub use browser::{AppScheme, BrowserSettings, WebOrigin};
pub(crate) use database::leaves_this_machine;
pub use database::{DatabaseSettings, DatabaseUrl};
pub use limits::{LimitSettings, RateSettings};
pub use midtrans::MidtransSettings;
pub use order_token::OrderTokenSettings;
pub use values::{InvalidSetting, InvalidValue, Limit};

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;
use values::{Unknown, address, definition, meaning, read, seconds, unknown};

/// All settings of the merchant.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Settings of Midtrans' Core API.
    #[command(flatten)]
    pub midtrans: MidtransSettings,
    /// Settings of order tokens.
    #[command(flatten)]
    pub order_token: OrderTokenSettings,
    /// Where to listen.
    #[command(flatten)]
    pub listen: ListenSettings,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseSettings,
    /// How long orders are kept.
    #[command(flatten)]
    pub retention: RetentionSettings,
    /// Settings about browsers.
    #[command(flatten)]
    pub browser: BrowserSettings,
    /// How push streams are kept up to date.
    #[command(flatten)]
    pub streams: StreamSettings,
    /// Limits per client, and of all clients together.
    #[command(flatten)]
    pub limits: LimitSettings,
    /// How the process stops.
    #[command(flatten)]
    pub stop: StopSettings,
}

/// Where to listen.
#[derive(Clone, Debug, clap::Args)]
pub struct ListenSettings {
    /// Host and port to listen at; port 0 for any free one.
    #[arg(id = "MERCHANT_BIND", long, env, default_value = "127.0.0.1:7080", value_parser = address)]
    pub address: String,
    /// Host and port of a listener for `/orders`, `/readyz` and `/metrics` alone, in the shop's own network; without it they
    /// answer only requests from this machine, and none behind a proxy or with Midtrans itself.
    #[arg(id = "MERCHANT_ADMIN_BIND", long, env, value_parser = address)]
    pub admin_address: Option<String>,
}

/// How long orders are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct RetentionSettings {
    /// Days after its end until an order is deleted, 90 to 36500; without it orders are kept.
    ///
    /// Midtrans refunds a GoPay payment for 45 days, and an order that is deleted cannot be told of its refund; twice that is
    /// the least.
    #[arg(id = "MERCHANT_RETENTION_DAYS", long, env, value_parser = days)]
    pub keep: Option<Duration>,
}

fn days(text: &str) -> Result<Duration, InvalidValue> {
    let days = text.parse::<u64>().ok().filter(|days| (90..=36_500).contains(days));
    let expected = "a whole number of days, 90 to 36500: a payment can be refunded for 45 days, and must be known then";
    days.map(|days| Duration::from_secs(days * 86_400)).ok_or_else(|| InvalidValue::new(text, expected))
}

/// How push streams are kept up to date.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct StreamSettings {
    /// How often a push stream reads the status again by itself, in case a change was missed.
    #[arg(id = "MERCHANT_STREAM_REFRESH_SECONDS", long, env, default_value = "15", value_parser = seconds(1))]
    pub refresh: Duration,
}

/// How the process stops.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct StopSettings {
    /// How long `/readyz` says no before connections are refused, until a load balancer has noticed; a second SIGTERM cuts it
    /// short.
    #[arg(id = "MERCHANT_DRAIN_SECONDS", long, env, default_value = "0", value_parser = seconds(0))]
    pub drain: Duration,
    /// How long unfinished work may take after that; then the process ends all the same, and logs what it left.
    ///
    /// The default is longer than a charge whose payer has left may still need.
    #[arg(id = "MERCHANT_STOP_LIMIT_SECONDS", long, env, default_value = "45", value_parser = seconds(1))]
    pub limit: Duration,
}

impl ListenSettings {
    /// Reads these settings alone from the environment and from `env_file`, as [`Settings::from_environment`] does: without
    /// the secrets, which a question to the listeners does not need.
    pub(crate) fn from_environment(env_file: Option<&Path>) -> Result<Self, InvalidSetting> {
        let from_file = variables_of(env_file)?;
        read(|name| std::env::var(name).ok().or_else(|| from_file.get(name).cloned()))
    }
}

/// The variables of a file of NAME=value lines.
fn variables_of(env_file: Option<&Path>) -> Result<HashMap<String, String>, InvalidSetting> {
    let Some(path) = env_file else { return Ok(HashMap::new()) };
    // The parser's own message quotes the line, and the line may hold a secret.
    let bad = |why: &str| InvalidSetting::EnvFile { path: path.display().to_string(), why: why.to_owned() };
    let unreadable = |e: dotenvy::Error| {
        if let dotenvy::Error::Io(e) = e { bad(&e.to_string()) } else { bad("expected one NAME=value per line") }
    };
    dotenvy::from_path_iter(path).map_err(unreadable)?.map(|variable| variable.map_err(unreadable)).collect()
}

impl Settings {
    /// Reads the environment, and behind it the variables of `env_file` (the real environment wins). A variable that looks
    /// like a setting and is none is refused in the file, which is ours, and warned of in the environment, which is not:
    /// Kubernetes sets `MERCHANT_PORT` where there is a service of that name.
    ///
    /// # Errors
    /// [`InvalidSetting`]
    pub fn from_environment(env_file: Option<&Path>) -> Result<Self, InvalidSetting> {
        let from_file = variables_of(env_file)?;
        let settings = Self::from_lookup(|name| std::env::var(name).ok().or_else(|| from_file.get(name).cloned()))?;
        let known: BTreeSet<String> = setting_table().into_iter().map(|row| row.name).collect();
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

    /// Reads the variables by asking `lookup` for each by name. Empty counts as not set.
    ///
    /// # Errors
    /// [`InvalidSetting`]
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let mut settings: Self = read(lookup)?;
        settings.midtrans.check()?;
        settings.database.check()?;
        settings.order_token.check(&settings.midtrans.server_key)?;
        settings.limits.rates = settings.limits.rates.effective();
        Ok(settings)
    }
}

/// One setting, as `--help` and the README list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// The variable.
    pub name: String,
    /// The value where it is not set; `required` or `none` where there is none.
    pub default: String,
    /// Its meaning.
    pub meaning: String,
}

/// All settings, from their definition.
#[must_use]
pub fn setting_table() -> Vec<SettingRow> {
    let row = |arg: &clap::Arg| {
        let default = match arg.get_default_values() {
            [value] => value.to_string_lossy().into_owned(),
            _ if arg.is_required_set() => "required".to_owned(),
            _ => "none".to_owned(),
        };
        SettingRow { name: arg.get_id().to_string(), default, meaning: meaning(arg) }
    };
    definition::<Settings>().get_arguments().map(row).collect()
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
            ("MERCHANT_DATABASE_DIRECT_URL", "mysql://x"),
            // The other one is a SQLite file.
            ("MERCHANT_DATABASE_DIRECT_URL", "postgres://localhost/shop"),
            ("MERCHANT_DATABASE_CONNECTIONS", "0"),
            ("MERCHANT_ALLOWED_ORIGINS", "https://toko.example/path"),
            ("MERCHANT_APP_SCHEMES", "javascript"),
            ("ORDER_TOKEN_LIFETIME_SECONDS", "0"),
            ("MERCHANT_ADMIN_BIND", "9090"),
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
