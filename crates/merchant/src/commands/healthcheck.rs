//! `healthcheck`: asks the running merchant's own probe, for images that have no other program.

use super::CommandError;
use crate::settings::ListenSettings;
use anyhow::Context as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// How long the answer may take. Longer than `/readyz` waits for its database.
const TIME_LIMIT: Duration = Duration::from_secs(4);

pub(super) async fn run(listen: &ListenSettings, ready: bool) -> Result<(), CommandError> {
    // Of the two, the operators' has all probes.
    let (variable, address) = match &listen.admin_address {
        Some(address) => ("MERCHANT_ADMIN_BIND", address),
        None => ("MERCHANT_BIND", &listen.address),
    };
    let url = format!("http://{}{}", reachable(address), if ready { "/readyz" } else { "/healthz" });
    let failed = |why: String| CommandError::Failed(format!("{url} ({variable} is {address:?}): {why}"));
    if address.ends_with(":0") {
        return Err(failed("which port it has cannot be known".to_owned()));
    }
    let client = reqwest::Client::builder().no_proxy().timeout(TIME_LIMIT).build();
    let client = client.context("no HTTP client")?;
    let answer = client.get(&url).send().await.map_err(|why| failed(in_a_word(&why)))?;
    if answer.status().is_success() {
        return Ok(());
    }
    let status = answer.status().as_u16();
    let word = answer.text().await.unwrap_or_default();
    Err(failed(format!("{status} {}", word.lines().next().unwrap_or_default())))
}

/// The address at which a listener of all addresses is reached from its own machine.
fn reachable(address: &str) -> String {
    match address.parse::<SocketAddr>() {
        Ok(all) if all.ip().is_unspecified() => {
            let own = match all.ip() {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            };
            SocketAddr::new(own, all.port()).to_string()
        }
        Ok(_) | Err(_) => address.to_owned(),
    }
}

fn in_a_word(why: &reqwest::Error) -> String {
    match (why.is_timeout(), why.is_connect()) {
        (true, _) => format!("no answer in {TIME_LIMIT:?}"),
        (false, true) => "nobody listens there".to_owned(),
        (false, false) => why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_of_all_addresses_is_asked_at_this_machines_own() {
        for (address, asked) in [
            ("0.0.0.0:9100", "127.0.0.1:9100"),
            ("[::]:9100", "[::1]:9100"),
            ("10.0.0.5:9100", "10.0.0.5:9100"),
            ("localhost:7080", "localhost:7080"),
        ] {
            assert_eq!(reachable(address), asked);
        }
    }
}
