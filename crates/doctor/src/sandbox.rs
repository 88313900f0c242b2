//! Client for the Midtrans sandbox behind the merchant: reads its ledger, steers it and injects faults.

use crate::check::{CheckError, CheckResult};
use crate::limits;
use crate::lock;
use crate::orders::Order;
use crate::secrets::Secrets;
use gopay_contract::{GrossAmount, OrderId, TransactionId, TransactionStatus};
use reqwest::{Client, Method};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use url::Url;

/// A transaction in the sandbox's ledger.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) order_id: OrderId,
    pub(crate) transaction_id: TransactionId,
    pub(crate) transaction_status: TransactionStatus,
    pub(crate) gross_amount: GrossAmount,
}

/// A delivered notification with the merchant's answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) transaction_id: TransactionId,
    pub(crate) transaction_status: TransactionStatus,
    pub(crate) answer_code: Option<u16>,
}

/// The sandbox, over HTTP.
pub(crate) struct Sandbox {
    http: Client,
    base: String,
    secrets: Arc<Secrets>,
    /// The ids of the injected faults that may still be pending.
    faults: Mutex<Vec<u64>>,
}

/// The sandbox's answer: JSON, or the HTTP status with which it refused.
type ControlAnswer = Result<Value, u16>;

impl Sandbox {
    pub(crate) fn new(http: Client, base: &Url, secrets: Arc<Secrets>) -> Self {
        Self { http, base: base.as_str().trim_end_matches('/').to_owned(), secrets, faults: Mutex::default() }
    }

    /// Checks that the sandbox is there and accepts the key.
    pub(crate) async fn check_connection(&self) -> CheckResult {
        self.control(Method::GET, "transactions", None).await?;
        let answer = self.core_api(Method::GET, "gopay-doctor/status", None).await?;
        if answer["status_code"] == "401" {
            return Err(CheckError::broken(
                "--server-key",
                "it is not the sandbox's: expected the key that it was started with",
            ));
        }
        Ok(())
    }

    /// The URL for notifications; `None` if there is none.
    pub(crate) async fn notification_url(&self) -> CheckResult<Option<String>> {
        let told = self.control(Method::GET, "notification-url", None).await?;
        Ok(told["url"].as_str().map(str::to_owned))
    }

    /// Sets the URL for notifications.
    pub(crate) async fn notify_at(&self, url: Option<&str>) -> CheckResult {
        self.control(Method::POST, "notification-url", Some(json!({"url": url}))).await.map(drop)
    }

    /// The whole ledger.
    pub(crate) async fn transactions(&self) -> CheckResult<Vec<Transaction>> {
        read("transactions", self.control(Method::GET, "transactions", None).await?)
    }

    pub(crate) async fn deliveries(&self) -> CheckResult<Vec<Delivery>> {
        read("notifications", self.control(Method::GET, "notifications", None).await?)
    }

    /// Applies an action of the payer or of Midtrans to a transaction: `pay`, `expire`, `cancel`, `deny`.
    pub(crate) async fn act(&self, id: &TransactionId, verb: &str) -> CheckResult {
        let done = self.ask(Method::POST, &format!("transactions/{id}/{verb}"), Some(json!({}))).await?;
        done.map(drop).map_err(|http| cannot(id, verb, http))
    }

    /// Applies an action if it is still possible. A race may be lost.
    pub(crate) async fn try_to(&self, id: &TransactionId, verb: &str) -> CheckResult {
        match self.ask(Method::POST, &format!("transactions/{id}/{verb}"), Some(json!({}))).await? {
            Ok(_) | Err(409) => Ok(()),
            Err(http) => Err(cannot(id, verb, http)),
        }
    }

    /// Pays the transaction; the sandbox's README describes the body.
    pub(crate) async fn pay(&self, id: &TransactionId, how: Value) -> CheckResult {
        let done = self.ask(Method::POST, &format!("transactions/{id}/pay"), Some(how)).await?;
        done.map(drop).map_err(|http| cannot(id, "pay", http))
    }

    /// The payer scans the QR code, in another app than GoPay's.
    pub(crate) async fn pay_by_scanning(&self, id: &TransactionId) -> CheckResult {
        self.pay(id, json!({"via": "qris", "issuer": "dana"})).await
    }

    /// Pays a transaction after its end: money that Midtrans learns of late.
    pub(crate) async fn pay_late(&self, id: &TransactionId) -> CheckResult {
        self.pay(id, json!({"late": true})).await
    }

    /// Makes a transaction of another system on the same account: charges `order_id` and pays it, all of it
    /// `seconds_ago`.
    pub(crate) async fn paid_elsewhere(&self, order: &Order, seconds_ago: u32) -> CheckResult<TransactionId> {
        let details = json!({"order_id": order.order_id.as_str(), "gross_amount": order.gross_amount.rupiah()});
        let wish = json!({"payment_type": "gopay", "transaction_details": details});
        let answer = self.core_api(Method::POST, "charge", Some(wish)).await?;
        let id = answer["transaction_id"].as_str().and_then(|id| TransactionId::parse(id).ok());
        let id = id.ok_or_else(|| CheckError::broken("a charge at the sandbox", &answer["status_message"]))?;
        self.pay(&id, json!({"seconds_ago": seconds_ago})).await?;
        Ok(id)
    }

    /// Counts the get-status requests about an order from now on, until [`Self::clear_faults`].
    pub(crate) async fn count_polls(&self, order_id: &OrderId) -> CheckResult {
        let mark = json!({"fault": "latency", "milliseconds": 1, "on": ["status"], "order_id": order_id, "times": 0});
        self.fault(mark).await
    }

    /// Number of get-status requests so far.
    pub(crate) async fn polls(&self, order_id: &OrderId) -> CheckResult<usize> {
        let applied = self.control(Method::GET, "faults/applied", None).await?;
        let is_one = |one: &&Value| one["on"] == "status" && one["order_id"] == order_id.as_str();
        Ok(applied.as_array().map_or(0, |all| all.iter().filter(is_one).count()))
    }

    /// Sends the order's last notification once more, as Midtrans' own retry would.
    pub(crate) async fn resend(&self, order_id: &OrderId) -> CheckResult {
        self.control(Method::POST, &format!("notifications/{order_id}/resend"), None).await.map(drop)
    }

    /// Refunds `rupiah`.
    pub(crate) async fn refund(&self, id: &TransactionId, rupiah: u64) -> CheckResult {
        let wish = json!({"refund_key": format!("doctor-{rupiah}"), "amount": rupiah, "reason": "gopay-doctor"});
        let answer = self.core_api(Method::POST, &format!("{id}/refund"), Some(wish)).await?;
        if answer["status_code"] == "200" {
            Ok(())
        } else {
            Err(CheckError::broken("refund at the sandbox", &answer["status_message"]))
        }
    }

    /// Something goes wrong next, until [`Self::clear_faults`].
    pub(crate) async fn fault(&self, fault: Value) -> CheckResult {
        let set = self.control(Method::POST, "faults", Some(fault)).await?;
        let id = set["id"].as_u64().ok_or_else(|| CheckError::broken("faults of the sandbox", "no id"))?;
        lock(&self.faults).push(id);
        Ok(())
    }

    /// Loses a charge: it is made, but neither the answer nor the pending transaction's notification reaches the
    /// merchant.
    pub(crate) async fn lose_the_charge(&self) -> CheckResult {
        let lost = json!({"fault": "lost_notification", "transaction_status": "pending", "times": 0});
        self.fault(lost).await?;
        self.fault(json!({"fault": "cut_connection", "when": "after", "on": ["charge"], "times": 0})).await
    }

    /// Removes all faults that have not struck yet.
    pub(crate) async fn clear_faults(&self) -> CheckResult {
        let faults = std::mem::take(&mut *lock(&self.faults));
        for id in faults {
            // 404: it has struck.
            drop(self.ask(Method::DELETE, &format!("faults/{id}"), None).await?);
        }
        Ok(())
    }

    /// Sends a request that the sandbox may not refuse.
    async fn control(&self, method: Method, path: &str, body: Option<Value>) -> CheckResult<Value> {
        let what = format!("{method} /sandbox/{path}");
        self.ask(method, path, body).await?.map_err(|http| CheckError::broken(&what, format!("HTTP {http}")))
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> CheckResult<ControlAnswer> {
        let mut request = self.http.request(method, format!("{}/sandbox/{path}", self.base)).timeout(limits::OTHER);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.map_err(|why| self.unreachable(&why))?;
        let (http, text) = (response.status(), response.text().await.map_err(|why| self.unreachable(&why))?);
        Ok(if http.is_success() { Ok(serde_json::from_str(&text).unwrap_or(Value::Null)) } else { Err(http.as_u16()) })
    }

    async fn core_api(&self, method: Method, path: &str, body: Option<Value>) -> CheckResult<Value> {
        let request = self.http.request(method, format!("{}/v2/{path}", self.base)).timeout(limits::OTHER);
        let request = request.basic_auth(self.secrets.server_key(), Some(""));
        let request = body.iter().fold(request, |request, body| request.json(body));
        let response = request.send().await.map_err(|why| self.unreachable(&why))?;
        response.json().await.map_err(|why| CheckError::broken("the sandbox's Core API", why.without_url()))
    }

    fn unreachable(&self, why: &reqwest::Error) -> CheckError {
        let what = if why.is_connect() { "nobody listens there" } else { "no answer came" };
        CheckError::broken(&format!("--sandbox is {:?}", self.base), format!("{what}: expected the sandbox's base URL"))
    }
}

/// Error: the merchant names a transaction that does not stand at the sandbox as it says.
fn cannot(id: &TransactionId, verb: &str, http: u16) -> CheckError {
    let why = if http == 404 { "the sandbox does not know it" } else { "the sandbox says that it has ended" };
    CheckError::failed(
        format!("transaction {id} was told as pending, and cannot {verb}: {why}"),
        "a transaction of this sandbox, as it stands there",
    )
}

fn read<T: DeserializeOwned>(what: &str, value: Value) -> CheckResult<T> {
    serde_json::from_value(value).map_err(|why| CheckError::broken(&format!("the sandbox's {what}"), why))
}
