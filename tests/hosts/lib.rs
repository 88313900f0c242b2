//! Fixtures for host pages: the packed npm package, freshly installed for all of `examples/hosts`, and the steps of a payer on
//! each of those pages.
//!
//! `cargo xtask test hosts` packs the tarball and installs the npm tools that the tests run.

mod checkout;
mod dev_server;
mod fresh_install;
mod leptos;
mod leptos_ssr;
mod new_shop;

pub use checkout::{Page, pays, pays_what_is_shown};
pub use dev_server::DevServer;
pub use fresh_install::{FreshInstall, Host};
pub use leptos::leptos_page;
pub use leptos_ssr::LeptosServer;
pub use new_shop::{DevRun, NewShop, example_backend};
