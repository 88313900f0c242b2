//! What is wrong with a setting, in a sentence for whoever wrote it.

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
