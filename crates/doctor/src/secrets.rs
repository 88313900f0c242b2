//! Secrets: searched for in the merchant's answers, and removed from reports.

use crate::lock;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Mutex;

/// Prefix of every server key of Midtrans, after an `SB-` or not.
const KEYS_BEGIN: &str = "Mid-server-";

/// The server key and the order tokens.
pub struct Secrets {
    server_key: SecretString,
    /// The key's forms on the wire, each with a name for reports.
    forms: Vec<(&'static str, SecretString)>,
    tokens: Mutex<Vec<SecretString>>,
}

impl Secrets {
    /// The secrets, with the key that the merchant uses at the sandbox.
    #[must_use]
    pub fn new(server_key: SecretString) -> Self {
        let key = server_key.expose_secret();
        let forms = vec![
            ("the server key", key.into()),
            // Basic authorization encodes `key:`. Without its end, so that what stands after the key does not matter.
            ("the server key in base64", STANDARD.encode(format!("{key}:")).trim_end_matches('=').into()),
            ("the server key in base64", STANDARD_NO_PAD.encode(key).into()),
        ];
        Self { server_key, forms, tokens: Mutex::default() }
    }

    /// The key itself, to sign and to authorize with.
    pub(crate) fn server_key(&self) -> &str {
        self.server_key.expose_secret()
    }

    /// Adds a token that no report may show.
    pub(crate) fn remember(&self, token: &SecretString) {
        lock(&self.tokens).push(token.clone());
    }

    /// The form of a server key in this text, if there is one.
    pub(crate) fn found_in(&self, text: &str) -> Option<&'static str> {
        let ours = self.forms.iter().find(|(_, form)| text.contains(form.expose_secret())).map(|(name, _)| *name);
        ours.or_else(|| text.contains(KEYS_BEGIN).then_some("what looks like a server key"))
    }

    /// Removes all secrets from the text.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        let tokens = lock(&self.tokens);
        let all = self.forms.iter().map(|(_, form)| form).chain(tokens.iter());
        all.fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), "[secret]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::new("SB-Mid-server-abc".into())
    }

    #[test]
    fn a_server_key_is_found_as_it_is_and_as_basic_authorization_has_it() {
        let secrets = secrets();
        let basic = STANDARD.encode("SB-Mid-server-abc:");
        assert_eq!(secrets.found_in("key=SB-Mid-server-abc!"), Some("the server key"));
        assert_eq!(secrets.found_in(&format!("Basic {basic}")), Some("the server key in base64"));
        assert_eq!(secrets.found_in("Mid-server-of-another"), Some("what looks like a server key"));
        assert_eq!(secrets.found_in("SB-Mid-client-abc"), None);
    }

    #[test]
    fn what_is_reported_has_neither_key_nor_token() {
        let secrets = secrets();
        secrets.remember(&"v1.99.token".into());
        assert_eq!(secrets.hide("SB-Mid-server-abc and v1.99.token"), "[secret] and [secret]");
    }
}
