//! The demo shop from outside: over HTTP, against the real sandbox.

mod faults;
mod fixture;
mod shop;
mod site;
