//! Order tokens: each lets a page charge, see and cancel one order, for a while.
//!
//! `v1.<expiry>.<mac>`: the expiry in Unix seconds, and base64url(HMAC-SHA256(secret, `v1|order_id|expiry`)). No order id
//! has a `|`, so one text has one reading; and a token has one spelling: no leading zeros, no blanks. The shop makes it where
//! it makes the order; nobody stores it.

use crate::clock::UnixMillis;
use crate::settings::OrderTokenSettings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gopay_contract::OrderId;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::time::Duration;

/// The version of the format: the prefix of each token, and part of what its MAC covers.
const VERSION: &str = "v1";

/// Issues and checks order tokens.
#[derive(Clone, Debug)]
pub struct OrderTokens {
    secret: SecretString,
    previous_secret: Option<SecretString>,
    lifetime: Duration,
}

/// Why a token does not open an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrderToken {
    /// There is none.
    #[error("an order token is needed: Authorization: Bearer v1.…")]
    Missing,
    /// It is not a token of ours at all.
    #[error("the order token cannot be read")]
    Garbled,
    /// It was for this order, but its time is over.
    #[error("the order token has expired")]
    Expired,
    /// It is not for this order (or not made by us; the two look the same).
    #[error("the order token is not for this order")]
    OfAnotherOrder,
}

impl OrderTokens {
    /// An issuer with the secret of `settings`.
    #[must_use]
    pub fn new(settings: &OrderTokenSettings) -> Self {
        Self {
            secret: settings.secret.clone(),
            previous_secret: settings.previous_secret.clone(),
            lifetime: settings.lifetime,
        }
    }

    /// Issues a token for `order_id`, valid from `now` for the lifetime of the settings.
    #[must_use]
    pub fn issue(&self, order_id: &OrderId, now: UnixMillis) -> String {
        let expiry = now.plus(self.lifetime).seconds();
        format!(
            "{VERSION}.{expiry}.{}",
            URL_SAFE_NO_PAD.encode(mac(&self.secret, order_id, expiry).finalize().into_bytes())
        )
    }

    /// Checks that `token` opens `order_id` at `now`. The comparison takes constant time.
    ///
    /// # Errors
    /// [`InvalidOrderToken`], never `Missing`.
    pub fn check(&self, token: &str, order_id: &OrderId, now: UnixMillis) -> Result<(), InvalidOrderToken> {
        let (expiry, mac) = read(token).ok_or(InvalidOrderToken::Garbled)?;
        let mut secrets = std::iter::once(&self.secret).chain(&self.previous_secret);
        if !secrets.any(|secret| self::mac(secret, order_id, expiry).verify_slice(&mac).is_ok()) {
            return Err(InvalidOrderToken::OfAnotherOrder);
        }
        if now.seconds() < expiry { Ok(()) } else { Err(InvalidOrderToken::Expired) }
    }
}

fn mac(secret: &SecretString, order_id: &OrderId, expiry: i64) -> Hmac<Sha256> {
    let key = secret.expose_secret().as_bytes();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("an HMAC takes a key of any length");
    mac.update(format!("{VERSION}|{order_id}|{expiry}").as_bytes());
    mac
}

fn read(token: &str) -> Option<(i64, Vec<u8>)> {
    let (expiry, mac) = token.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
    let is_plain =
        (1..=12).contains(&expiry.len()) && !expiry.starts_with('0') && expiry.bytes().all(|b| b.is_ascii_digit());
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    (is_plain && mac.len() == 32).then_some((expiry.parse().ok()?, mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_769_828_400_000);

    fn tokens(secret: &str) -> OrderTokens {
        let secret = SecretString::from(secret.to_owned());
        let lifetime = Duration::from_secs(60);
        OrderTokens::new(&OrderTokenSettings { secret, previous_secret: None, lifetime })
    }

    fn order(id: &str) -> OrderId {
        OrderId::parse(id).expect("an order id")
    }

    #[test]
    fn a_token_opens_its_own_order_until_it_expires() {
        let tokens = tokens("a secret of the shop");
        let token = tokens.issue(&order("order-101"), NOW);
        assert_eq!(tokens.check(&token, &order("order-101"), NOW), Ok(()));
        let later = NOW.plus(Duration::from_secs(60));
        assert_eq!(tokens.check(&token, &order("order-101"), later), Err(InvalidOrderToken::Expired));
    }

    #[test]
    fn a_token_opens_no_other_order_and_no_other_shops() {
        let (ours, theirs) = (tokens("a secret of the shop"), tokens("a secret of another"));
        let token = ours.issue(&order("order-101"), NOW);
        assert_eq!(ours.check(&token, &order("order-102"), NOW), Err(InvalidOrderToken::OfAnotherOrder));
        assert_eq!(theirs.check(&token, &order("order-101"), NOW), Err(InvalidOrderToken::OfAnotherOrder));
    }

    #[test]
    fn after_a_change_of_secrets_tokens_of_the_previous_one_still_open_and_none_is_made() {
        let (before, mut after) = (tokens("a secret of the shop"), tokens("the shop's next secret"));
        let token = before.issue(&order("order-101"), NOW);
        after.previous_secret = Some(before.secret.clone());
        assert_eq!(after.check(&token, &order("order-101"), NOW), Ok(()));
        assert_eq!(after.check(&token, &order("order-102"), NOW), Err(InvalidOrderToken::OfAnotherOrder));
        let later = NOW.plus(Duration::from_secs(60));
        assert_eq!(after.check(&token, &order("order-101"), later), Err(InvalidOrderToken::Expired));
        let next = after.issue(&order("order-101"), NOW);
        assert_eq!(before.check(&next, &order("order-101"), NOW), Err(InvalidOrderToken::OfAnotherOrder));
    }

    #[test]
    fn an_expiry_cannot_be_moved() {
        let tokens = tokens("a secret of the shop");
        let token = tokens.issue(&order("order-101"), NOW);
        let (_, mac) = token.rsplit_once('.').expect("a mac");
        let moved = format!("v1.{}.{mac}", NOW.seconds() + 9999);
        assert_eq!(tokens.check(&moved, &order("order-101"), NOW), Err(InvalidOrderToken::OfAnotherOrder));
    }

    #[test]
    fn a_token_has_one_spelling_and_its_version_is_under_the_mac() {
        let tokens = tokens("a secret of the shop");
        let token = tokens.issue(&order("order-101"), NOW);
        let (expiry, mac) = token["v1.".len()..].split_once('.').expect("three parts");
        for garbled in [
            format!("v1.0{expiry}.{mac}"),
            format!("v1.+{expiry}.{mac}"),
            format!("v1. {expiry}.{mac}"),
            format!(" {token}"),
            format!("{token} "),
            format!("{token}\t"),
            format!("v2.{expiry}.{mac}"),
        ] {
            assert_eq!(tokens.check(&garbled, &order("order-101"), NOW), Err(InvalidOrderToken::Garbled), "{garbled}");
        }
        let mut unversioned = <Hmac<Sha256> as KeyInit>::new_from_slice(b"a secret of the shop").expect("a key");
        unversioned.update(format!("order-101|{expiry}").as_bytes());
        let mac = URL_SAFE_NO_PAD.encode(unversioned.finalize().into_bytes());
        let other = tokens.check(&format!("v1.{expiry}.{mac}"), &order("order-101"), NOW);
        assert_eq!(other, Err(InvalidOrderToken::OfAnotherOrder));
    }

    #[test]
    fn anything_else_is_garbled() {
        let tokens = tokens("a secret of the shop");
        for token in ["", "v1", "v1..", "v1.1.x", "v2.1769828460.AAAA", "v1.-1.AAAA", "Bearer", "v1.1769828460.!!!!"] {
            assert_eq!(tokens.check(token, &order("order-101"), NOW), Err(InvalidOrderToken::Garbled), "{token}");
        }
    }
}
