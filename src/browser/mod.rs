//! The edges. Which performs which effect:
//!
//! | effect | edge |
//! |---|---|
//! | `SendCharge`, `AskStatus`, `SendCancel`, `Abandon` | `merchant.rs`, called by `driver.rs` |
//! | `StartWatching`, `StopWatching` | `watcher.rs` |
//! | `Share` | `leader.rs` |
//! | `Tell` | `host.rs` |
//! | the one timer | `clock.rs` |
//! | inputs from the page | `app_switch.rs`, `device.rs`, and the picture in `view/` |

mod app_switch;
mod clock;
mod device;
mod driver;
mod host;
mod leader;
mod listener;
mod merchant;
mod mounted;
mod panic;
mod random;
mod stylesheet;
mod watcher;

pub(crate) use driver::Shown;
pub use mounted::Mounted;
