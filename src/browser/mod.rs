//! The edges. Which performs which effect:
//!
//! | effect | edge |
//! |---|---|
//! | `SendCharge`, `AskStatus`, `SendCancel`, `Abandon` | `merchant.rs` says what, `requests.rs` keeps what is out, `wire.rs` sends |
//! | `StartWatching`, `StopWatching` | `watcher.rs` |
//! | `Share` | `leader.rs` |
//! | `Tell` | `host.rs` |
//! | the one timer | `clock.rs` |
//! | the screen | `painter.rs`, from `view/` |
//! | inputs from the page | `app_switch.rs`, `device.rs`, `presses.rs` |

mod app_switch;
mod clock;
mod device;
mod driver;
mod host;
mod leader;
#[cfg(feature = "component")]
mod leptos_component;
mod listener;
mod merchant;
mod mount_point;
mod mounted;
mod painter;
mod panic;
mod presses;
mod random;
mod refusal;
mod requests;
#[cfg(feature = "component")]
mod stylesheet;
mod watcher;
mod wire;

#[cfg(feature = "component")]
pub use leptos_component::Checkout;
pub use mounted::Mounted;
pub use wire::{Early, Wire};
