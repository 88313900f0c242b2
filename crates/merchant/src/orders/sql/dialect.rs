//! Differences between SQLite and PostgreSQL, and the parts that their statements share.

use crate::orders::Result;
use sqlx::migrate::Migrator;
use sqlx::{Connection, Database};

/// The statements and rules in which SQLite and PostgreSQL differ.
pub(in crate::orders) trait Dialect: Database {
    /// Begins a transaction that will write.
    const BEGIN: &'static str;
    /// Reads and locks attempt `$2` of order `$1`.
    const ATTEMPT_TO_WRITE: &'static str;
    /// Reads the database's clock. `None`: it is a file, which has no clock.
    const CLOCK: Option<&'static str>;
    /// Marks every attempt of order `$2` as polled at `$1`, if none was between `$3` and `$4`, the first attempt's row
    /// before the second's.
    const MARK_POLLED: &'static str;
    /// Leases what is due by `$1` until `$2`, at most `$3` attempts, skipping those that another process is leasing. What is
    /// scheduled for later than `$4` is due as well.
    const TAKE_DUE: &'static str;
    /// Reads and locks order `$1`, so that it gets no other attempt.
    const ORDER_TO_DELETE: &'static str;
    /// Notifies other processes of a change of order `$1`, once the transaction is committed.
    const ANNOUNCE: Option<&'static str>;

    /// Its migrations.
    fn migrations() -> &'static Migrator;

    /// Fails where the disk has no room left, as far as this process can see the disk.
    fn check_room(_options: &<Self::Connection as Connection>::Options) -> Result<()> {
        Ok(())
    }
}

/// Ignores unknown newer migrations, for rolling deploys and rollbacks: they only add (CONTRIBUTING.md).
pub(in crate::orders) fn beside_later_ones(mut ours: Migrator) -> Migrator {
    ours.set_ignore_missing(true);
    ours
}

/// The columns of an `AttemptRow`, by name: a process that is older than the tables must not trip over a new column.
macro_rules! attempt_columns {
    () => {
        "number, midtrans_order_id, idempotency_key, retry_of, claimed_at, claimed_until, claims, refusals, moved_at,
         polled_at, transaction_id, transaction_status, status_answer, charge_answer, version"
    };
}
pub(in crate::orders) use attempt_columns;

/// The columns of an `OrderRow`, by name.
macro_rules! order_columns {
    () => {
        "gross_amount, description, charge_data, created_at"
    };
}
pub(in crate::orders) use order_columns;

/// [`Dialect::MARK_POLLED`], among which rows. All attempts are marked: of two processes that try at once, the later one finds them
/// marked, whichever attempt it means.
macro_rules! mark_polled {
    ($first:literal, $among:literal) => {
        concat!(
            $first,
            "UPDATE attempts SET polled_at = $1 WHERE order_id = $2 AND NOT (polled_at > $3 AND polled_at <= $4)",
            $among,
            " AND NOT EXISTS (SELECT 1 FROM attempts AS other
                              WHERE other.order_id = $2 AND other.polled_at > $3 AND other.polled_at <= $4)
             RETURNING number"
        )
    };
}
pub(in crate::orders) use mark_polled;

/// [`Dialect::TAKE_DUE`], with how rows are passed over.
macro_rules! take_due {
    ($skip:literal) => {
        concat!(
            "UPDATE attempts SET next_poll_at = $2,
                    moved_at = CASE WHEN moved_at = 0 OR moved_at > $1 THEN $1 ELSE moved_at END
             WHERE (order_id, number) IN
                 (SELECT order_id, number FROM attempts
                  WHERE next_poll_at IS NOT NULL AND (next_poll_at <= $1 OR next_poll_at > $4) ORDER BY next_poll_at LIMIT $3",
            $skip,
            ") RETURNING order_id, number"
        )
    };
}
pub(in crate::orders) use take_due;
