//! Reads settings by clap's definition of them: names, defaults, parsers of values, and errors.

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Args, Command};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Why the merchant does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSetting {
    /// A required variable is not set.
    #[error("{variable} is not set, and is required: {meaning}")]
    Missing {
        /// Its name.
        variable: String,
        /// Its meaning.
        meaning: String,
    },
    /// The value of a variable is refused.
    #[error("{variable} is {why}")]
    Bad {
        /// Its name.
        variable: String,
        /// The value, and what was expected.
        why: InvalidValue,
    },
    /// The file of `--env-file` has a variable that looks like one of ours and is none.
    #[error("{name} in --env-file is not a setting{}", meant.as_ref().map(|it| format!(": did you mean {it}?")).unwrap_or_default())]
    Unknown {
        /// Its name.
        name: String,
        /// The setting that it resembles.
        meant: Option<String>,
    },
    /// The file of `--env-file` cannot be read.
    #[error("--env-file {path}: {why}")]
    EnvFile {
        /// The file.
        path: String,
        /// The error.
        why: String,
    },
}

impl InvalidSetting {
    pub(super) fn bad(variable: &str, why: InvalidValue) -> Self {
        Self::Bad { variable: variable.to_owned(), why }
    }

    /// Translates clap's error, whose own text would quote a secret.
    fn from_clap(error: &clap::Error, command: &Command) -> Self {
        let shown = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(name)) => name.as_str(),
            Some(ContextValue::Strings(names)) => names.first().map_or("", String::as_str),
            Some(_) | None => "",
        };
        let name = shown.trim_start_matches("--").split(' ').next().unwrap_or_default();
        match std::error::Error::source(error).and_then(|why| why.downcast_ref::<InvalidValue>()) {
            Some(why) => Self::bad(name, why.clone()),
            None => {
                let meaning = command.get_arguments().find(|arg| arg.get_id() == name).map(meaning);
                Self::Missing { variable: name.to_owned(), meaning: meaning.unwrap_or_default() }
            }
        }
    }
}

/// Error: the value of a setting is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found}: expected {expected}")]
pub struct InvalidValue {
    found: String,
    expected: String,
}

impl InvalidValue {
    /// Quotes the value.
    pub(super) fn new(text: &str, expected: impl Into<String>) -> Self {
        Self::described(format!("{text:?}"), expected)
    }

    /// Describes the value instead: it is secret, or there is more to say.
    pub(super) fn described(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { found: found.into(), expected: expected.into() }
    }
}

/// The definition of some settings, as clap has it. An argument's id is the name of its variable.
pub(super) fn definition<T: Args>() -> Command {
    T::augment_args(Command::new("settings").no_binary_name(true).disable_help_flag(true))
}

/// The first paragraph of a setting's documentation.
pub(super) fn meaning(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

/// Reads settings from `lookup`, which is asked for each variable by name. Empty counts as not set.
pub(super) fn read<T: Args>(lookup: impl Fn(&str) -> Option<String>) -> Result<T, InvalidSetting> {
    let command = definition::<T>();
    let mut values = Vec::new();
    for arg in command.get_arguments() {
        let Some(value) = lookup(arg.get_id().as_str()) else { continue };
        let words = match arg.get_value_delimiter() {
            Some(delimiter) => value.split(delimiter).collect(),
            None => vec![value.as_str()],
        };
        let words = words.into_iter().map(str::trim).filter(|word| !word.is_empty());
        values.extend(words.map(|word| format!("--{}={word}", arg.get_id())));
    }
    // clap itself would take an empty variable for a value, and would know the process's environment alone.
    let mut command = command.mut_args(|arg| arg.env(None::<&'static str>));
    let matches = command.try_get_matches_from_mut(values);
    let settings = matches.and_then(|matches| T::from_arg_matches(&matches));
    settings.map_err(|error| InvalidSetting::from_clap(&error, &command))
}

/// Limit of a rate or of a number of connections. `None` is no limit, written `0`.
pub type Limit = Option<NonZeroU32>;

/// Reads a [`Limit`].
pub(super) fn limit(text: &str) -> Result<Limit, InvalidValue> {
    let number = text.parse::<u32>().ok().filter(|number| *number <= 10_000_000);
    let expected = "a whole number up to 10000000, 0 for no limit";
    number.map(NonZeroU32::new).ok_or_else(|| InvalidValue::new(text, expected))
}

/// Reads a whole number of the range.
pub(super) fn number(range: RangeInclusive<u32>) -> impl Fn(&str) -> Result<u32, InvalidValue> + Clone {
    move |text| {
        let number = text.parse::<u32>().ok().filter(|number| range.contains(number));
        let expected = || format!("a whole number, {} to {}", range.start(), range.end());
        number.ok_or_else(|| InvalidValue::new(text, expected()))
    }
}

/// Reads a whole number of seconds, from `least` up to a year.
pub(super) fn seconds(least: u64) -> impl Fn(&str) -> Result<Duration, InvalidValue> + Clone {
    seconds_within(least..=31_536_000)
}

/// Reads a whole number of seconds of the range.
pub(super) fn seconds_within(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<Duration, InvalidValue> + Clone {
    move |text| {
        let seconds = text.parse::<u64>().ok().filter(|seconds| range.contains(seconds));
        let expected = || format!("a whole number of seconds, {} to {}", range.start(), range.end());
        seconds.map(Duration::from_secs).ok_or_else(|| InvalidValue::new(text, expected()))
    }
}

/// Reads `on` or `off`.
pub(super) fn switch(text: &str) -> Result<bool, InvalidValue> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(InvalidValue::new(text, "on or off")),
    }
}

/// Reads a host and a port to listen at.
pub(super) fn address(text: &str) -> Result<String, InvalidValue> {
    let port = text.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then_some(port));
    let is_address = port.is_some_and(|port| port.parse::<u16>().is_ok());
    let expected = "a host and a port, like 127.0.0.1:7080";
    is_address.then(|| text.to_owned()).ok_or_else(|| InvalidValue::new(text, expected))
}

/// Every variable with these beginnings is meant for us.
const OURS: [&str; 2] = ["MERCHANT_", "ORDER_TOKEN_"];
/// Letters wrong or exchanged, until it is another word.
const TYPOS: usize = 3;

/// A name that is no setting, although it looks like one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) name: String,
    /// The setting that it is like.
    pub(super) meant: Option<String>,
}

impl From<Unknown> for InvalidSetting {
    fn from(Unknown { name, meant }: Unknown) -> Self {
        Self::Unknown { name, meant }
    }
}

/// Those of `names` that are not among `settings` but were meant to be: a limit with a misspelt name limits nothing.
pub(super) fn unknown(names: impl Iterator<Item = String>, settings: &BTreeSet<String>) -> Vec<Unknown> {
    let unknown = names.filter(|name| !settings.contains(name)).filter_map(|name| {
        let distance = |setting: &&String| strsim::osa_distance(setting, &name);
        let meant = settings.iter().min_by_key(distance).filter(|setting| distance(setting) <= TYPOS).cloned();
        // Of Midtrans there may be others, for other programs: the client key, say.
        let is_ours = OURS.iter().any(|beginning| name.starts_with(beginning));
        (is_ours || (meant.is_some() && name.starts_with("MIDTRANS_"))).then_some(Unknown { name, meant })
    });
    unknown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str) -> Option<Option<String>> {
        let settings = ["MIDTRANS_SERVER_KEY", "MERCHANT_TRUSTED_PROXIES"].map(str::to_owned).into();
        unknown(std::iter::once(name.to_owned()), &settings).pop().map(|unknown| unknown.meant)
    }

    #[test]
    fn a_typo_is_noticed_and_corrected() {
        assert_eq!(found("MERCHANT_TRUSTED_PROXY"), Some(Some("MERCHANT_TRUSTED_PROXIES".to_owned())));
        assert_eq!(found("MIDTRANS_SEVRER_KEY"), Some(Some("MIDTRANS_SERVER_KEY".to_owned())));
        assert_eq!(found("MERCHANT_COLOUR"), Some(None));
    }

    #[test]
    fn what_is_a_setting_or_somebody_elses_is_left_alone() {
        for name in ["MERCHANT_TRUSTED_PROXIES", "MIDTRANS_CLIENT_KEY", "PATH", "HOME", ""] {
            assert_eq!(found(name), None, "{name}");
        }
    }
}
