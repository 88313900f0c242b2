//! Where to listen.

use super::{InvalidSetting, Lookup, bad};

/// Where to listen.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// Host and port, 0 for any free one. Default `127.0.0.1:7080`. Read from `MERCHANT_BIND`.
    pub address: String,
}

impl ListenSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let address = lookup("MERCHANT_BIND").unwrap_or_else(|| "127.0.0.1:7080".to_owned());
        let port = address.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then_some(port));
        if port.and_then(|port| port.parse::<u16>().ok()).is_none() {
            return Err(bad("MERCHANT_BIND", format!("{address:?}"), "a host and a port, like 127.0.0.1:7080"));
        }
        Ok(Self { address })
    }
}
