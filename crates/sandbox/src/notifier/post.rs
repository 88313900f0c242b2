//! Sends one attempt over HTTP.

use super::{
    notification::{Answer, Delivery},
    retry_schedule::{self, Outcome},
};
use reqwest::{Client, Response, Url, header};
use std::time::Duration;

/// Headers of every notification, as recorded from Midtrans. The log shows the same.
pub(crate) const HEADERS: [(&str, &str); 3] =
    [("User-Agent", "Veritrans"), ("Content-Type", "application/json"), ("Accept", "application/json")];

/// Maximum length of the kept part of a merchant's answer, in bytes: enough for an error's text.
const EXCERPT: usize = 2048;

/// The HTTP client: it follows no redirection by itself, and uses no proxy between two programs of one machine.
pub(super) fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    let client = || Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none()).no_proxy();
    client().build().or_else(|error| {
        // A bare container has no certificates, and a shop on the same machine needs none.
        tracing::warn!(%error, "notifications can go to http only");
        client().tls_certs_only([]).build()
    })
}

/// Sends the notification, and follows redirections as far as Midtrans does.
pub(super) async fn post(client: &Client, delivery: &Delivery) -> (Outcome, Option<Answer>) {
    let mut url = match Url::parse(&delivery.url) {
        Ok(url) => url,
        Err(error) => return (Outcome::Unreachable(format!("not a URL: {error}")), None),
    };
    for _ in 0..=retry_schedule::MOST_REDIRECTIONS {
        let mut request = client.post(url.clone()).body(delivery.notification.body.clone());
        for (name, value) in HEADERS {
            request = request.header(name, value);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return (Outcome::Unreachable(why(error)), None),
        };
        let code = answer.status().as_u16();
        let location = answer.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
        match (code, location.and_then(|location| url.join(location).ok())) {
            (307 | 308, Some(next)) => url = next,
            _ => return (Outcome::Answered(code), Some(read(answer).await)),
        }
    }
    (Outcome::Unreachable(format!("more than {} redirections", retry_schedule::MOST_REDIRECTIONS)), None)
}

/// The error with its causes, without the URL: it may have a secret of the shop's in its query.
fn why(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(behind) = cause {
        text = format!("{text}: {behind}");
        cause = behind.source();
    }
    text
}

/// Reads the beginning of the answer. An answer that breaks off changes nothing: the code has been read.
async fn read(mut answer: Response) -> Answer {
    let content_type =
        answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let code = answer.status().as_u16();
    let mut body = Vec::new();
    while body.len() <= EXCERPT {
        match answer.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    let has_more = body.len() > EXCERPT;
    body.truncate(EXCERPT);
    Answer { code, content_type, body: String::from_utf8_lossy(&body).into_owned(), has_more }
}
