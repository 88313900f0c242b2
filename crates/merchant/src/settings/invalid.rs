//! Errors of settings, and the search for misspelt ones: a limit with a misspelt name limits nothing.

use std::collections::BTreeSet;

/// Why the merchant does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSetting {
    /// A required variable is not there.
    #[error("{variable} is not set: expected {expected}")]
    Missing {
        /// Which one.
        variable: &'static str,
        /// What should stand there.
        expected: &'static str,
    },
    /// A variable cannot be what it says.
    #[error("{variable} is {value}: expected {expected}")]
    Bad {
        /// Which one.
        variable: &'static str,
        /// What stands there, or a description of it where it is secret.
        value: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// The file of `--env-file` has a variable that looks like one of ours and is none.
    #[error("{name} in --env-file is not a setting{}", meant.as_ref().map(|it| format!(": did you mean {it}?")).unwrap_or_default())]
    Unknown {
        /// What stands there.
        name: String,
        /// What it is like.
        meant: Option<String>,
    },
    /// The file of `--env-file` cannot be read.
    #[error("--env-file {path}: {why}")]
    EnvFile {
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

pub(super) fn bad(variable: &'static str, value: impl Into<String>, expected: &'static str) -> InvalidSetting {
    InvalidSetting::Bad { variable, value: value.into(), expected }
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

/// Those of `names` that are not among `settings` but were meant to be.
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
