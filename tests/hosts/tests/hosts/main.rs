//! Tests of the packed npm package, and of every host page with it.

mod every_host;
mod new_shop;
mod package;
