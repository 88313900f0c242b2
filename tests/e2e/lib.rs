//! The stage for end-to-end journeys: a [`Shop`] that is open (the sandbox as Midtrans, the reference merchant, and the
//! built dist/ as its pages) and a [`Payer`] in front of a real browser. Their methods are what people do.
//!
//! Everything is real: HTTP on free ports of this machine, SQLite in a temporary folder, a browser driven by WebDriver.
//! Nothing sleeps for a guessed time: [`eventually`] looks until it is so, and says what it saw if it never is.
//!
//! Every test but the gallery's and the figures of `long_life`, which say so, runs in every engine. What an engine cannot do is had in another way, and said where that is: Firefox and
//! WebKit have no window as narrow as a phone's ([`Device`]); in WebKit touch points and the word "offline" are told to the
//! page from within it, and a payer who comes back from another site types the address; what Chromium logs of its console
//! and its network, the page itself keeps in the others ([`Browser`]). What crosses the wire is recorded, cut and blocked
//! by the stage's own [`Network`], in all alike.
//!
//! The environment names what is tested: the [`Engine`] by `GOPAY_E2E_ENGINE`, the [`WidgetBuild`] by `GOPAY_E2E_BUILD`,
//! another folder than dist/ by `GOPAY_E2E_DIST`. `cargo xtask test e2e` sets the first two by its options.

mod browser;
mod browsers;
mod camera;
mod device;
mod display;
mod driver;
mod engine;
mod logs;
mod network;
mod patience;
mod payer;
mod sandbox;
mod served;
mod shop;
mod site;
mod supervised;
mod widget_build;

pub use browser::Browser;
pub use device::Device;
pub use engine::Engine;
pub use network::{Exchange, Network};
pub use patience::eventually;
pub use payer::{Order, Payer};
pub use sandbox::{Delivery, Sandbox};
pub use shop::{SERVER_KEY, Shop};
pub use site::dist;
pub use widget_build::WidgetBuild;
