//! The operator's commands, run as programs beside a merchant with its orders in PostgreSQL.

#[path = "../api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; these need only some of its verbs")]
mod stage;

#[path = "../commands/command.rs"]
mod command;
#[path = "../commands/healthcheck.rs"]
mod healthcheck;
#[path = "../commands/orders.rs"]
mod orders;
#[path = "../commands/outbox.rs"]
mod outbox;
#[path = "../commands/stats.rs"]
mod stats;
