//! Makes and drops databases, one after another, on a connection and a thread of its own: so a database can be had and
//! dropped from anywhere, inside an async test or not.

use anyhow::{Context, Result, bail};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime;

/// Long enough for a busy machine; reached only when something is wrong.
const START_TIME_LIMIT: Duration = Duration::from_secs(120);
/// Between two tries to connect to a server that is starting.
const PAUSE: Duration = Duration::from_millis(50);

enum Wish {
    Create(String, Sender<Result<()>>),
    Drop(String),
}

/// The thread, by what it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Caretaker {
    home: PathBuf,
    port: u16,
    wishes: Sender<Wish>,
}

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct Database {
    name: String,
    caretaker: Caretaker,
}

impl Caretaker {
    /// Begins, once the server in `home` answers. `is_alive` tells whether there is still anything to wait for.
    pub(crate) fn begin(home: &Path, port: u16, mut is_alive: impl FnMut() -> bool) -> Result<Self> {
        let (wishes, wished) = channel();
        let (tell, told) = channel();
        let options: PgConnectOptions = url(home, port, "postgres").parse()?;
        thread::Builder::new().name("caretaker".to_owned()).spawn(move || work(&options, &tell, &wished))?;
        loop {
            match told.recv_timeout(PAUSE) {
                Ok(ready) => return ready.map(|()| Self { home: home.to_owned(), port, wishes }),
                Err(RecvTimeoutError::Timeout) if !is_alive() => bail!("it has ended"),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("the caretaker's thread has ended"),
            }
        }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The server's own database, by the socket's folder.
    pub(crate) fn url(&self) -> String {
        url(&self.home, self.port, "postgres")
    }

    pub(crate) fn database(&self, name: String) -> Result<Database> {
        let (tell, told) = channel();
        self.wishes.send(Wish::Create(name.clone(), tell)).context("the caretaker's thread has ended")?;
        told.recv().context("the caretaker's thread has ended")??;
        Ok(Database { name, caretaker: self.clone() })
    }
}

impl Database {
    /// The URL, `postgres://…`, by the socket's folder.
    #[must_use]
    pub fn url(&self) -> String {
        url(&self.caretaker.home, self.caretaker.port, &self.name)
    }

    /// The URL over TCP by this name of the machine, if its server was [started so](crate::Server::start_on_a_port).
    #[must_use]
    pub fn url_at(&self, host: &str) -> String {
        format!("postgres://postgres@{host}:{}/{}", self.caretaker.port, self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that is gone has no database to drop.
        drop(self.caretaker.wishes.send(Wish::Drop(self.name.clone())));
    }
}

fn url(home: &Path, port: u16, name: &str) -> String {
    format!("postgres://postgres@localhost:{port}/{name}?host={}", home.display())
}

/// Connects, says whether that went well, and then does what is wished until nobody can wish any more.
fn work(options: &PgConnectOptions, ready: &Sender<Result<()>>, wished: &Receiver<Wish>) {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => return drop(ready.send(Err(why.into()))),
    };
    let started = Instant::now();
    let mut connection = loop {
        match runtime.block_on(options.connect()) {
            Ok(connection) => break connection,
            Err(_) if started.elapsed() < START_TIME_LIMIT => thread::sleep(PAUSE),
            Err(why) => return drop(ready.send(Err(why.into()))),
        }
    };
    drop(ready.send(Ok(())));
    for wish in wished {
        match wish {
            Wish::Create(name, tell) => {
                let made = runtime.block_on(execute(&mut connection, format!("CREATE DATABASE {name}")));
                drop(tell.send(made));
            }
            // Its owner may have left connections behind that are about to close. A database that stays is no harm.
            Wish::Drop(name) => {
                drop(runtime.block_on(execute(&mut connection, format!("DROP DATABASE {name} WITH (FORCE)"))));
            }
        }
    }
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<()> {
    connection.execute(AssertSqlSafe(statement)).await?;
    Ok(())
}
