//! Settings of a sandbox.

use crate::{Behaviour, Chaos};
use secrecy::SecretString;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// The default server key. Published, and good for nothing else.
pub const DEFAULT_SERVER_KEY: &str = "SB-Mid-server-offline-sandbox";

/// `merchant_id` of every answer.
pub const MERCHANT_ID: &str = "G000000000";

/// Settings of a sandbox.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address to listen on; port 0 takes a free one.
    pub bind: SocketAddr,
    /// The base of the URLs in `actions`; without it, the address that was bound.
    pub public_url: Option<Url>,
    /// The server key that is accepted, and that signs notifications.
    pub server_key: SecretString,
    /// URL for notifications; can be set later (`POST /sandbox/notification-url`).
    pub notification_url: Option<Url>,
    /// Factor on the pauses between a notification's retries (2 min to 3.5 h): 1 is real time, 0.001 turns minutes
    /// into tenths of a second.
    pub retry_scale: f64,
    /// Time limit of a notification. Midtrans: 15 s.
    pub notification_timeout: Duration,
    /// The switches.
    pub behaviour: Behaviour,
    /// Faults at random, if any; can be set later (`PUT /sandbox/chaos`).
    pub chaos: Option<Chaos>,
    /// File for the state, to survive a restart; without it, nothing is stored.
    pub file: Option<PathBuf>,
    /// Names that the sandbox answers to beside `localhost`, IP addresses, the host of [`Self::public_url`] and Midtrans'
    /// own. Requests for any other are refused with 421.
    pub allowed_hosts: Vec<String>,
    /// Time limit for a request's head, again for its body, and for an idle connection.
    pub time_limit: Duration,
}

/// Settings for tests: a free port of 127.0.0.1, the published key, no notifications.
impl Default for Settings {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            server_key: DEFAULT_SERVER_KEY.into(),
            notification_url: None,
            retry_scale: 1.0,
            notification_timeout: Duration::from_secs(15),
            behaviour: Behaviour::default(),
            chaos: None,
            file: None,
            allowed_hosts: Vec::new(),
            time_limit: Duration::from_secs(30),
        }
    }
}
