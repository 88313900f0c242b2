//! The program as whoever runs it sees it, with its orders in PostgreSQL.

#![cfg(unix)]

#[path = "../api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; these need only some of its verbs")]
mod stage;

#[path = "../operated/logs.rs"]
mod logs;
#[path = "../operated/merchant.rs"]
mod merchant;
#[path = "../operated/process.rs"]
mod process;
#[path = "../operated/stopping.rs"]
mod stopping;
