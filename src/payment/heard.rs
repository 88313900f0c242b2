//! What came back over HTTP, read: an [`Answer`] about a transaction, or a [`Trouble`].
//!
//! The body's `status_code` decides, not the HTTP status: Midtrans answers most errors with HTTP 200. The HTTP status
//! decides only where there is no such body, and where the merchant's own door is shut (401, 403, 404).

use super::clock::UnixMillis;
use super::problem::{Problem, ProblemCode};
use gopay_contract::{Answer, StatusCode, holds};

/// An answer about a transaction, and what the server's clock showed when it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The answer.
    pub answer: Box<Answer>,
    /// The `Date` of the answer; the payer's own clock only where the server does not tell (or a cross-origin merchant
    /// does not expose it). A pushed status tells no time.
    pub server_now: Option<UnixMillis>,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What it means.
    pub problem: Problem,
    /// What the server asked us to wait, in milliseconds.
    pub retry_after_ms: Option<i64>,
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self { problem, retry_after_ms: None }
    }
}

/// Texts that only a server key begins with. One of them in an answer or an attribute means that the shop shows its
/// secret to every payer.
const SERVER_KEY_MARKS: [&str; 2] = ["Mid-server-", "VT-server-"];

/// Whether `text` holds something that looks like a Midtrans server key.
#[must_use]
pub fn looks_like_server_key(text: &str) -> bool {
    SERVER_KEY_MARKS.iter().any(|mark| holds(text, mark))
}

impl Trouble {
    /// No answer came at all: the network failed, the time limit passed, something between us cut the line.
    #[must_use]
    pub fn no_answer(message: impl Into<String>) -> Self {
        Problem::new(ProblemCode::MerchantUnreachable, message).into()
    }

    fn refused(http_status: u16) -> Self {
        let message =
            ["the merchant answered HTTP ", &http_status.to_string(), "; expected an answer about the order"].concat();
        Problem::new(ProblemCode::MerchantRefused, message).with_http_status(http_status).into()
    }

    fn bad_answer(http_status: u16, why: &str) -> Self {
        let message = ["the merchant's answer cannot be used: ", why, "; expected Midtrans' JSON"].concat();
        Problem::new(ProblemCode::BadAnswer, message).with_http_status(http_status).into()
    }
}

/// Reads the answer to any of our requests.
///
/// # Errors
/// [`Trouble`], by contract §2.5. Nothing of the body is ever repeated raw: it may be a page of HTML, or hold a secret.
pub fn read_answer(http_status: u16, body: &str) -> Result<Box<Answer>, Trouble> {
    if looks_like_server_key(body) {
        let message = "the merchant's answer holds something that looks like a Midtrans server key; it must never reach a browser. Revoke it in the Midtrans dashboard";
        return Err(Problem::new(ProblemCode::ServerKey, message).with_http_status(http_status).into());
    }
    if matches!(http_status, 401 | 403 | 404) {
        return Err(Trouble::refused(http_status));
    }
    let unreachable = || Trouble {
        problem: Problem::new(
            ProblemCode::MerchantUnreachable,
            ["the merchant answered HTTP ", &http_status.to_string()].concat(),
        )
        .with_http_status(http_status),
        retry_after_ms: None,
    };
    let mut json = serde_json::Deserializer::from_str(body);
    let answer = match Answer::read_quietly(&mut json).filter(|_| json.end().is_ok()) {
        Some(answer) => Box::new(answer),
        None if http_status >= 500 || http_status == 429 => return Err(unreachable()),
        None => return Err(Trouble::bad_answer(http_status, "it is not Midtrans' JSON")),
    };
    // A status tells more than the code beside it: 407 and 202 come with `expire` and `deny`.
    if answer.transaction_status.is_some() {
        return Ok(answer);
    }
    let code = answer.status_code.unwrap_or(StatusCode(http_status));
    match code.0 {
        429 | 500..=599 => {
            let mut trouble = unreachable();
            trouble.problem.midtrans_status_code = answer.status_code;
            Err(trouble)
        }
        // 202 without a status: an earlier request with the same Idempotency-Key is still running. Ask again.
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
        _ => Err(Trouble::bad_answer(http_status, "it has no transaction_status")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(http_status: u16, body: &str) -> ProblemCode {
        read_answer(http_status, body).expect_err("a trouble").problem.code
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
    fn whatever_is_not_midtrans_json_becomes_a_problem_and_is_never_repeated() {
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
            let trouble = read_answer(http_status, body).expect_err(body);
            assert_eq!(trouble.problem.code, code, "{http_status} {body}");
            assert!(!trouble.problem.message.contains('<'), "{}", trouble.problem.message);
        }
    }

    #[test]
    fn validation_messages_reach_the_shop() {
        let body = r#"{"status_code":"400","status_message":"One or more","validation_messages":["gross_amount is required"]}"#;
        let trouble = read_answer(400, body).expect_err("rejected");
        assert_eq!(trouble.problem.validation_messages, ["gross_amount is required"]);
        assert_eq!(trouble.problem.midtrans_status_code, Some(StatusCode(400)));
    }

    #[test]
    fn a_server_key_in_an_answer_is_loud_and_is_not_repeated() {
        let body = r#"{"transaction_status":"settlement","note":"SB-Mid-server-abc"}"#;
        let trouble = read_answer(200, body).expect_err("refused");
        assert_eq!(trouble.problem.code, ProblemCode::ServerKey);
        assert!(!trouble.problem.message.contains("abc"));
    }
}
