//! Runs the checks, one after the other, each with its own orders and a time limit.

use crate::case::Case;
use crate::check::{Check, CheckError, CheckResult, Violation};
use crate::endpoints::Endpoints;
use crate::limits;
use crate::merchant::Merchant;
use crate::orders::{OrderPool, OrderSource};
use crate::sandbox::Sandbox;
use crate::secrets::Secrets;
use futures_util::FutureExt as _;
use reqwest::Client;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// Number of orders that are charged before the first check.
pub const PROBE_ORDERS: usize = 1;

/// The settings of a run.
pub struct Plan {
    /// The merchant's URLs.
    pub endpoints: Endpoints,
    /// Additional headers of the merchant's pages: a cookie, a CSRF header.
    pub headers: HeaderMap,
    /// The source of orders.
    pub orders: OrderSource,
    /// The sandbox that the merchant uses in place of Midtrans.
    pub sandbox: Url,
    /// The key that both of them use.
    pub secrets: Arc<Secrets>,
    /// Maximum time for the merchant to learn of a change at Midtrans.
    pub patience: Duration,
    /// The checks to run.
    pub checks: Vec<Check>,
}

/// Result of one check.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// The outcome.
    pub outcome: Outcome,
    /// The duration.
    pub took: Duration,
}

/// Outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The merchant keeps the rule.
    Pass,
    /// The merchant breaks the rule.
    Fail(Violation),
    /// The merchant does not have what the rule is about; with the reason to think so.
    Skipped(String),
}

/// Error: nothing can be said about the merchant, because of a setting, the sandbox, or the shop that makes orders.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CannotRun(pub String);

/// Runs the checks of `plan`, and reports `each` finding as soon as it is there.
///
/// The sandbox sends its notifications to the merchant meanwhile, and afterwards where it sent them before. Nothing else
/// should use it in that time: faults are set that strike any charge.
///
/// # Errors
/// [`CannotRun`], when the sandbox or the orders are not there, or the merchant cannot charge at this sandbox at all. What
/// the merchant does wrong is a finding.
pub async fn run(plan: Plan, each: impl FnMut(&Finding)) -> Result<Vec<Finding>, CannotRun> {
    run_until(plan, std::future::pending(), each).await
}

/// Runs the checks until `stop` is ready: then the sandbox's settings are restored, and the run ends without findings.
///
/// # Errors
/// As [`run`], and when it was stopped.
///
/// # Panics
/// When a check or `each` does, after everything was put back.
pub async fn run_until(
    plan: Plan,
    stop: impl Future<Output = ()>,
    each: impl FnMut(&Finding),
) -> Result<Vec<Finding>, CannotRun> {
    // An error only says that a provider was installed before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder().no_proxy().redirect(Policy::none()).connect_timeout(limits::OTHER);
    let http = http.build().map_err(|why| CannotRun(format!("no HTTP client: {why}")))?;
    let secrets = Arc::clone(&plan.secrets);
    let because = |error: CheckError| CannotRun(secrets.hide(&why(error)));
    let sandbox = Arc::new(Sandbox::new(http.clone(), &plan.sandbox, Arc::clone(&secrets)));
    sandbox.check_connection().await.map_err(because)?;
    let url_before = sandbox.notification_url().await.map_err(because)?;
    let ended = {
        let checks = AssertUnwindSafe(run_checks(plan, http, Arc::clone(&sandbox), each)).catch_unwind();
        tokio::select! {
            ended = checks => Some(ended),
            () = stop => None,
        }
    };
    let cleared = sandbox.clear_faults().await;
    let restored = sandbox.notify_at(url_before.as_deref()).await;
    match ended {
        Some(Err(panic)) => std::panic::resume_unwind(panic),
        Some(Ok(Err(error))) => Err(because(error)),
        Some(Ok(Ok(findings))) => cleared.and(restored).map(|()| findings).map_err(because),
        None => Err(CannotRun("it was interrupted; the sandbox is as it was before".to_owned())),
    }
}

async fn run_checks(
    plan: Plan,
    http: Client,
    sandbox: Arc<Sandbox>,
    mut each: impl FnMut(&Finding),
) -> CheckResult<Vec<Finding>> {
    let notification_url = plan.endpoints.notification.of_text("order-101");
    let merchant = Arc::new(Merchant::new(http, plan.endpoints, plan.headers, Arc::clone(&plan.secrets)));
    let pool = OrderPool::new(plan.orders, Arc::clone(&plan.secrets));
    let case = |orders| Case {
        merchant: Arc::clone(&merchant),
        sandbox: Arc::clone(&sandbox),
        secrets: Arc::clone(&plan.secrets),
        orders,
        known: pool.known(),
        patience: plan.patience,
    };
    sandbox.notify_at(Some(&notification_url)).await?;
    probe(&case(pool.take(PROBE_ORDERS, &merchant).await?)).await?;
    let mut findings = Vec::with_capacity(plan.checks.len());
    for check in plan.checks {
        let began = Instant::now();
        let case = case(pool.take(check.orders, &merchant).await?);
        let ended = tokio::time::timeout(limits::CHECK, (check.run)(&case)).await;
        // A check that ended early has left them behind.
        sandbox.clear_faults().await?;
        let outcome = match ended {
            Ok(Ok(())) => Outcome::Pass,
            Ok(Err(CheckError::Failed(Violation { seen, expected }))) => {
                Outcome::Fail(Violation { seen: plan.secrets.hide(&seen), expected: plan.secrets.hide(&expected) })
            }
            Ok(Err(CheckError::NotOffered(why))) => Outcome::Skipped(plan.secrets.hide(&why)),
            Ok(Err(error @ CheckError::Broken(_))) => return Err(error),
            Err(_) => {
                let seen = format!("it was not over after {} s", limits::CHECK.as_secs());
                Outcome::Fail(Violation { seen, expected: "answers in time".to_owned() })
            }
        };
        let finding = Finding { check, outcome, took: began.elapsed() };
        each(&finding);
        findings.push(finding);
    }
    Ok(findings)
}

/// Charges one order before any check: a merchant with another server key, or at another sandbox, would fail in every row
/// for a reason that no row names.
async fn probe(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let seen = match case.charge(order).await {
        Ok(seen) => seen,
        Err(CheckError::Failed(violation)) => return Err(CheckError::broken("the first charge", violation.seen)),
        Err(error) => return Err(error),
    };
    if seen.transaction_status().is_none() {
        let words = seen.message().map_or_else(String::new, |message| format!(": \"{message}\""));
        let hint =
            "expected a charge; does the merchant use the sandbox's URL and server key, and what does its log say?";
        return Err(CheckError::broken("the first charge", format!("{}{words}: {hint}", seen.outline())));
    }
    if case.ledger(order).await?.is_empty() {
        let told = format!("{}, and the sandbox knows of no transaction of it", seen.outline());
        return Err(CheckError::broken("--sandbox", format!("{told}: is this the sandbox that the merchant uses?")));
    }
    Ok(())
}

fn why(error: CheckError) -> String {
    match error {
        CheckError::Broken(why) | CheckError::NotOffered(why) => why,
        CheckError::Failed(violation) => format!("{}: expected {}", violation.seen, violation.expected),
    }
}
