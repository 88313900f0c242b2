//! The Midtrans sandbox behind the merchant: what really happened there, and the hand that makes it happen.

use crate::limits;
use crate::lock::lock;
use crate::secrets::Secrets;
use crate::verdict::{Halt, Verdict};
use gopay_contract::{GrossAmount, OrderId, TransactionId, TransactionStatus};
use reqwest::{Client, Method};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use url::Url;

/// A line of the sandbox's own ledger.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) order_id: OrderId,
    pub(crate) transaction_id: TransactionId,
    pub(crate) transaction_status: TransactionStatus,
    pub(crate) gross_amount: GrossAmount,
}

/// A notification that the sandbox has sent, and what came back.
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
    /// What was asked to go wrong and may still do so.
    faults: Mutex<Vec<u64>>,
}

/// What the sandbox answered: JSON, or the HTTP status with which it refused.
type Steered = Result<Value, u16>;

impl Sandbox {
    pub(crate) fn new(http: Client, base: &Url, secrets: Arc<Secrets>) -> Self {
        Self { http, base: base.as_str().trim_end_matches('/').to_owned(), secrets, faults: Mutex::default() }
    }

    /// Whether it is there, and whether the key is its.
    pub(crate) async fn greet(&self) -> Verdict {
        self.steer(Method::GET, "transactions", None).await?;
        let answer = self.core_api(Method::GET, "gopay-doctor/status", None).await?;
        if answer["status_code"] == "401" {
            return Err(Halt::broken(
                "--server-key",
                "it is not the sandbox's: expected the key that it was started with",
            ));
        }
        Ok(())
    }

    pub(crate) async fn notify_at(&self, url: &str) -> Verdict {
        self.steer(Method::POST, "notification-url", Some(json!({"url": url}))).await.map(drop)
    }

    /// The whole ledger.
    pub(crate) async fn transactions(&self) -> Verdict<Vec<Transaction>> {
        read("transactions", self.steer(Method::GET, "transactions", None).await?)
    }

    pub(crate) async fn deliveries(&self) -> Verdict<Vec<Delivery>> {
        read("notifications", self.steer(Method::GET, "notifications", None).await?)
    }

    /// What the payer or Midtrans does to a transaction: `pay`, `expire`, `cancel`, `deny`.
    pub(crate) async fn act(&self, id: &TransactionId, verb: &str) -> Verdict {
        let done = self.ask(Method::POST, &format!("transactions/{id}/{verb}"), Some(json!({}))).await?;
        done.map(drop).map_err(|http| cannot(id, verb, http))
    }

    /// The same, if it can still be done. A race may be lost.
    pub(crate) async fn try_to(&self, id: &TransactionId, verb: &str) -> Verdict {
        match self.ask(Method::POST, &format!("transactions/{id}/{verb}"), Some(json!({}))).await? {
            Ok(_) | Err(409) => Ok(()),
            Err(http) => Err(cannot(id, verb, http)),
        }
    }

    /// The payer scans the QR code, in another app than GoPay's.
    pub(crate) async fn pay_by_scanning(&self, id: &TransactionId) -> Verdict {
        let scan = json!({"via": "qris", "issuer": "dana"});
        let done = self.ask(Method::POST, &format!("transactions/{id}/pay"), Some(scan)).await?;
        done.map(drop).map_err(|http| cannot(id, "pay", http))
    }

    /// Money that Midtrans learns of after the end.
    pub(crate) async fn pay_late(&self, id: &TransactionId) -> Verdict {
        let done = self.ask(Method::POST, &format!("transactions/{id}/pay"), Some(json!({"late": true}))).await?;
        done.map(drop).map_err(|http| cannot(id, "pay", http))
    }

    /// The order's last notification once more, as Midtrans' own retry would send it.
    pub(crate) async fn resend(&self, order_id: &OrderId) -> Verdict {
        self.steer(Method::POST, &format!("notifications/{order_id}/resend"), None).await.map(drop)
    }

    /// Gives `rupiah` back, as the shop's books would.
    pub(crate) async fn refund(&self, id: &TransactionId, rupiah: u64) -> Verdict {
        let wish = json!({"refund_key": format!("doctor-{rupiah}"), "amount": rupiah, "reason": "gopay-doctor"});
        let answer = self.core_api(Method::POST, &format!("{id}/refund"), Some(wish)).await?;
        if answer["status_code"] == "200" {
            Ok(())
        } else {
            Err(Halt::broken("refund at the sandbox", &answer["status_message"]))
        }
    }

    /// Something goes wrong next, until [`Self::mend`].
    pub(crate) async fn fault(&self, fault: Value) -> Verdict {
        let set = self.steer(Method::POST, "faults", Some(fault)).await?;
        let id = set["id"].as_u64().ok_or_else(|| Halt::broken("faults of the sandbox", "no id"))?;
        lock(&self.faults).push(id);
        Ok(())
    }

    /// Takes back whatever was to go wrong and has not yet.
    pub(crate) async fn mend(&self) -> Verdict {
        let faults = std::mem::take(&mut *lock(&self.faults));
        for id in faults {
            // 404: it has struck.
            drop(self.ask(Method::DELETE, &format!("faults/{id}"), None).await?);
        }
        Ok(())
    }

    /// Does what cannot be refused.
    async fn steer(&self, method: Method, path: &str, body: Option<Value>) -> Verdict<Value> {
        let what = format!("{method} /sandbox/{path}");
        self.ask(method, path, body).await?.map_err(|http| Halt::broken(&what, format!("HTTP {http}")))
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Verdict<Steered> {
        let mut request = self.http.request(method, format!("{}/sandbox/{path}", self.base)).timeout(limits::OTHER);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.map_err(|why| self.unreachable(&why))?;
        let (http, text) = (response.status(), response.text().await.map_err(|why| self.unreachable(&why))?);
        Ok(if http.is_success() { Ok(serde_json::from_str(&text).unwrap_or(Value::Null)) } else { Err(http.as_u16()) })
    }

    async fn core_api(&self, method: Method, path: &str, body: Option<Value>) -> Verdict<Value> {
        let request = self.http.request(method, format!("{}/v2/{path}", self.base)).timeout(limits::OTHER);
        let request = request.basic_auth(self.secrets.server_key(), Some(""));
        let request = body.iter().fold(request, |request, body| request.json(body));
        let response = request.send().await.map_err(|why| self.unreachable(&why))?;
        response.json().await.map_err(|why| Halt::broken("the sandbox's Core API", why.without_url()))
    }

    fn unreachable(&self, why: &reqwest::Error) -> Halt {
        let what = if why.is_connect() { "nobody listens there" } else { "no answer came" };
        Halt::broken(&format!("--sandbox is {:?}", self.base), format!("{what}: expected the sandbox's base URL"))
    }
}

/// The merchant names a transaction that does not stand at the sandbox as it says.
fn cannot(id: &TransactionId, verb: &str, http: u16) -> Halt {
    let why = if http == 404 { "the sandbox does not know it" } else { "the sandbox says that it has ended" };
    Halt::failed(
        format!("transaction {id} was told as pending, and cannot {verb}: {why}"),
        "a transaction of this sandbox, as it stands there",
    )
}

fn read<T: DeserializeOwned>(what: &str, value: Value) -> Verdict<T> {
    serde_json::from_value(value).map_err(|why| Halt::broken(&format!("the sandbox's {what}"), why))
}
