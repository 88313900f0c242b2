//! The stage for end-to-end journeys: a [`Shop`] that is open (the sandbox as Midtrans, the reference merchant, and the
//! built dist/ as its pages) and a [`Payer`] in front of a real browser. Their methods are what people do.
//!
//! Everything is real: HTTP on free ports of this machine, SQLite in a temporary folder, Chromium driven by WebDriver.
//! Nothing sleeps for a guessed time: [`eventually`] looks until it is so, and says what it saw if it never is.

mod browser;
mod camera;
mod chromedriver;
mod device;
mod logs;
mod patience;
mod payer;
mod sandbox;
mod served;
mod shop;
mod site;

pub use browser::{Browser, Exchange};
pub use device::Device;
pub use patience::eventually;
pub use payer::{Order, Payer};
pub use sandbox::{Delivery, Sandbox};
pub use shop::{SERVER_KEY, Shop};
