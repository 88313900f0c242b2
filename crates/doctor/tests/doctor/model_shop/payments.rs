//! The shop's requests to Midtrans.

use super::orders::{Attempt, Stage, stage_of};
use super::{PRICE, Shop};
use crate::flaw::Flaw;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Between two polls of one order.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Error: the code and the words of an answer in Midtrans' shape.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    pub(super) code: u16,
    pub(super) message: String,
    /// Midtrans' own code, where it is one.
    pub(super) of_midtrans: Option<u16>,
}

pub(super) fn refusal(code: u16, message: &str) -> ApiError {
    ApiError { code, message: message.to_owned(), of_midtrans: None }
}

impl Shop {
    /// Midtrans' answer; an error for whatever is none, or refuses.
    async fn midtrans(&self, method: Method, path: &str, body: Option<Value>, key: &str) -> Result<Value, ApiError> {
        let mut request = self.http.request(method, format!("{}/v2/{path}", self.midtrans));
        request = request.basic_auth(DEFAULT_SERVER_KEY, Some(""));
        if let Some(body) = body {
            request = request.json(&body).header("Idempotency-Key", key);
        }
        let answer = async { request.send().await?.text().await }.await.unwrap_or_default();
        let told: Value = serde_json::from_str(&answer).unwrap_or_default();
        let code = told["status_code"].as_str().and_then(|code| code.parse::<u16>().ok());
        match code {
            Some(code) if code < 400 || code == 407 => Ok(told),
            _ => {
                let message = told["status_message"].as_str().unwrap_or("Midtrans did not answer");
                let http = match (self.flaw, code) {
                    (Some(Flaw::PassesThe401On), Some(401)) => 401,
                    (Some(Flaw::PassesErrorsOn), Some(code)) => code,
                    _ => 503,
                };
                Err(ApiError { code: http, message: message.to_owned(), of_midtrans: code })
            }
        }
    }

    pub(super) async fn poll(&self, order_id: &str, attempt_id: &str) -> Result<Stage, ApiError> {
        self.poll_by(order_id, attempt_id, attempt_id).await
    }

    /// Asks about `asked`, stores the answer with the attempt, and returns its stage.
    pub(super) async fn poll_by(&self, order_id: &str, attempt_id: &str, asked: &str) -> Result<Stage, ApiError> {
        let told = match self.midtrans(Method::GET, &format!("{asked}/status"), None, "").await {
            Err(_) if self.has(Flaw::AwayIsExpired) => {
                let status = self.with_order(order_id, |order| order.attempt(attempt_id).map(|it| it.status.clone()));
                let mut told = Value::Object(status?.unwrap_or_default());
                told["transaction_status"] = json!("expire");
                told
            }
            told => told?,
        };
        self.take(order_id, attempt_id, &told, false).await?;
        Ok(stage_of(&told))
    }

    /// Stores it, and cancels what is open beside a payment.
    async fn take(&self, order_id: &str, attempt_id: &str, told: &Value, is_own: bool) -> Result<(), ApiError> {
        let open = self.with_order(order_id, |order| {
            order.learn(self, attempt_id, told, is_own).map_err(|_| refusal(503, "Midtrans contradicts the order"))?;
            let has_money = order.has_money(self);
            let open = order.attempts.iter().filter(|one| has_money && one.is_open());
            Ok::<_, ApiError>(open.map(|one| one.id.clone()).collect::<Vec<_>>())
        })??;
        for id in open {
            self.cancel_at_midtrans(&id).await?;
        }
        Ok(())
    }

    /// Too late (412) and never made (404) are no errors.
    pub(super) async fn cancel_at_midtrans(&self, id: &str) -> Result<(), ApiError> {
        match self.midtrans(Method::POST, &format!("{id}/cancel"), None, "").await {
            Err(refused) if !matches!(refused.of_midtrans, Some(404 | 412)) => Err(refused),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Polls a status that may still change, though not each time that it is read.
    pub(super) async fn poll_if_due(&self, order_id: &str) -> Result<(), ApiError> {
        if self.has(Flaw::NeverPolls) || self.has(Flaw::Deaf) {
            return Ok(());
        }
        let due = self.with_order(order_id, |order| {
            let id = order.effective(self).filter(|it| it.stage() < Stage::Paid).map(|it| it.id.clone())?;
            let attempt = order.attempts.iter_mut().find(|attempt| attempt.id == id)?;
            let is_due = attempt.polled_at.is_none_or(|at| at.elapsed() >= POLL_INTERVAL);
            is_due.then(|| {
                attempt.polled_at = Some(Instant::now());
                id
            })
        })?;
        match due {
            // Then the status is as it was known.
            Some(id) => self.poll(order_id, &id).await.map(drop).or(Ok(())),
            None => Ok(()),
        }
    }

    /// Charges the order where it must be: at first, again where nothing came of it, and after an end that was named.
    pub(super) async fn charge(&self, order_id: &str, retry_of: Option<&str>, amount: &Value) -> Result<(), ApiError> {
        let lock = self.with_order(order_id, |order| order.charging.clone())?;
        let held = if self.has(Flaw::NoLock) { None } else { Some(lock.lock().await) };
        let attempts = self.with_order(order_id, |order| order.attempts.clone())?;
        let Some(attempt) = self.next_attempt(order_id, &attempts, retry_of) else { return Ok(()) };
        let is_new = !attempts.iter().any(|one| one.id == attempt.id);
        let earlier: Vec<&Attempt> = attempts.iter().filter(|one| one.id != attempt.id && one.may_be_paid()).collect();
        let to_poll = match self.flaw {
            // Without a lock nothing is stored before the answer, so there is nothing to poll either.
            Some(Flaw::RetriesBlindly | Flaw::ReplacesUnanswered | Flaw::NoLock) => &[],
            Some(Flaw::PollsTheNewestOnly) => &earlier[earlier.len().saturating_sub(1)..],
            Some(Flaw::PollsOnlyForNewAttempts) if !is_new => &[],
            _ => earlier.as_slice(),
        };
        let mut answers_paid = false;
        for one in to_poll {
            answers_paid |= self.poll(order_id, &one.id).await? >= Stage::Paid;
        }
        let blocked = self.with_order(order_id, |order| {
            if order.attempts.iter().any(|one| one.is_in_doubt) {
                return Err(refusal(503, "Midtrans has not decided about an earlier payment"));
            }
            let may_repeat = self.has(Flaw::RetriesPaidOrders) || self.has(Flaw::RetriesRefunded);
            let has_money = if self.has(Flaw::OverlooksMoneyThatCame) { answers_paid } else { order.has_money(self) };
            let has_new_money = has_money && !may_repeat;
            if !has_new_money && is_new {
                order.attempts.push(attempt.clone());
            }
            Ok(has_new_money)
        })??;
        if blocked {
            return Ok(());
        }
        let sent = self.send(order_id, &attempt, amount).await;
        drop(held);
        sent
    }

    /// The attempt whose charge is to be requested now, if there is one.
    fn next_attempt(&self, order_id: &str, attempts: &[Attempt], retry_of: Option<&str>) -> Option<Attempt> {
        let suffixed = || Attempt::new(format!("{order_id}-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]));
        let Some(last) = attempts.last() else {
            let is_unlocked = self.has(Flaw::NoLock) || self.has(Flaw::ChargesEachTime);
            return Some(if is_unlocked { suffixed() } else { Attempt::new(order_id.to_owned()) });
        };
        let retry_of = retry_of.filter(|_| !self.has(Flaw::NoRetry));
        let is_named = retry_of.is_some_and(|id| last.status.get("transaction_id") == Some(&json!(id)));
        let is_named = is_named || retry_of.is_some() && self.has(Flaw::RetriesAnything);
        let may_follow = match last.stage() {
            Stage::Unknown if self.has(Flaw::ReplacesUnanswered) || self.has(Flaw::NoLock) => return Some(suffixed()),
            Stage::Unknown if self.has(Flaw::RefusalEndsTheOrder) && attempts.len() > 1 => return None,
            Stage::Unknown => return (!last.is_in_doubt).then(|| last.clone()),
            Stage::Pending if last.actions.is_none() && !self.has(Flaw::ResumesWithoutActions) => {
                return Some(last.clone());
            }
            Stage::Pending => self.has(Flaw::ChargesEachTime) || is_named && self.has(Flaw::RetriesAnything),
            Stage::Ended => is_named || self.has(Flaw::RetriesUnasked),
            Stage::Paid | Stage::PartlyRefunded => is_named && self.has(Flaw::RetriesPaidOrders),
            Stage::Refunded => is_named && self.has(Flaw::RetriesRefunded),
        };
        may_follow.then(suffixed)
    }

    async fn send(&self, order_id: &str, attempt: &Attempt, amount: &Value) -> Result<(), ApiError> {
        self.with_order(order_id, |order| {
            let ours = order.attempts.iter_mut().find(|one| one.id == attempt.id);
            ours.into_iter().for_each(|one| one.was_sent = true);
        })?;
        let gross_amount = if self.has(Flaw::AmountFromTheBody) && !amount.is_null() { amount } else { &json!(PRICE) };
        let details = json!({"order_id": attempt.id, "gross_amount": gross_amount});
        let wish = json!({"payment_type": "gopay", "transaction_details": details});
        match self.midtrans(Method::POST, "charge", Some(wish), &attempt.key).await {
            Ok(told) if told["transaction_status"].is_string() => self.take(order_id, &attempt.id, &told, true).await,
            // It was made before, and the answer was lost.
            Err(refused) if refused.of_midtrans == Some(406) => {
                self.poll(order_id, &attempt.id).await?;
                self.restore_actions(order_id, &attempt.id)
            }
            Ok(_) => Err(refusal(503, "Midtrans answered with no status")),
            Err(refused) => Err(refused),
        }
    }

    fn restore_actions(&self, order_id: &str, attempt_id: &str) -> Result<(), ApiError> {
        self.with_order(order_id, |order| {
            let found = order.attempts.iter_mut().find(|one| one.id == attempt_id);
            for attempt in found.into_iter().filter(|one| one.actions.is_none()) {
                let id = attempt.status.get("transaction_id").and_then(Value::as_str).unwrap_or_default();
                let url = format!("{}/v2/gopay/{id}/qr-code", self.midtrans);
                attempt.actions = Some(json!([{"name": "generate-qr-code", "method": "GET", "url": url}]));
            }
        })
    }

    pub(super) fn with_order<T>(
        &self,
        order_id: &str,
        work: impl FnOnce(&mut super::orders::Order) -> T,
    ) -> Result<T, ApiError> {
        let mut orders = self.orders();
        orders.get_mut(order_id).map(work).ok_or_else(|| refusal(404, "There is no such order"))
    }
}
