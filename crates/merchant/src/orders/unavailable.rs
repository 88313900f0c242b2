//! Recognises errors of the database itself: it is full, locked, silent, gone.

use sqlx::error::{DatabaseError, ErrorKind};
use std::time::Duration;

/// The database has not answered in time. What was sent may have been done.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the database did not answer within {0:?}")]
pub(super) struct DatabaseTimeout(pub(super) Duration);

/// True if the database failed, and the same work may succeed later. A statement that a constraint refuses, or a row that
/// cannot be read, is another matter.
pub(crate) fn is_unavailable(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.is::<DatabaseTimeout>() || cause.downcast_ref().is_some_and(is_of_the_database))
}

fn is_of_the_database(error: &sqlx::Error) -> bool {
    let has_no_constraint = |refused: &dyn DatabaseError| matches!(refused.kind(), ErrorKind::Other);
    error.as_database_error().is_some_and(has_no_constraint)
        || matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::BeginFailed
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context as _, anyhow};

    #[test]
    fn a_database_that_fails_is_told_from_a_request_that_it_refuses() {
        for fails in [sqlx::Error::PoolTimedOut, sqlx::Error::WorkerCrashed, sqlx::Error::BeginFailed] {
            let fails = Err::<(), _>(fails).context("a charge").expect_err("it is an error");
            assert!(is_unavailable(&fails), "{fails:#}");
        }
        assert!(is_unavailable(&anyhow!(DatabaseTimeout(Duration::from_secs(1))).context("a charge")));
        assert!(!is_unavailable(&anyhow!(sqlx::Error::RowNotFound)));
        assert!(!is_unavailable(&anyhow!("attempt 1 is another transaction")));
    }
}
