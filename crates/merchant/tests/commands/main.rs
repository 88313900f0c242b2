//! The operator's commands, run as programs beside a merchant that is running, against the real sandbox.

#[path = "../api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; these need only some of its verbs")]
mod stage;

mod command;
mod healthcheck;
mod orders;
mod outbox;
mod stats;
