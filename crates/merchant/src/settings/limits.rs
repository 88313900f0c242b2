//! Limits of this process: request rates, connections, and time. Each process counts for itself.
//!
//! Whole shops sit behind one address (an office, a mobile carrier's NAT), so a client's limit is what some hundred
//! payers need; it is meant to stop a machine, not a crowd.

use super::values::{Limit, limit, number, seconds, switch};
use std::time::Duration;

/// Limits per client, and of all clients together.
#[derive(Clone, Debug, clap::Args)]
pub struct LimitSettings {
    /// Number of your own reverse proxies in front: so many entries at the end of `X-Forwarded-For` are believed, and the
    /// first of them names the client.
    #[arg(id = "MERCHANT_TRUSTED_PROXIES", long, env, default_value = "0", value_parser = number(0..=10))]
    pub trusted_proxies: u32,
    /// Rate limits.
    #[command(flatten)]
    pub rates: RateSettings,
    /// Open connections of all clients together; 0 is no limit.
    #[arg(id = "MERCHANT_CONNECTIONS", long, env, default_value = "12000", value_parser = limit)]
    pub connections: Limit,
    /// Open connections of one client; 0 is no limit; not used behind proxies.
    #[arg(id = "MERCHANT_CONNECTIONS_PER_CLIENT", long, env, default_value = "1000", value_parser = limit)]
    pub connections_per_client: Limit,
    /// Open push streams of one client; 0 is no limit.
    #[arg(id = "MERCHANT_STREAMS_PER_CLIENT", long, env, default_value = "500", value_parser = limit)]
    pub streams_per_client: Limit,
    /// Maximum age of a push stream; it is ended then, and the widget opens another.
    #[arg(id = "MERCHANT_STREAM_AGE_SECONDS", long, env, default_value = "3600", value_parser = seconds(1))]
    pub stream_age: Duration,
    /// Time limit for a request's head; an idle connection is closed after it, too.
    #[arg(id = "MERCHANT_HEADER_TIME_LIMIT_SECONDS", long, env, default_value = "20", value_parser = seconds(1))]
    pub header_time: Duration,
    /// Time limit between two pieces of a request's body.
    #[arg(id = "MERCHANT_BODY_TIME_LIMIT_SECONDS", long, env, default_value = "10", value_parser = seconds(1))]
    pub body_time: Duration,
    /// Time limit from a request's head to its answer; longer than a charge waits for Midtrans.
    #[arg(id = "MERCHANT_REQUEST_TIME_LIMIT_SECONDS", long, env, default_value = "30", value_parser = seconds(1))]
    pub request_time: Duration,
}

/// Rate limits: requests a minute, of which as many may come at once.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct RateSettings {
    /// `off`: none of the four rate limits below.
    #[arg(id = "MERCHANT_RATE_LIMITS", long, env, default_value = "on", value_parser = switch, action = clap::ArgAction::Set)]
    pub on: bool,
    /// Charges and cancels of one client; 0 is no limit, here and below.
    #[arg(id = "MERCHANT_CHARGES_PER_MINUTE", long, env, default_value = "120", value_parser = limit)]
    pub charges: Limit,
    /// Charges and cancels of one order.
    #[arg(id = "MERCHANT_CHARGES_PER_ORDER_PER_MINUTE", long, env, default_value = "30", value_parser = limit)]
    pub charges_per_order: Limit,
    /// Status polls and push streams opened by one client: a hundred payers behind one address.
    #[arg(id = "MERCHANT_STATUSES_PER_MINUTE", long, env, default_value = "3000", value_parser = limit)]
    pub statuses: Limit,
    /// Notifications of one sender; a forged one costs no more than the check of its signature.
    #[arg(id = "MERCHANT_NOTIFICATIONS_PER_MINUTE", long, env, default_value = "0", value_parser = limit)]
    pub notifications: Limit,
}

impl RateSettings {
    /// The rates, or no limits where they are off.
    pub(super) fn effective(self) -> Self {
        if self.on { self } else { Self::default() }
    }
}
