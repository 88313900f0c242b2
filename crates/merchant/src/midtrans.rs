//! Midtrans: the client of its Core API, and its clock.
//!
//! Requests have our own `User-Agent` and none of the browser's headers or cookies, as Midtrans asks of its merchants. The
//! body's `status_code` decides, not the HTTP status. Errors are divided by what to do next.

use crate::clock::{DistantClock, UnixMillis};
use crate::metrics::{Metrics, MidtransRequest};
use crate::payments::ClearedToCharge;
use crate::settings::MidtransSettings;
use gopay_contract::midtrans::ChargeRequest;
use gopay_contract::{Action, ActionName, Answer, ErrorBody, OrderId, StatusCode, TransactionId};
use reqwest::header::{self, HeaderMap};
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use std::time::{Duration, Instant, UNIX_EPOCH};
use tokio::time::sleep;
use url::Url;

/// How long to wait for a connection. Midtrans' edge answers within tens of milliseconds.
const CONNECT_TIME_LIMIT: Duration = Duration::from_secs(5);
/// The longest answer that is read. Midtrans' own are far shorter.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// The pause between two polls of a charge that Midtrans is still working on.
const STILL_AT_WORK_PAUSE: Duration = Duration::from_millis(250);

/// Why a request to Midtrans failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MidtransError {
    /// Midtrans refused the request. Sending it again unchanged does not help.
    #[error("Midtrans answered {}: {}", .0.status_code, .0.status_message)]
    Refused(ErrorBody),
    /// Midtrans does not accept the server key: nothing works until the settings are changed.
    #[error("Midtrans does not accept MIDTRANS_SERVER_KEY: {status_message}")]
    ServerKey {
        /// Midtrans' sentence about it.
        status_message: String,
    },
    /// No answer, or none that can be parsed: the request may or may not have been carried out. A retry may help.
    #[error("Midtrans cannot be asked: {why}")]
    Unreachable {
        /// For the log.
        why: String,
    },
}

/// Client of the Core API of one Midtrans, with one server key.
#[derive(Clone, Debug)]
pub(crate) struct MidtransClient {
    http: reqwest::Client,
    base_url: Url,
    server_key: SecretString,
    metrics: Metrics,
    time_limit: Duration,
    clock: MidtransClock,
}

impl MidtransClient {
    /// A client for the Midtrans that `settings` name.
    ///
    /// # Errors
    /// When the TLS library cannot be started.
    pub(crate) fn new(settings: &MidtransSettings, metrics: Metrics) -> reqwest::Result<Self> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("gopay-merchant/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.time_limit)
            .connect_timeout(CONNECT_TIME_LIMIT)
            .redirect(reqwest::redirect::Policy::none());
        if settings.is_loopback() {
            // A proxy of the environment is for the world outside, not for a sandbox on this machine.
            http = http.no_proxy();
        }
        let (base_url, server_key) = (settings.base_url.clone(), settings.server_key.clone());
        let (time_limit, clock) = (settings.time_limit, MidtransClock::default());
        Ok(Self { http: http.build()?, base_url, server_key, metrics, time_limit, clock })
    }

    /// The time at Midtrans, by its newest answer. `None`: there was none yet.
    pub(crate) fn time_at_midtrans(&self) -> Option<UnixMillis> {
        self.clock.at(Instant::now())
    }

    /// `POST /v2/charge`. Midtrans keeps a successful answer for five minutes and repeats it for the same
    /// `idempotency_key`. While the first request with that key is at work (its sender may have died, or lost patience),
    /// it answers 202 and nothing else; then this asks again, for as long as one request may take.
    ///
    /// `_cleared` says that no other attempt of the order holds money, and is used up by the request.
    ///
    /// # Errors
    /// [`MidtransError`]
    pub(crate) async fn charge(
        &self,
        _cleared: ClearedToCharge,
        charge: &ChargeRequest,
        idempotency_key: &str,
    ) -> Result<Answer, MidtransError> {
        let give_up = Instant::now() + self.time_limit;
        loop {
            let request = self.request(Method::POST, &["v2", "charge"])?;
            let answer = self.send("charge", request.header("Idempotency-Key", idempotency_key).json(charge)).await?;
            // A charge that is denied has this code too, and a transaction.
            let is_at_work = answer.status_code == Some(StatusCode(202)) && answer.transaction_id.is_none();
            if !is_at_work {
                return Ok(answer);
            }
            if Instant::now() >= give_up {
                return Err(unreachable_because("it is still at work on an earlier request of the same charge"));
            }
            sleep(STILL_AT_WORK_PAUSE).await;
        }
    }

    /// `GET /v2/{transaction_id}/status`
    ///
    /// # Errors
    /// [`MidtransError`]
    pub(crate) async fn status(&self, transaction_id: &TransactionId) -> Result<Answer, MidtransError> {
        self.send("status", self.request(Method::GET, &["v2", transaction_id.as_str(), "status"])?).await
    }

    /// `GET /v2/{order_id}/status`, where the charge's answer was lost and its transaction is not known.
    ///
    /// # Errors
    /// [`MidtransError`]
    pub(crate) async fn status_of_order(&self, order_id: &OrderId) -> Result<Answer, MidtransError> {
        self.send("status", self.request(Method::GET, &["v2", order_id.as_str(), "status"])?).await
    }

    /// `POST /v2/{transaction_id}/cancel`
    ///
    /// # Errors
    /// [`MidtransError`]; 412 when it can no longer be cancelled.
    pub(crate) async fn cancel(&self, transaction_id: &TransactionId) -> Result<Answer, MidtransError> {
        self.send("cancel", self.request(Method::POST, &["v2", transaction_id.as_str(), "cancel"])?).await
    }

    /// `POST /v2/{transaction_id}/expire`. Its answer's `status_code` is 407, which is not an error.
    ///
    /// # Errors
    /// [`MidtransError`]; 412 when it is not pending any more.
    pub(crate) async fn expire(&self, transaction_id: &TransactionId) -> Result<Answer, MidtransError> {
        self.send("expire", self.request(Method::POST, &["v2", transaction_id.as_str(), "expire"])?).await
    }

    /// The QR code of a transaction whose charge answer was lost: the only action whose URL can be made again
    /// (get-status has none).
    #[must_use]
    pub(crate) fn qr_code(&self, transaction_id: &TransactionId) -> Action {
        let base = self.base_url.as_str().trim_end_matches('/');
        Action {
            name: ActionName::GenerateQrCode,
            method: Some("GET".to_owned()),
            url: format!("{base}/v2/gopay/{transaction_id}/qr-code"),
        }
    }

    fn request(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, MidtransError> {
        let mut url = self.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| unreachable_because("MIDTRANS_BASE_URL cannot have a path"))?
            .pop_if_empty()
            .extend(path);
        Ok(self
            .http
            .request(method, url)
            .basic_auth(self.server_key.expose_secret(), Some(""))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json"))
    }

    async fn send(&self, call: &'static str, request: RequestBuilder) -> Result<Answer, MidtransError> {
        let started = Instant::now();
        let answer = self.exchange(request).await;
        let outcome = match &answer {
            Ok(_) => "ok",
            Err(MidtransError::Refused(_)) => "refused",
            Err(MidtransError::ServerKey { .. }) => "server_key",
            Err(MidtransError::Unreachable { .. }) => "unreachable",
        };
        self.metrics.midtrans(MidtransRequest { call, outcome }, started.elapsed());
        answer
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<Answer, MidtransError> {
        let mut response = request.send().await.map_err(|e| unreachable_because(describe(e)))?;
        self.clock.update(response.headers(), Instant::now());
        let http_status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| unreachable_because(describe(e)))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(unreachable_because("its answer does not end"));
            }
            body.extend_from_slice(&chunk);
        }
        read(http_status.as_u16(), &body)
    }
}

/// Reads the meaning of a body.
fn read(http_status: u16, body: &[u8]) -> Result<Answer, MidtransError> {
    let unreadable =
        |why: &serde_json::Error| unreachable_because(format!("HTTP {http_status} with an unreadable body: {why}"));
    let error: ErrorBody = serde_json::from_slice(body).map_err(|e| unreadable(&e))?;
    match error.status_code {
        StatusCode(401) => Err(MidtransError::ServerKey { status_message: error.status_message }),
        StatusCode(code @ 500..) => {
            Err(unreachable_because(format!("status_code {code}, HTTP {http_status}: {}", error.status_message)))
        }
        code if code.is_error() => Err(MidtransError::Refused(error)),
        _ => serde_json::from_slice(body).map_err(|e| unreadable(&e)),
    }
}

/// No answer, and why.
pub(crate) fn unreachable_because(why: impl Into<String>) -> MidtransError {
    MidtransError::Unreachable { why: why.into() }
}

/// The error and its causes, without the URL (which is ours and says nothing new).
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// Midtrans' clock, by the `Date` of its newest answer. Midtrans decides by it whether a charge can still be paid; this machine's may
/// be wrong, and may be set while the answer is still the newest.
#[derive(Clone, Debug, Default)]
struct MidtransClock(DistantClock);

impl MidtransClock {
    /// Reads the `Date` of an answer that came at `instant`, whole seconds. It was written a moment ago, so Midtrans is
    /// never taken to be later than it is. Without one, or with one that cannot be read, all stays as it was.
    fn update(&self, headers: &HeaderMap, instant: Instant) {
        let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let since_1970 = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        if let Some(seconds) = since_1970.and_then(|since| i64::try_from(since.as_secs()).ok()) {
            self.0.set(UnixMillis::from_seconds(seconds), instant);
        }
    }

    /// The time at Midtrans at `instant`. `None`: no answer had a `Date` yet.
    fn at(&self, instant: Instant) -> Option<UnixMillis> {
        self.0.at(instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use header::HeaderValue;

    #[test]
    fn the_body_decides_and_not_the_http_status() {
        let refused = br#"{"status_code":"406","status_message":"conflict","id":"x"}"#;
        assert!(matches!(read(200, refused), Err(MidtransError::Refused(body)) if body.status_code == StatusCode(406)));
        let found = br#"{"status_code":"407","transaction_status":"expire"}"#;
        assert!(read(200, found).is_ok(), "407 tells of an expired transaction, not of an error");
    }

    #[test]
    fn a_gateway_page_and_a_recovering_midtrans_are_both_worth_another_try() {
        for (http_status, body) in [
            (502, "<html>Bad gateway</html>"),
            (200, r#"{"status_code":"500","status_message":"recovering"}"#),
            (503, r#"{"status_code":503}"#),
            (202, ""),
        ] {
            assert!(matches!(read(http_status, body.as_bytes()), Err(MidtransError::Unreachable { .. })), "{body}");
        }
    }

    #[test]
    fn a_wrong_server_key_is_our_own_trouble() {
        let body = br#"{"status_code":"401","status_message":"Unknown Merchant server_key/id"}"#;
        assert!(matches!(read(401, body), Err(MidtransError::ServerKey { .. })));
    }

    fn date(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::DATE, HeaderValue::from_static(text))])
    }

    #[test]
    fn midtrans_time_goes_on_whatever_this_machines_clock_is_set_to() {
        let (clock, here) = (MidtransClock::default(), Instant::now());
        assert_eq!(clock.at(here), None, "it was never heard");
        clock.update(&date("Sat, 31 Jan 2026 02:58:00 GMT"), here);
        assert_eq!(clock.at(here), Some(UnixMillis::from_seconds(1_769_828_280)));
        assert_eq!(clock.at(here + Duration::from_millis(1500)), Some(UnixMillis(1_769_828_281_500)));
    }

    #[test]
    fn an_answer_without_a_date_that_can_be_read_changes_nothing() {
        let (clock, here) = (MidtransClock::default(), Instant::now());
        clock.update(&date("Sat, 31 Jan 2026 03:00:00 GMT"), here);
        for headers in [HeaderMap::new(), date("yesterday"), date("")] {
            clock.update(&headers, here + Duration::from_secs(60));
        }
        assert_eq!(clock.at(here), Some(UnixMillis::from_seconds(1_769_828_400)));
    }
}
