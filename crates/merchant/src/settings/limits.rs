//! How much one client may ask for, how slowly, and how many there may be: of this process. Each process counts for itself.
//!
//! Whole shops sit behind one address (an office, a mobile carrier's NAT), so what a client is granted is what some
//! hundred payers need; it is meant to stop a machine, not a crowd.

use super::{InvalidSetting, Lookup, bad, seconds};
use std::num::NonZeroU32;
use std::time::Duration;

/// What a client is granted, and what everybody together is. `None` is no limit, written `0`.
#[derive(Clone, Debug)]
pub struct LimitSettings {
    /// How many reverse proxies of the shop's own stand before the merchant: so many addresses at the end of
    /// `X-Forwarded-For` are theirs to write, and the first of these names the client. Default 0: nobody is believed, and
    /// the client is whoever connects. Read from `MERCHANT_TRUSTED_PROXIES`.
    pub trusted_proxies: u32,
    /// How often a client may ask, by what it asks for.
    pub rates: RateSettings,
    /// Open connections, all clients together. Default 12,000. Read from `MERCHANT_CONNECTIONS`.
    pub connections: Option<NonZeroU32>,
    /// Open connections of one client; without meaning, and not used, behind proxies. Default 1,000. Read from
    /// `MERCHANT_CONNECTIONS_PER_CLIENT`.
    pub connections_per_client: Option<NonZeroU32>,
    /// Open status streams of one client. Default 500. Read from `MERCHANT_STREAMS_PER_CLIENT`.
    pub streams_per_client: Option<NonZeroU32>,
    /// How old a status stream gets before it is ended; the widget opens another. Default one hour (3600). Read from
    /// `MERCHANT_STREAM_AGE_SECONDS`.
    pub stream_age: Duration,
    /// Until a request's head has come, and how long an idle connection is kept. Default 20 s. Read from
    /// `MERCHANT_HEADER_TIME_LIMIT_SECONDS`.
    pub header_time: Duration,
    /// Between two pieces of a request's body. Default 10 s. Read from `MERCHANT_BODY_TIME_LIMIT_SECONDS`.
    pub body_time: Duration,
    /// From a request's head to its answer's, the whole body included. Longer than a charge waits for Midtrans. Default
    /// 30 s. Read from `MERCHANT_REQUEST_TIME_LIMIT_SECONDS`.
    pub request_time: Duration,
}

/// How push streams are kept up to date.
#[derive(Clone, Copy, Debug)]
pub struct StreamSettings {
    /// How often a push stream reads the status again by itself, in case a change was missed. Default 15 s. Read from
    /// `MERCHANT_STREAM_REFRESH_SECONDS`.
    pub refresh: Duration,
}

impl StreamSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let expected = "a whole number of seconds, at least 1";
        Ok(Self { refresh: seconds(lookup, "MERCHANT_STREAM_REFRESH_SECONDS", 15, 1, expected)? })
    }
}

/// Requests a minute; as many may come at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateSettings {
    /// Charges and cancels of one client. Default 120. Read from `MERCHANT_CHARGES_PER_MINUTE`.
    pub charges: Option<NonZeroU32>,
    /// Charges and cancels of one order, whoever has its token. Default 30. Read from
    /// `MERCHANT_CHARGES_PER_ORDER_PER_MINUTE`.
    pub charges_per_order: Option<NonZeroU32>,
    /// Statuses asked for and streams opened by one client. Default 3,000: a hundred payers who ask every 2 s. Read from
    /// `MERCHANT_STATUSES_PER_MINUTE`.
    pub statuses: Option<NonZeroU32>,
    /// Notifications of one sender. Default none: Midtrans may have much to say at once, and whoever is not Midtrans is
    /// turned away by the signature before anything is asked or written. Read from `MERCHANT_NOTIFICATIONS_PER_MINUTE`.
    pub notifications: Option<NonZeroU32>,
}

impl LimitSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        const TIME: &str = "a whole number of seconds, at least 1";
        let time = |variable, default| seconds(lookup, variable, default, 1, TIME);
        let limit = |variable, default| number(lookup, variable, default, 10_000_000).map(NonZeroU32::new);
        Ok(Self {
            trusted_proxies: number(lookup, "MERCHANT_TRUSTED_PROXIES", 0, 10)?,
            rates: RateSettings::read(lookup)?,
            connections: limit("MERCHANT_CONNECTIONS", 12_000)?,
            connections_per_client: limit("MERCHANT_CONNECTIONS_PER_CLIENT", 1_000)?,
            streams_per_client: limit("MERCHANT_STREAMS_PER_CLIENT", 500)?,
            stream_age: time("MERCHANT_STREAM_AGE_SECONDS", 3_600)?,
            header_time: time("MERCHANT_HEADER_TIME_LIMIT_SECONDS", 20)?,
            body_time: time("MERCHANT_BODY_TIME_LIMIT_SECONDS", 10)?,
            request_time: time("MERCHANT_REQUEST_TIME_LIMIT_SECONDS", 30)?,
        })
    }
}

impl RateSettings {
    fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let limit = |variable, default| number(lookup, variable, default, 10_000_000).map(NonZeroU32::new);
        let rates = Self {
            charges: limit("MERCHANT_CHARGES_PER_MINUTE", 120)?,
            charges_per_order: limit("MERCHANT_CHARGES_PER_ORDER_PER_MINUTE", 30)?,
            statuses: limit("MERCHANT_STATUSES_PER_MINUTE", 3_000)?,
            notifications: limit("MERCHANT_NOTIFICATIONS_PER_MINUTE", 0)?,
        };
        // One word for whoever measures or tests, instead of five numbers.
        const ALL: &str = "MERCHANT_RATE_LIMITS";
        match lookup(ALL).as_deref() {
            None | Some("on") => Ok(rates),
            Some("off") => Ok(Self::default()),
            Some(other) => Err(bad(ALL, format!("{other:?}"), "on or off")),
        }
    }
}

fn number(lookup: Lookup<'_>, variable: &'static str, default: u32, most: u32) -> Result<u32, InvalidSetting> {
    let Some(text) = lookup(variable) else { return Ok(default) };
    let expected =
        if most == 10 { "how many proxies, 0 to 10" } else { "a whole number up to 10000000, 0 for no limit" };
    match text.parse() {
        Ok(number) if number <= most => Ok(number),
        Ok(_) | Err(_) => Err(bad(variable, format!("{text:?}"), expected)),
    }
}
