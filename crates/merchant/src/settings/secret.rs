//! How order tokens are made.

use super::{InvalidSetting, Lookup, bad, seconds};
use secrecy::SecretString;
use std::time::Duration;

/// How order tokens are made.
#[derive(Clone, Debug)]
pub struct OrderTokenSettings {
    /// What they are signed with, at least 32 bytes. Required: a secret of the merchant's own, the same in every
    /// process. Read from `ORDER_TOKEN_SECRET`.
    pub secret: SecretString,
    /// How long one can be used. Default one day (86400): long enough for a payer who comes back in the evening. Read
    /// from `ORDER_TOKEN_LIFETIME_SECONDS`.
    pub lifetime: Duration,
}

impl OrderTokenSettings {
    /// As many bytes as the HMAC's own output.
    const LEAST_BYTES: usize = 32;

    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        const VARIABLE: &str = "ORDER_TOKEN_SECRET";
        const EXPECTED: &str = "at least 32 random bytes, like the output of `openssl rand -base64 48`";
        let secret = lookup(VARIABLE).ok_or(InvalidSetting::Missing { variable: VARIABLE, expected: EXPECTED })?;
        if secret.len() < Self::LEAST_BYTES {
            return Err(bad(VARIABLE, format!("{} bytes long", secret.len()), EXPECTED));
        }
        let expected = "a whole number of seconds, at least 60";
        let lifetime = seconds(lookup, "ORDER_TOKEN_LIFETIME_SECONDS", 86_400, 60, expected)?;
        Ok(Self { secret: secret.into(), lifetime })
    }
}
