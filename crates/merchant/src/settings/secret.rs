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
    /// What they were signed with until now: tokens of it are still accepted, and none is made. For as long as the
    /// lifetime after the secret was changed. Default none. Read from `ORDER_TOKEN_SECRET_PREVIOUS`.
    pub previous_secret: Option<SecretString>,
    /// How long one can be used. Default one day (86400): long enough for a payer who comes back in the evening. Read
    /// from `ORDER_TOKEN_LIFETIME_SECONDS`.
    pub lifetime: Duration,
}

impl OrderTokenSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        const SECRET: &str = "ORDER_TOKEN_SECRET";
        const PREVIOUS: &str = "ORDER_TOKEN_SECRET_PREVIOUS";
        let server_key = lookup("MIDTRANS_SERVER_KEY");
        let check = |variable, secret: String| match weakness(&secret, server_key.as_deref()) {
            Some(weakness) => Err(bad(variable, weakness, EXPECTED)),
            None => Ok(SecretString::from(secret)),
        };
        let secret = lookup(SECRET).ok_or(InvalidSetting::Missing { variable: SECRET, expected: EXPECTED })?;
        let previous_secret = lookup(PREVIOUS).map(|secret| check(PREVIOUS, secret)).transpose()?;
        let lifetime =
            seconds(lookup, "ORDER_TOKEN_LIFETIME_SECONDS", 86_400, 60, "a whole number of seconds, at least 60")?;
        Ok(Self { secret: check(SECRET, secret)?, previous_secret, lifetime })
    }
}

const EXPECTED: &str = "at least 32 random bytes, like the output of `openssl rand -base64 48`";
/// As many bytes as the HMAC's own output.
const LEAST_BYTES: usize = 32;
/// Fewer different characters than 32 random hex digits have, but for one time in a hundred million.
const LEAST_DIFFERENT: usize = 8;
/// What stands in examples, for somebody to replace.
const SAMPLES: [&str; 8] =
    ["changeme", "change-me", "change_me", "replace", "your-secret", "your_secret", "placeholder", "openssl rand"];

/// What can be seen to be wrong with a secret, in words that do not tell it.
fn weakness(secret: &str, server_key: Option<&str>) -> Option<String> {
    let bytes = secret.as_bytes();
    if bytes.len() < LEAST_BYTES {
        return Some(format!("{} bytes long", bytes.len()));
    }
    let lower = secret.to_ascii_lowercase();
    if SAMPLES.iter().any(|sample| lower.contains(sample)) {
        return Some("a sample out of some instructions".to_owned());
    }
    if server_key == Some(secret) {
        return Some("the server key".to_owned());
    }
    let different = bytes.iter().collect::<std::collections::BTreeSet<_>>().len();
    if different < LEAST_DIFFERENT {
        return Some(format!("made of {different} different characters"));
    }
    if (1..=bytes.len() / 2).any(|period| bytes.iter().zip(&bytes[period..]).all(|(one, other)| one == other)) {
        return Some("the same text again and again".to_owned());
    }
    let in_a_row = bytes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    (in_a_row * 2 > bytes.len()).then(|| "a row of neighbours, like abcdef".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_could_guess_is_named_without_being_told() {
        for (secret, weakness_is) in [
            ("hunter2", "7 bytes long"),
            ("changeme-changeme-changeme-changeme!", "a sample"),
            ("<your-secret-of-at-least-32-bytes-here>", "a sample"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "1 different"),
            ("0101010101010011010101010101001101010101", "2 different"),
            ("correct horse battery correct horse battery ", "again and again"),
            ("0123456789abcdef0123456789abcdef", "again and again"),
            ("abcdefghijklmnopqrstuvwxyz0123456789", "neighbours"),
            ("SB-Mid-server-0Rj9mQ4wPz7seenK5dXk3vQ", "the server key"),
        ] {
            let said = weakness(secret, Some("SB-Mid-server-0Rj9mQ4wPz7seenK5dXk3vQ")).expect(secret);
            assert!(said.contains(weakness_is) && !said.contains(secret), "{secret}: {said}");
        }
    }

    #[test]
    fn what_openssl_makes_is_good() {
        for secret in [
            "ZpLx0T5q0mQv7rJk3e8VbY1nD4sG6uHcWf9aXoKiR2tMzE+B/NjPdCwSgFhUqLyA",
            "9f86d081884c7d659a2feaa0c55ad015",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ] {
            assert_eq!(weakness(secret, Some("SB-Mid-server-x")), None, "{secret}");
        }
    }
}
