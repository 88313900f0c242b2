//! Settings of order tokens.

use super::values::{InvalidSetting, InvalidValue, seconds};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;

/// Settings of order tokens.
#[derive(Clone, Debug, clap::Args)]
pub struct OrderTokenSettings {
    /// At least 32 random bytes, the same in every process; order tokens are signed with it; what could be guessed is refused.
    #[arg(id = "ORDER_TOKEN_SECRET", long, env, hide_env_values = true, value_parser = secret)]
    pub secret: SecretString,
    /// The secret before this one, after a change: its tokens are still accepted, and none is made with it.
    ///
    /// For as long as the lifetime after the secret was changed.
    #[arg(id = "ORDER_TOKEN_SECRET_PREVIOUS", long, env, hide_env_values = true, value_parser = secret)]
    pub previous_secret: Option<SecretString>,
    /// Lifetime of an order token: how long a page may ask about its order.
    #[arg(id = "ORDER_TOKEN_LIFETIME_SECONDS", long, env, default_value = "86400", value_parser = seconds(60))]
    pub lifetime: Duration,
}

impl OrderTokenSettings {
    /// Checks that no secret is the server key, which Midtrans knows too.
    pub(super) fn check(&self, server_key: &SecretString) -> Result<(), InvalidSetting> {
        let secrets = [
            ("ORDER_TOKEN_SECRET", Some(&self.secret)),
            ("ORDER_TOKEN_SECRET_PREVIOUS", self.previous_secret.as_ref()),
        ];
        let is_key = |secret: &SecretString| secret.expose_secret() == server_key.expose_secret();
        match secrets.into_iter().find(|(_, secret)| secret.is_some_and(is_key)) {
            Some((variable, _)) => {
                Err(InvalidSetting::bad(variable, InvalidValue::described("the server key", EXPECTED)))
            }
            None => Ok(()),
        }
    }
}

fn secret(text: &str) -> Result<SecretString, InvalidValue> {
    match weakness(text) {
        Some(weakness) => Err(InvalidValue::described(weakness, EXPECTED)),
        None => Ok(text.into()),
    }
}

const EXPECTED: &str = "at least 32 random bytes, like the output of `openssl rand -base64 48`";
/// As many bytes as the HMAC's own output.
const LEAST_BYTES: usize = 32;
/// Fewer different characters than 32 random hex digits have, but for one time in a hundred million.
const LEAST_DIFFERENT: usize = 8;
/// Placeholders of examples.
const SAMPLES: [&str; 8] =
    ["changeme", "change-me", "change_me", "replace", "your-secret", "your_secret", "placeholder", "openssl rand"];

/// The visible weakness of a secret, in words that do not tell it.
fn weakness(secret: &str) -> Option<String> {
    let bytes = secret.as_bytes();
    if bytes.len() < LEAST_BYTES {
        return Some(format!("{} bytes long", bytes.len()));
    }
    let lower = secret.to_ascii_lowercase();
    if SAMPLES.iter().any(|sample| lower.contains(sample)) {
        return Some("a sample out of some instructions".to_owned());
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
        ] {
            let said = weakness(secret).expect(secret);
            assert!(said.contains(weakness_is) && !said.contains(secret), "{secret}: {said}");
        }
    }

    #[test]
    fn the_server_key_is_no_secret_of_the_shops_own() {
        let key = "SB-Mid-server-0Rj9mQ4wPz7seenK5dXk3vQ";
        let settings = super::super::values::read::<OrderTokenSettings>(|name| {
            (name == "ORDER_TOKEN_SECRET").then(|| key.to_owned())
        });
        let sentence = settings.expect("long enough").check(&key.into()).expect_err("the key").to_string();
        assert!(sentence.starts_with("ORDER_TOKEN_SECRET is the server key: expected"), "{sentence}");
    }

    #[test]
    fn what_openssl_makes_is_good() {
        for secret in [
            "ZpLx0T5q0mQv7rJk3e8VbY1nD4sG6uHcWf9aXoKiR2tMzE+B/NjPdCwSgFhUqLyA",
            "9f86d081884c7d659a2feaa0c55ad015",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ] {
            assert_eq!(weakness(secret), None, "{secret}");
        }
    }
}
