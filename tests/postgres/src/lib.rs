//! A PostgreSQL server that lives no longer than the tests that want it.
//!
//! [`database`] gives an empty database of a server that this process starts at the first call, with the programs of the
//! installed PostgreSQL, in a folder of its own, on a Unix socket (so no port can be taken). [`Server::start_on_a_port`] has TCP
//! too, with TLS or without; [`Server::start_to_replicate`] can be followed by a standby; [`Pooler`] is `PgBouncer` before one. A server can crash and start again. The server is ended by a supervisor that waits at the other end of a pipe: it ends, and its
//! folder goes, when this process ends, however it ends. As root it runs as the user `postgres`, because PostgreSQL refuses
//! root.
//!
//! Written by hand because `pgtemp`, which does nearly the same, needs `sudo`, and leaves a server behind when a test's
//! process is killed.

mod authority;
mod caretaker;
mod pooler;
mod programs;
mod server;

pub use authority::{Authority, Certificate};
pub use caretaker::Database;
pub use pooler::Pooler;
pub use server::{Durability, Server};

use std::sync::OnceLock;

/// A new, empty database of the server that all tests of this process share; dropped with what is returned.
///
/// # Panics
/// When there is no PostgreSQL, saying what to install, or when it does not start, with what it wrote.
#[must_use]
pub fn database() -> Database {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(Durability::Careless)).database()
}
