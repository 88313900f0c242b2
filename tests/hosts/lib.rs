//! The stage for pages that are not ours: the packed npm package in a fresh folder with all of `examples/hosts`, as on the
//! machine of somebody who has just installed it, and what a payer does on each of those pages.
//!
//! `cargo xtask test hosts` makes the tarball, and the tools of npm that the tests run.

mod checkout;
mod dev_server;
mod fresh;
mod leptos;

pub use checkout::{Page, pays};
pub use dev_server::DevServer;
pub use fresh::{Fresh, Host};
pub use leptos::leptos_page;
