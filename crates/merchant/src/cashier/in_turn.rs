//! One thing at a time about an order, and each finished once begun: a payer who closes the page half-way does not leave it
//! half done.

use super::Cashier;
use crate::problem::Problem;
use anyhow::anyhow;
use gopay_contract::OrderId;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a browser waits for its answer. The work goes on behind, and the next request finds what it made.
const ANSWER_TIME_LIMIT: Duration = Duration::from_secs(25);

impl Cashier {
    /// Does `work` once it is this order's turn, in a task of its own.
    ///
    /// # Errors
    /// The work's own; [`Problem::Busy`] where it is not done in time; [`Problem::Internal`] where it panics.
    pub(super) async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        order_id: &OrderId,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        let deadline = Instant::now() + ANSWER_TIME_LIMIT;
        let turn = timeout_at(deadline, self.locks.turn(order_id)).await.map_err(|_| Problem::Busy)?;
        let work = async move {
            let _turn = turn;
            work.await
        };
        match timeout_at(deadline, self.background.finish(work)).await {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => Err(Problem::Internal(anyhow!(panic).context("the order's task"))),
            Err(_) => Err(Problem::Busy),
        }
    }
}
