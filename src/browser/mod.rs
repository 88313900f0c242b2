//! Edges: side effects in the browser, and the module that performs each.
//!
//! | effect | module |
//! |---|---|
//! | `SendCharge`, `PollStatus`, `SendCancel`, `AbortRequest` | `merchant_client.rs` builds, `fetch.rs` sends (one charge of an order at a time: `web_lock.rs`), `pending_requests.rs` keeps those without an answer |
//! | `OpenStream`, `CloseStream` | `push_stream.rs` (a few of an origin at a time: `web_lock.rs`) |
//! | `JoinElection`, `NotifyPeers` | `leader_lock.rs` |
//! | `Emit` | `host_events.rs` |
//! | the one timer | `clock.rs` |
//! | the screen, which stays on while a QR code is shown: `wake_lock.rs` | `root.rs` mounts `checkout.rs`, `leptos_executor.rs` updates it within the step |
//! | inputs from the page | `app_switch.rs`, `device.rs`, `dom_events.rs` |

mod app_switch;
mod clock;
mod device;
#[cfg(not(feature = "element"))]
pub(crate) mod displayed;
mod dom_events;
mod driver;
mod error_card;
mod fetch;
mod host_events;
mod leader_lock;
mod leptos_executor;
mod listener;
mod merchant_client;
mod mount_point;
mod mounted;
mod panic_guard;
mod pending_requests;
mod promise;
mod push_stream;
mod root;
#[cfg(not(feature = "element"))]
mod stylesheet;
mod wake_lock;
mod web_lock;

#[cfg(not(feature = "element"))]
pub(crate) use host_events::HostEventCallback;
pub use mounted::Mounted;
pub use pending_requests::EarlyCharge;
