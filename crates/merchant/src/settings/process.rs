//! Settings of the process: where it listens, and how it stops.

use super::{InvalidSetting, Lookup, bad, seconds};
use std::time::Duration;

/// Where to listen.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// Host and port, 0 for any free one. Default `127.0.0.1:7080`. Read from `MERCHANT_BIND`.
    pub address: String,
    /// Host and port of a listener of its own for whoever runs the merchant: `/readyz` and `/metrics`, to be reached from
    /// the shop's own network only. Default none: then they are at `address` for this machine alone, while the merchant
    /// is tried out there; and nowhere once there is a proxy (`MERCHANT_TRUSTED_PROXIES`) or Midtrans itself. Read from
    /// `MERCHANT_OPERATOR_BIND`.
    pub operator_address: Option<String>,
}

impl ListenSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let address = lookup("MERCHANT_BIND").unwrap_or_else(|| "127.0.0.1:7080".to_owned());
        let address = check("MERCHANT_BIND", address)?;
        let operator_address = lookup("MERCHANT_OPERATOR_BIND");
        let operator_address = operator_address.map(|it| check("MERCHANT_OPERATOR_BIND", it)).transpose()?;
        Ok(Self { address, operator_address })
    }
}

fn check(variable: &'static str, address: String) -> Result<String, InvalidSetting> {
    let port = address.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then_some(port));
    match port.and_then(|port| port.parse::<u16>().ok()) {
        Some(_) => Ok(address),
        None => Err(bad(variable, format!("{address:?}"), "a host and a port, like 127.0.0.1:7080")),
    }
}

/// How the process goes, once it is told to.
#[derive(Clone, Copy, Debug)]
pub struct StopSettings {
    /// How long `/readyz` says no before no connection is taken any more: until whatever balances load has noticed. Default
    /// 0: at once. Read from `MERCHANT_DRAIN_SECONDS`.
    pub drain: Duration,
    /// How long whatever was begun may take after that. Then the process goes all the same, and says what it left. Default
    /// 45 s: longer than a charge whose payer has left may still need. Read from `MERCHANT_STOP_LIMIT_SECONDS`.
    pub limit: Duration,
}

impl StopSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let drain = seconds(lookup, "MERCHANT_DRAIN_SECONDS", 0, 0, "a whole number of seconds")?;
        let limit = seconds(lookup, "MERCHANT_STOP_LIMIT_SECONDS", 45, 1, "a whole number of seconds, at least 1")?;
        Ok(Self { drain, limit })
    }
}
