//! Stands before the reference merchant, passes everything on, and spoils one thing.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The one thing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spoil {
    /// The charge's answer loses its actions.
    NoActions,
    /// `retry_of` never arrives.
    NoRetryOf,
    /// A status never has this field.
    StatusWithout(&'static str),
    /// A status always has this `transaction_status`.
    StatusIsAlways(&'static str),
    /// A denied charge looks like one that can be paid.
    DenyIsPending,
    /// Answers are from long ago.
    OldDate,
    /// A notification is stored, and Midtrans is told that it was not.
    NotificationRefused,
    /// The body says 200 to a cancel that came too late.
    No412,
    /// No comments on a stream.
    SilentStream,
    /// A stream that stays open after its end.
    EndlessStream,
    /// Events without an id.
    NamelessEvents,
    /// The first charge is told to come again.
    BusyAtFirst,
    /// A query in the charge's URL is not left alone.
    QueryIsHeard,
    /// A status is never answered.
    StatusHangs,
}

#[derive(Clone)]
struct Spoiler {
    merchant: Arc<str>,
    http: reqwest::Client,
    spoil: Spoil,
    charges: Arc<AtomicUsize>,
}

pub(crate) fn router(merchant: &str, spoil: Spoil) -> Router {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Router::new().fallback(pass_on).with_state(Spoiler {
        merchant: merchant.into(),
        http,
        spoil,
        charges: Arc::default(),
    })
}

/// What a request is about, from its method and path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Charge,
    Status,
    Events,
    Cancel,
    Notification,
    Other,
}

fn about(method: &Method, path: &str) -> About {
    match path.rsplit('/').next() {
        Some("charge") => About::Charge,
        Some("events") => About::Events,
        Some("cancel") => About::Cancel,
        Some("notifications") => About::Notification,
        Some(_) if *method == Method::GET && path.contains("/orders/") => About::Status,
        Some(_) | None => About::Other,
    }
}

async fn pass_on(State(spoiler): State<Spoiler>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let about = about(&head.method, head.uri.path());
    match (spoiler.spoil, about) {
        (Spoil::BusyAtFirst, About::Charge) if spoiler.charges.fetch_add(1, Ordering::Relaxed) == 0 => {
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response();
        }
        (Spoil::QueryIsHeard, About::Charge) if head.uri.query().is_some() => {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        (Spoil::StatusHangs, About::Status) => return std::future::pending().await,
        _ => {}
    }
    let mut body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    if let (Spoil::NoRetryOf, About::Charge) = (spoiler.spoil, about) {
        body = changed(&body, |json| drop(json.as_object_mut().map(|json| json.remove("retry_of"))));
    }
    let mut headers = head.headers;
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    let request = spoiler.http.request(head.method, format!("{}{}", spoiler.merchant, head.uri)).headers(headers);
    match request.body(body).send().await {
        Ok(answer) => spoiler.spoiled(about, answer).await,
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

impl Spoiler {
    async fn spoiled(&self, about: About, answer: reqwest::Response) -> Response {
        let (mut status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        let body = match about {
            About::Events if status == StatusCode::OK => self.stream(answer),
            About::Charge | About::Status | About::Events | About::Cancel | About::Notification | About::Other => {
                let body = answer.bytes().await.unwrap_or_default();
                Body::from(changed(&body, |json| self.change(about, json)))
            }
        };
        match (self.spoil, about) {
            (Spoil::OldDate, _) => {
                headers.insert(header::DATE, HeaderValue::from_static("Sat, 31 Jan 2026 03:00:00 GMT"));
            }
            (Spoil::NotificationRefused, About::Notification) => status = StatusCode::SERVICE_UNAVAILABLE,
            _ => {}
        }
        (status, headers, body).into_response()
    }

    fn change(&self, about: About, json: &mut Value) {
        let Some(fields) = json.as_object_mut() else { return };
        let is_a_status = about == About::Status && fields.contains_key("transaction_status");
        match (self.spoil, about) {
            (Spoil::NoActions, About::Charge) => drop(fields.remove("actions")),
            (Spoil::StatusWithout(name), About::Status) => drop(fields.remove(name)),
            (Spoil::StatusIsAlways(word), _) if is_a_status => {
                fields.insert("transaction_status".to_owned(), json!(word));
            }
            (Spoil::DenyIsPending, About::Charge) if fields.get("transaction_status") == Some(&json!("deny")) => {
                fields.insert("transaction_status".to_owned(), json!("pending"));
            }
            (Spoil::No412, About::Cancel) => {
                fields.insert("status_code".to_owned(), json!("200"));
            }
            _ => {}
        }
    }

    fn stream(&self, answer: reqwest::Response) -> Body {
        let spoil = self.spoil;
        let pieces =
            answer.bytes_stream().filter_map(move |piece| std::future::ready(spoiled_piece(spoil, piece.ok())));
        if matches!(spoil, Spoil::EndlessStream) {
            Body::from_stream(pieces.chain(futures_util::stream::pending()))
        } else {
            Body::from_stream(pieces)
        }
    }
}

fn spoiled_piece(spoil: Spoil, piece: Option<Bytes>) -> Option<Result<Bytes, Infallible>> {
    let piece = piece?;
    if matches!(spoil, Spoil::SilentStream) && piece.starts_with(b":") {
        return None;
    }
    if !matches!(spoil, Spoil::NamelessEvents) {
        return Some(Ok(piece));
    }
    let text = String::from_utf8_lossy(&piece);
    let lines: String = text.split_inclusive('\n').filter(|line| !line.starts_with("id:")).collect();
    Some(Ok(lines.into()))
}

/// JSON with something changed; whatever is no JSON stays as it is.
fn changed(body: &Bytes, change: impl FnOnce(&mut Value)) -> Bytes {
    match serde_json::from_slice(body) {
        Ok(mut json) => {
            change(&mut json);
            json.to_string().into()
        }
        Err(_) => body.clone(),
    }
}
