//! Attacks, and that they change nothing: each attack is answered as it should be, nothing
//! is stored, nothing happens at Midtrans, and the merchant goes on. One file a family.

mod bodies;
mod crowds;
mod heads;
mod notifications;
mod operators;
mod origins;
mod paths;
mod sql;
#[path = "../api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; attacks need only some of its verbs")]
mod stage;
mod target;
mod tokens;
#[path = "../api/wire.rs"]
#[expect(dead_code, reason = "the wire is built for all tests; attacks need only some of its verbs")]
mod wire;
