//! The program as whoever runs it sees it: how it stops, and what it logs.

#![cfg(unix)]

#[path = "../api/stage.rs"]
#[expect(dead_code, reason = "the stage is built for all tests; these need only some of its verbs")]
mod stage;

mod logs;
mod merchant;
mod process;
mod stopping;
