//! Where to listen.

use super::{InvalidSetting, Lookup, bad};

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
