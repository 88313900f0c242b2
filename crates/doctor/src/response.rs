//! An answer of the merchant: whole, or as server-sent events (contract §2.3).

use crate::check::{CheckError, CheckResult};
use gopay_contract::{Answer, FraudStatus, TransactionStatus};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// An answer with its request.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// The request, in words for the report.
    pub(crate) asked: String,
    pub(crate) http: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok().filter(Value::is_object)
    }

    /// The body as Midtrans' answer, if it can be read as one.
    fn readable(&self) -> Option<Answer> {
        serde_json::from_str(&self.body).ok()
    }

    /// The answer's status code: the body's, before HTTP's (contract §2).
    pub(crate) fn status_code(&self) -> u16 {
        let of_body = self.readable().and_then(|answer| answer.status_code).map(|code| code.0);
        of_body.filter(|_| self.http < 400).unwrap_or(self.http)
    }

    /// Reads the body as an answer about a transaction.
    pub(crate) fn answer(&self) -> CheckResult<Answer> {
        let expected = "JSON as Midtrans answers: order_id, transaction_id, transaction_status, gross_amount";
        let answer: Answer = serde_json::from_str(&self.body)
            .map_err(|why| CheckError::failed(format!("{}, which cannot be read: {why}", self.outline()), expected))?;
        let is_whole = self.http < 400
            && answer.order_id.is_some()
            && answer.transaction_id.is_some()
            && answer.transaction_status.is_some()
            && answer.gross_amount.is_some();
        if is_whole { Ok(answer) } else { Err(CheckError::failed(self.outline(), expected)) }
    }

    /// The transaction's status in the answer, if it has one.
    pub(crate) fn transaction_status(&self) -> Option<TransactionStatus> {
        self.readable().filter(|_| self.http < 400)?.transaction_status
    }

    /// True if it says that the transaction was paid, without a doubt of fraud.
    pub(crate) fn says_paid(&self) -> bool {
        let is_accepted = self.readable().is_some_and(|answer| FraudStatus::is_accepted(answer.fraud_status.as_ref()));
        is_accepted && self.transaction_status().is_some_and(|status| status.is_paid())
    }

    /// True for a refusal: a 4xx, and no word about a transaction.
    pub(crate) fn is_refusal(&self) -> bool {
        (400..500).contains(&self.status_code()) && self.transaction_status().is_none()
    }

    pub(crate) fn is_html(&self) -> bool {
        let says_so = self.header(CONTENT_TYPE).is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        let begins = self.body.trim_start().get(..9).unwrap_or_default().to_ascii_lowercase();
        says_so || begins.starts_with("<!doctype") || begins.starts_with("<html")
    }

    /// True for an error in a shape that the widget reads: Midtrans', or RFC 9457 (contract §2.5).
    pub(crate) fn is_readable_error(&self) -> bool {
        let is_json = self.header(CONTENT_TYPE).is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
        let has = |json: &Value, name: &str| json.get(name).is_some();
        let is_shaped = |json: &Value| {
            (has(json, "status_code") && has(json, "status_message")) || has(json, "title") || has(json, "type")
        };
        is_json && self.status_code() >= 400 && self.json().as_ref().is_some_and(is_shaped)
    }

    /// Describes the answer before its body is read.
    pub(crate) fn head(&self) -> String {
        format!("{} was answered HTTP {}", self.asked, self.http)
    }

    /// The answer in one line for the report: codes, ids and the status, never the body itself.
    pub(crate) fn outline(&self) -> String {
        let mut line = self.head();
        let Some(json) = self.json() else {
            let kind = match self.header(CONTENT_TYPE) {
                _ if self.is_html() => "HTML",
                _ if self.body.is_empty() => "an empty body",
                _ => "a body that is no JSON object",
            };
            return format!("{line} with {kind}");
        };
        for field in ["status_code", "transaction_status", "order_id", "transaction_id", "gross_amount", "fraud_status"]
        {
            if let Some(value) = json.get(field) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                line.push_str(&format!(", {field} {}", gopay_contract::shortened(&text).escape_debug()));
            }
        }
        line
    }

    /// The error's text: Midtrans' `status_message`, or RFC 9457's `detail` or `title`.
    pub(crate) fn message(&self) -> Option<String> {
        let json = self.json()?;
        let text = ["status_message", "detail", "title"].iter().find_map(|name| json.get(*name)?.as_str());
        text.map(|text| text.chars().take(200).collect::<String>().escape_debug().to_string())
    }
}

/// An event with the fields that the contract names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: String,
}

/// The next thing on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Event(Event),
    /// A comment: a sign of life.
    Comment,
    /// The merchant ended it.
    End,
    /// The connection broke.
    Broken(String),
    /// No data within the time limit.
    Silence,
}

/// The open stream.
pub(crate) struct EventStream {
    response: reqwest::Response,
    lines: Lines,
}

impl EventStream {
    pub(crate) fn of(response: reqwest::Response) -> Self {
        Self { response, lines: Lines::default() }
    }

    /// Reads the next thing within `limit`.
    pub(crate) async fn next(&mut self, limit: Duration) -> Piece {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(piece) = self.lines.next_piece() {
                return piece;
            }
            match timeout_at(deadline, self.response.chunk()).await {
                Err(_) => return Piece::Silence,
                Ok(Err(why)) => return Piece::Broken(why.without_url().to_string()),
                Ok(Ok(None)) => return Piece::End,
                Ok(Ok(Some(bytes))) => self.lines.push(&bytes),
            }
        }
    }
}

/// Splits bytes into lines and lines into events.
#[derive(Debug, Default)]
struct Lines {
    unread: Vec<u8>,
    event: Event,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        self.unread.extend(bytes.iter().filter(|byte| **byte != b'\r'));
    }

    fn next_piece(&mut self) -> Option<Piece> {
        while let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\n');
            if line.is_empty() {
                let event = std::mem::take(&mut self.event);
                if !event.data.is_empty() {
                    return Some(Piece::Event(event));
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" => return Some(Piece::Comment),
                "event" => value.clone_into(&mut self.event.name),
                "id" => self.event.id = Some(value.to_owned()),
                "data" if self.event.data.is_empty() => value.clone_into(&mut self.event.data),
                "data" => self.event.data.extend(["\n", value]),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(http: u16, body: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/json".parse().expect("a type"));
        Response { asked: "GET the status".to_owned(), http, headers, body: body.to_owned() }
    }

    #[test]
    fn the_bodys_code_decides_unless_http_already_refuses() {
        assert_eq!(seen(200, &json!({"status_code": "404"}).to_string()).status_code(), 404);
        assert_eq!(seen(403, &json!({"status_code": "200"}).to_string()).status_code(), 403);
        assert!(seen(200, &json!({"status_code": "404", "status_message": "…"}).to_string()).is_refusal());
        assert!(!seen(200, &json!({"status_code": "407", "transaction_status": "expire"}).to_string()).is_refusal());
    }

    #[test]
    fn an_outline_has_no_actions() {
        let body = json!({"status_code": "201", "actions": [{"name": "deeplink-redirect", "url": "gojek://x?tref=1"}]});
        assert_eq!(seen(200, &body.to_string()).outline(), "GET the status was answered HTTP 200, status_code 201");
    }

    #[test]
    fn html_is_known_by_its_type_and_by_its_first_word() {
        assert!(seen(500, " <!DOCTYPE html><p>Oops").is_html());
        assert!(!seen(500, "{}").is_html());
    }

    #[test]
    fn an_error_is_readable_in_midtrans_shape_and_in_rfc_9457s() {
        assert!(
            seen(404, r#"{"status_code":"404","status_message":"Transaction doesn't exist."}"#).is_readable_error()
        );
        assert!(seen(404, r#"{"type":"about:blank","title":"Not Found","status":404}"#).is_readable_error());
        assert!(!seen(404, r#"{"error":"nope"}"#).is_readable_error());
    }

    #[test]
    fn events_and_comments_are_told_apart_wherever_the_bytes_are_cut() {
        let text = b"event: status\r\nid: 1\r\ndata: {}\r\n\r\n:\n\ndata:a\ndata:b\n\n";
        for cut in 0..text.len() {
            let mut lines = Lines::default();
            let mut pieces = Vec::new();
            for part in [&text[..cut], &text[cut..]] {
                lines.push(part);
                pieces.extend(std::iter::from_fn(|| lines.next_piece()));
            }
            let event = Event { name: "status".to_owned(), id: Some("1".to_owned()), data: "{}".to_owned() };
            let nameless = Event { data: "a\nb".to_owned(), ..Event::default() };
            assert_eq!(pieces, [Piece::Event(event), Piece::Comment, Piece::Event(nameless)], "cut at {cut}");
        }
    }
}
