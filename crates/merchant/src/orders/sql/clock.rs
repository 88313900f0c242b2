//! The clock for stored times: several processes share one database, and so its clock.

use super::{Connections, Dialect};
use crate::clock::{DistantClock, MachineClock, UnixMillis};
use crate::orders::Result;
use anyhow::Context as _;
use std::time::{Duration, Instant};

/// A reading that took longer is discarded: it is too inexact.
const SLOW: Duration = Duration::from_secs(1);

/// The database's clock, as it was read a moment ago; this machine's, where the database has none.
#[derive(Clone, Debug, Default)]
pub(in crate::orders) struct StorageClock {
    machine: MachineClock,
    database: DistantClock,
}

impl StorageClock {
    /// Of a database without a clock.
    pub(in crate::orders) fn of(machine: MachineClock) -> Self {
        Self { machine, database: DistantClock::default() }
    }

    pub(in crate::orders) fn now(&self) -> UnixMillis {
        self.database.at(Instant::now()).unwrap_or_else(|| self.machine.now())
    }
}

/// Reads the database's clock. Done before each reconciliation pass, so once a second.
pub(in crate::orders) async fn read<D: Dialect>(connections: &Connections<D>, clock: &StorageClock) -> Result<()> {
    let Some(question) = D::CLOCK else { return Ok(()) };
    let ask = async |connection: &mut D::Connection| {
        let asked = Instant::now();
        let now = D::fetch(connection, question, &[]).await?.pop();
        let (now,): (i64,) = now.context("the database does not say what time it is")?;
        Ok((asked, now, Instant::now()))
    };
    let (asked, now, answered) = connections.read(ask).await?;
    if answered - asked < SLOW || clock.database.at(answered).is_none() {
        clock.database.set(UnixMillis(now), answered);
    }
    Ok(())
}
