//! `orders reconcile`: asks Midtrans now, by the code of the reconciliation job.

use super::report::state;
use super::{Change, CommandError, find, open, print};
use crate::error::StartError;
use crate::jobs::Background;
use crate::metrics::Metrics;
use crate::midtrans::MidtransClient;
use crate::orders::{Access, Attempt, Order};
use crate::payments::{PaymentDeps, Payments};
use crate::settings::Settings;
use crate::status_hub::StatusHub;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// The change that asking made.
#[derive(Debug, Serialize)]
struct Reconciled {
    order_id: String,
    before: &'static str,
    after: &'static str,
    attempts: Vec<ReconciledAttempt>,
}

#[derive(Debug, Serialize)]
struct ReconciledAttempt {
    number: u32,
    before: &'static str,
    after: &'static str,
    /// `status_changed`, `same`, `not_found`, or `failed`; `not_asked` of an attempt that nothing can change any more.
    outcome: &'static str,
    error: Option<String>,
}

pub(super) async fn run(settings: &Settings, change: &Change) -> Result<(), CommandError> {
    let by = change.by()?;
    let beside = open(settings, Access::Write).await?;
    let before = find(&beside, &change.on).await?;
    let (metrics, background) = (Metrics::default(), Background::default());
    let midtrans = MidtransClient::new(&settings.midtrans, metrics.clone()).map_err(StartError::from)?;
    let payments = Arc::new(Payments::new(PaymentDeps {
        orders: Arc::clone(&beside.orders),
        // What the shop says now is asked by its own process.
        source: None,
        midtrans,
        hub: StatusHub::new(settings.midtrans.min_poll_interval),
        metrics,
        background: background.clone(),
        settings: settings.midtrans.clone(),
    }));
    change.audit("orders reconcile", &by, &before);
    let mut attempts = Vec::with_capacity(before.attempts.len());
    for attempt in &before.attempts {
        let asked = if may_change(attempt) {
            Some(payments.reconcile_now(&before.order_id, attempt.number).await)
        } else {
            None
        };
        attempts.push((attempt.number, attempt.state().as_str(), asked));
    }
    // Attempts that must not be paid any more are cancelled behind an answer.
    background.stop().await;
    let after = find(&beside, &change.on).await?;
    beside.orders.close().await;
    let state_after = |number| of(&after, number).map_or("gone", |attempt| attempt.state().as_str());
    let attempts = attempts.into_iter().map(|(number, before, asked)| {
        let (outcome, error) = match asked {
            None => ("not_asked", None),
            Some(Ok(outcome)) => (outcome, None),
            Some(Err(why)) => ("failed", Some(why.to_string())),
        };
        ReconciledAttempt { number, before, after: state_after(number), outcome, error }
    });
    let report = Reconciled {
        order_id: before.order_id.to_string(),
        before: state(&before),
        after: state(&after),
        attempts: attempts.collect(),
    };
    print(&report, change.on.json)?;
    let failed = report.attempts.iter().filter(|attempt| attempt.error.is_some()).count();
    if failed > 0 {
        return Err(CommandError::Failed(format!("{failed} of {} attempts: not answered", report.attempts.len())));
    }
    Ok(())
}

/// True if Midtrans may know more about it: it is not final, or money may come late.
fn may_change(attempt: &Attempt) -> bool {
    let state = attempt.state();
    !state.is_final() || state.may_hold_unknown_money()
}

fn of(order: &Order, number: u32) -> Option<&Attempt> {
    order.attempts.iter().find(|attempt| attempt.number == number)
}

impl fmt::Display for Reconciled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "order {}: {} → {}", self.order_id, self.before, self.after)?;
        if self.attempts.is_empty() {
            writeln!(f, "it was never charged: there is nothing to ask about")?;
        }
        for attempt in &self.attempts {
            let ReconciledAttempt { number, before, after, outcome, error } = attempt;
            match error {
                Some(error) => writeln!(f, "attempt {number}: {before} → {after} ({outcome}: {error})")?,
                None => writeln!(f, "attempt {number}: {before} → {after} ({outcome})")?,
            }
        }
        Ok(())
    }
}
