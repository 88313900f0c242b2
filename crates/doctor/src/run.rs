//! Runs the checks, one after the other: each with its own orders, and with a limit.

use crate::case::Case;
use crate::check::Check;
use crate::endpoints::Endpoints;
use crate::limits;
use crate::merchant::Merchant;
use crate::sandbox::Sandbox;
use crate::secrets::Secrets;
use crate::supply::{OrderSource, Supply};
use crate::verdict::{Complaint, Halt};
use reqwest::Client;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// Whom to check, and with what.
pub struct Plan {
    /// The merchant's URLs.
    pub endpoints: Endpoints,
    /// Headers that its pages send besides: a cookie, a CSRF header.
    pub headers: HeaderMap,
    /// Where orders come from.
    pub orders: OrderSource,
    /// The sandbox that the merchant has for Midtrans.
    pub sandbox: Url,
    /// The key that both of them use.
    pub secrets: Arc<Secrets>,
    /// How long the merchant may take to know what has happened at Midtrans.
    pub patience: Duration,
    /// What to check.
    pub checks: Vec<Check>,
}

/// What became of one check.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The merchant keeps the rule.
    Pass,
    /// It does not.
    Fail(Complaint),
    /// It does not offer what the rule is about; why we think so.
    Skipped(String),
}

/// Why nothing can be said about the merchant: a setting, the sandbox, or the shop that makes orders.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CannotRun(pub String);

/// Runs the checks of `plan`, and tells `each` finding as soon as it is there.
///
/// The sandbox sends its notifications to the merchant from then on. Nobody else should use it meanwhile: faults are
/// asked of it that strike whoever charges next.
///
/// # Errors
/// [`CannotRun`], when the sandbox or the orders are not there. What the merchant does wrong is a finding.
pub async fn run(plan: Plan, mut each: impl FnMut(&Finding)) -> Result<Vec<Finding>, CannotRun> {
    // An error only says that somebody else was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder().no_proxy().redirect(Policy::none()).connect_timeout(limits::OTHER);
    let http = http.build().map_err(|why| CannotRun(format!("no HTTP client: {why}")))?;
    let sandbox = Arc::new(Sandbox::new(http.clone(), &plan.sandbox, Arc::clone(&plan.secrets)));
    let notification_url = plan.endpoints.notification.of_text("order-101");
    let merchant = Arc::new(Merchant::new(http, plan.endpoints, plan.headers, Arc::clone(&plan.secrets)));
    let supply = Supply::new(plan.orders, Arc::clone(&plan.secrets));
    let because = |halt: Halt| CannotRun(plan.secrets.hide(&why(halt)));
    sandbox.greet().await.map_err(because)?;
    sandbox.notify_at(&notification_url).await.map_err(because)?;
    let mut findings = Vec::with_capacity(plan.checks.len());
    for check in plan.checks {
        let began = Instant::now();
        let orders = supply.take(check.orders, &merchant).await.map_err(because)?;
        let case = Case {
            merchant: Arc::clone(&merchant),
            sandbox: Arc::clone(&sandbox),
            secrets: Arc::clone(&plan.secrets),
            orders,
            known: supply.known(),
            patience: plan.patience,
        };
        let ended = tokio::time::timeout(limits::CHECK, (check.run)(&case)).await;
        // A check that ended early has left them behind.
        sandbox.mend().await.map_err(because)?;
        let outcome = match ended {
            Ok(Ok(())) => Outcome::Pass,
            Ok(Err(Halt::Failed(Complaint { seen, expected }))) => {
                Outcome::Fail(Complaint { seen: plan.secrets.hide(&seen), expected: plan.secrets.hide(&expected) })
            }
            Ok(Err(Halt::NotOffered(why))) => Outcome::Skipped(plan.secrets.hide(&why)),
            Ok(Err(halt @ Halt::Broken(_))) => return Err(because(halt)),
            Err(_) => {
                let seen = format!("it was not over after {} s", limits::CHECK.as_secs());
                Outcome::Fail(Complaint { seen, expected: "answers in time".to_owned() })
            }
        };
        let finding = Finding { check, outcome, took: began.elapsed() };
        each(&finding);
        findings.push(finding);
    }
    Ok(findings)
}

fn why(halt: Halt) -> String {
    match halt {
        Halt::Broken(why) | Halt::NotOffered(why) => why,
        Halt::Failed(complaint) => format!("{}: expected {}", complaint.seen, complaint.expected),
    }
}
