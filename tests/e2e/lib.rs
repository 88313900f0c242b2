//! Fixtures for end-to-end tests: a [`Shop`] (the sandbox as Midtrans, the reference merchant, and the built dist/ as its
//! pages) and a [`Payer`], the page object of a real browser. Their methods are what people do.
//!
//! Everything is real: HTTP on free ports of this machine, SQLite in a temporary folder, a browser driven by WebDriver.
//! Nothing sleeps for a guessed time: [`eventually()`] polls a condition, and reports the last value if it never holds.
//!
//! Every test can run in every engine, except the gallery's and the memory figures of `long_life`, which say so. Engines differ:
//! Firefox and WebKit have no window as narrow as a phone's ([`Device`]). In WebKit a script in the page emulates touch
//! points and being offline, and a payer who comes back from another site types the address. Chromium's driver logs console
//! and requests; in the others the page records them ([`Browser`]). [`FaultProxy`] records, cuts and blocks HTTP traffic in
//! all alike.
//!
//! Environment variables select what is tested: the [`Engine`] by `GOPAY_E2E_ENGINE`, the [`WidgetBuild`] by `GOPAY_E2E_BUILD`,
//! another folder than dist/ by `GOPAY_E2E_DIST`. `cargo xtask test e2e` sets the first two by its options.

mod browser;
mod browser_pool;
mod camera;
mod device;
mod display;
mod engine;
mod eventually;
mod logs;
mod payer;
mod sandbox;
mod server_task;
mod shop;
mod site;
mod supervised;
mod webdriver;
mod widget_build;

pub use browser::Browser;
pub use camera::Decoder;
pub use device::Device;
pub use engine::Engine;
pub use eventually::eventually;
pub use fault_proxy::{Exchange, FaultProxy};
pub use payer::{Order, Payer};
pub use sandbox::{Delivery, Sandbox};
pub use shop::{SERVER_KEY, Shop};
pub use site::{bundle_framework, dist};
pub use widget_build::WidgetBuild;
