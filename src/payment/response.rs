//! Responses of the merchant: parses a body into an [`Answer`] about a transaction, or a [`RequestError`].
//!
//! The body's `status_code` decides, not the HTTP status: Midtrans answers most errors with HTTP 200. The HTTP status
//! decides only where there is no such body, and where the page is refused (401, 403, 404, 419).

use super::clock::UnixMillis;
use super::problem::{Problem, ProblemCode};
use gopay_contract::{Answer, StatusCode, contains, position};

/// An answer about a transaction, and the server's time when it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerResponse {
    /// The body.
    pub answer: Box<Answer>,
    /// The `Date` header; the payer's own clock only where there is none (or a cross-origin merchant does not expose it).
    /// A pushed status has no time.
    pub server_now: Option<UnixMillis>,
}

/// Reason for a missing or unusable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// The problem that it is to the payer and the shop.
    pub problem: Problem,
    /// `Retry-After`, in milliseconds.
    pub retry_after_ms: Option<i64>,
    /// Of a refusal: whether it is the merchant's own, in its JSON. What stands before a merchant, like a firewall, refuses in
    /// HTML.
    pub is_own: bool,
}

impl From<Problem> for RequestError {
    fn from(problem: Problem) -> Self {
        Self { problem, retry_after_ms: None, is_own: false }
    }
}

/// Prefixes of Midtrans server keys. One of them in an answer or an attribute means that the shop exposes its secret to
/// every payer.
pub(crate) const SERVER_KEY_MARKS: [&str; 2] = ["Mid-server-", "VT-server-"];

/// Returns whether `text` contains something that looks like a Midtrans server key.
#[must_use]
pub fn looks_like_server_key(text: &str) -> bool {
    SERVER_KEY_MARKS.iter().any(|mark| contains(text, mark))
}

impl RequestError {
    /// No answer came: the network failed, the request timed out, the connection was cut.
    #[must_use]
    pub fn no_answer(message: impl Into<String>) -> Self {
        Problem::new(ProblemCode::MerchantUnreachable, message).into()
    }

    /// The merchant refuses the page.
    fn refused(http_status: u16, answer: Option<Result<Answer, &str>>) -> Self {
        let is_own = answer.is_some();
        let says = answer.and_then(|answer| answer.ok()?.status_message);
        let says = says.unwrap_or_else(|| "expected an answer about the order".to_owned());
        let message = ["the merchant answered HTTP ", &http_status.to_string(), ": ", &says].concat();
        let problem = Problem::new(ProblemCode::MerchantRefused, message).with_http_status(http_status);
        Self { problem, retry_after_ms: None, is_own }
    }

    /// The body is not what it must be.
    fn bad_answer(http_status: u16, why: &str) -> Self {
        let message = ["the merchant's answer cannot be used", why].concat();
        Problem::new(ProblemCode::BadAnswer, message).with_http_status(http_status).into()
    }
}

/// Parses the answer to any request to the merchant, and the data of a push.
///
/// # Errors
/// [`RequestError`], by contract §2.5. It repeats no more of the body than tells what it is: that may be a page of HTML, or
/// contain a secret.
pub fn read_answer(http_status: u16, body: &str) -> Result<Box<Answer>, RequestError> {
    if looks_like_server_key(body) {
        let message = "the merchant's answer holds what looks like a Midtrans server key: revoke it in the Midtrans dashboard, and keep the new one on your server";
        return Err(Problem::new(ProblemCode::ServerKey, message).with_http_status(http_status).into());
    }
    let unreachable = || -> RequestError {
        let message = ["the merchant answered HTTP ", &http_status.to_string()].concat();
        Problem::new(ProblemCode::MerchantUnreachable, message).with_http_status(http_status).into()
    };
    let mut json = serde_json::Deserializer::from_str(body);
    let answer = Answer::read_without_reason(&mut json).filter(|_| json.end().is_ok());
    // 419 is Laravel's: the session is over.
    if matches!(http_status, 401 | 403 | 404 | 419) {
        return Err(RequestError::refused(http_status, answer));
    }
    let answer = match answer {
        Some(Ok(answer)) => Box::new(answer),
        Some(Err(_)) | None if http_status >= 500 || http_status == 429 => return Err(unreachable()),
        unread => {
            // A body that is no JSON fails at its first character.
            let field = unread.and_then(Result::err).and_then(|field| position(body, field));
            let why = [" from here on: \"", &beginning(&body[field.unwrap_or(0)..]), "\""].concat();
            return Err(RequestError::bad_answer(http_status, &why));
        }
    };
    // The status counts more than the code: 407 and 202 come with `expire` and `deny`.
    if answer.transaction_status.is_some() {
        return Ok(answer);
    }
    let code = answer.status_code.unwrap_or(StatusCode(http_status));
    match code.0 {
        429 | 500..=599 => {
            let mut error = unreachable();
            error.problem.midtrans_status_code = answer.status_code;
            Err(error)
        }
        // 202 without a status: an earlier request with the same Idempotency-Key is still running. Try again.
        202 => Err(unreachable()),
        400..=499 => {
            let message = answer
                .status_message
                .unwrap_or_else(|| ["the charge was rejected with ", &code.0.to_string()].concat());
            let mut problem = Problem::new(ProblemCode::ChargeRejected, message).with_http_status(http_status);
            problem.midtrans_status_code = Some(code);
            problem.validation_messages = answer.validation_messages;
            Err(problem.into())
        }
        _ => Err(RequestError::bad_answer(
            http_status,
            ": it has no transaction_status, unless inside of something like \"data\"",
        )),
    }
}

/// Excerpt of a body that shows what it is, without what is long enough to be a secret, and without what a page could take for
/// HTML.
fn beginning(body: &str) -> String {
    let mut text = String::new();
    let mut word = 0;
    for byte in body.bytes().take(60) {
        word = if byte.is_ascii_alphanumeric() { word + 1 } else { 0 };
        if word <= LONGEST_WORD && matches!(byte, b' '..=b';' | b'='..=b'~') {
            text.push(byte.into());
        }
    }
    text
}

/// No part of a secret is told that is longer.
const LONGEST_WORD: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(http_status: u16, body: &str) -> ProblemCode {
        read_answer(http_status, body).expect_err("an error").problem.code
    }

    #[test]
    fn the_bodys_status_code_decides_and_not_the_http_status() {
        let rejected = r#"{"status_code":"402","status_message":"Payment channel is not activated."}"#;
        assert_eq!(code_of(200, rejected), ProblemCode::ChargeRejected);
        assert_eq!(code_of(402, rejected), ProblemCode::ChargeRejected);
        assert_eq!(
            code_of(200, r#"{"status_code":"500","status_message":"Sorry."}"#),
            ProblemCode::MerchantUnreachable
        );
        assert!(read_answer(200, r#"{"status_code":"407","transaction_status":"expire"}"#).is_ok());
        assert!(read_answer(400, r#"{"status_code":"202","transaction_status":"deny"}"#).is_ok());
    }

    #[test]
    fn whatever_is_not_midtrans_json_becomes_a_problem_and_is_not_repeated() {
        for (http_status, body, code) in [
            (200, "<html>hello</html>", ProblemCode::BadAnswer),
            (200, "", ProblemCode::BadAnswer),
            (200, "{\"transaction_stat", ProblemCode::BadAnswer),
            (200, "{}", ProblemCode::BadAnswer),
            (502, "<html>Bad gateway</html>", ProblemCode::MerchantUnreachable),
            (429, "", ProblemCode::MerchantUnreachable),
            (403, "<html>Cloudflare</html>", ProblemCode::MerchantRefused),
            (401, r#"{"status_code":"401"}"#, ProblemCode::MerchantRefused),
            (404, r#"{"type":"about:blank","title":"Not Found","status":404}"#, ProblemCode::MerchantRefused),
        ] {
            let error = read_answer(http_status, body).expect_err(body);
            assert_eq!(error.problem.code, code, "{http_status} {body}");
            assert!(!error.problem.message.contains('<'), "{}", error.problem.message);
        }
    }

    fn message_of(http_status: u16, body: &str) -> String {
        read_answer(http_status, body).expect_err("an error").problem.message.clone()
    }

    #[test]
    fn an_answer_that_cannot_be_read_says_what_was_found() {
        for (http_status, body, parts) in [
            (200, r#"{"transaction_status":"pending","gross_amount":"44.000"}"#, &["gross_amount", "44.000"][..]),
            (200, r#"{"transaction_status":"pending","order_id":"pesanan 1"}"#, &["order_id", "pesanan 1"]),
            (200, r#"{"transaction_status":["pending"]}"#, &["from here on: \"transaction_status\":[\"pending\"]"]),
            (200, r#"{"order_id":"a","order_id":"b"}"#, &["from here on: \"order_id"]),
            (200, r#"[{"transaction_status":"pending"}]"#, &["from here on: \"[{\"transaction_status\""]),
            (200, r#"{"data":{"transaction_status":"pending"}}"#, &["transaction_status", "inside of", "data"]),
            (200, r#"{"success":true}"#, &["no transaction_status"]),
            (
                200,
                "<br />\n<b>Warning</b>:  Undefined variable {\"a\":1}",
                &["from here on: \"br />b>Warning/b>:  Undefined variable {\"a\""],
            ),
            (200, "<!doctype html><title>Page Expired</title>", &["title>Page Expired/title>"]),
            (200, "", &["from here on: \"\""]),
            (200, "{\"transaction_stat", &["from here on: \"{\"transaction_stat"]),
            (401, r#"{"status_code":"401","status_message":"Unknown token."}"#, &["401: Unknown token."]),
            (403, r#"{"title":"Forbidden","detail":"Not your order."}"#, &["403: Not your order."]),
            (419, r#"{"message":"CSRF token mismatch."}"#, &["419: CSRF token mismatch."]),
            (422, r#"{"message":"Keranjang kosong.","errors":{"cart":["kosong"]}}"#, &["Keranjang kosong."]),
            (400, r#"{"message":"Toko tutup."}"#, &["Toko tutup."]),
        ] {
            let message = message_of(http_status, body);
            for part in parts {
                assert!(message.contains(part), "{part} in {message}");
            }
        }
        let message = message_of(200, "token=v1.abcdefghijklmnopqrstuvwxyz0123456789 and more");
        assert!(!message.contains("abcdefghijklmn"), "{message}");
    }

    #[test]
    fn a_session_that_is_over_is_no_bad_answer() {
        for body in ["<title>Page Expired</title>", r#"{"message":"CSRF token mismatch."}"#] {
            assert_eq!(code_of(419, body), ProblemCode::MerchantRefused);
        }
    }

    #[test]
    fn validation_messages_reach_the_shop() {
        let body = r#"{"status_code":"400","status_message":"One or more","validation_messages":["gross_amount is required"]}"#;
        let error = read_answer(400, body).expect_err("rejected");
        assert_eq!(error.problem.validation_messages, ["gross_amount is required"]);
        assert_eq!(error.problem.midtrans_status_code, Some(StatusCode(400)));
    }

    #[test]
    fn a_server_key_in_an_answer_is_loud_and_is_not_repeated() {
        let body = r#"{"transaction_status":"settlement","note":"SB-Mid-server-abc"}"#;
        let error = read_answer(200, body).expect_err("refused");
        assert_eq!(error.problem.code, ProblemCode::ServerKey);
        assert!(!error.problem.message.contains("abc"));
    }
}
