//! Requests of Midtrans' libraries for PHP, Go, Java and Ruby, byte for byte as those write them (`tests/sdk/replayed/`),
//! over a plain socket; and what Node's and Python's do that only bytes show. The answers must satisfy each library's
//! rule for what is an error.

#![expect(clippy::unwrap_used, reason = "tests")]

use midtrans_sandbox::{Application, Settings};
use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
};

/// A library's rule that tells an error from an answer.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// PHP and Go: a body's code from 401 on that is not 407, then the HTTP status from 400 on.
    From401,
    /// Java, Node and Python: a body's code from 400 on that is not 407, or the HTTP status from 400 on.
    From400,
    /// Ruby: a body's code from 400 on that is not 407.
    BodyOnly,
}

/// The library's result for the shop.
#[derive(Debug, PartialEq, Eq)]
enum Gets {
    /// An answer with this code.
    Answer(u16),
    /// An error with this code.
    Error(u16),
}

use Gets::{Answer, Error};

impl Rule {
    /// Go and Java look at a body's code only if it is a text: so must it be.
    fn read(self, http_status: u16, body: &Value) -> Gets {
        let code: u16 = body["status_code"].as_str().expect("a status_code that is a text").parse().unwrap();
        let from = match self {
            Self::From401 => 401,
            Self::From400 | Self::BodyOnly => 400,
        };
        let by_http = http_status >= 400 && !matches!(self, Self::BodyOnly);
        if code >= from && code != 407 {
            Error(code)
        } else if by_http {
            Error(http_status)
        } else {
            Answer(code)
        }
    }
}

struct Sandbox {
    url: String,
    port: u16,
    _stop: oneshot::Sender<()>,
}

impl Sandbox {
    async fn start() -> Self {
        let application = Application::build(Settings::default()).await.unwrap();
        let (url, port) = (application.url(), application.port());
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(application.run_until_stopped(async {
            let _ = stopped.await;
        }));
        Self { url, port, _stop: stop }
    }

    /// An order called `paid`, paid.
    async fn with_a_paid_order() -> Self {
        let sandbox = Self::start().await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let charge = serde_json::json!({"payment_type": "gopay",
            "transaction_details": {"order_id": "paid", "gross_amount": 44_000}});
        let request = client.post(format!("{}/v2/charge", sandbox.url)).json(&charge);
        request.basic_auth(midtrans_sandbox::DEFAULT_SERVER_KEY, Some("")).send().await.unwrap();
        let paid = client.post(format!("{}/sandbox/transactions/paid/pay", sandbox.url)).send().await.unwrap();
        assert_eq!(paid.status(), 200);
        sandbox
    }

    /// Sends the file's bytes, and reads one answer.
    async fn replay(&self, name: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(&std::fs::read(folder().join(format!("{name}.http"))).unwrap()).await.unwrap();
        let mut read = Vec::new();
        loop {
            if let Some((http_status, body)) = whole(&read) {
                return (http_status, serde_json::from_slice(&body).expect("JSON"));
            }
            let more = stream.read_buf(&mut read).await.unwrap();
            assert!(more > 0, "{name}: the answer breaks off: {}", String::from_utf8_lossy(&read));
        }
    }

    async fn replays(&self, rule: Rule, expected: &[(&str, Gets)]) {
        for (name, gets) in expected {
            let (http_status, body) = self.replay(name).await;
            assert_eq!(rule.read(http_status, &body), *gets, "{name}: HTTP {http_status}, {body}");
        }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/replayed")
}

/// Head and body of a message, if all of it is there; plain bytes, whatever `Accept-Encoding` offered.
fn parts(message: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(message[..end].to_vec()).unwrap().to_ascii_lowercase();
    assert!(!head.contains("content-encoding") && !head.contains("transfer-encoding"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    (message.len() - end >= length).then(|| (head, message[end..].to_vec()))
}

fn whole(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let (head, body) = parts(answer)?;
    Some((head.split(' ').nth(1).unwrap().parse().unwrap(), body))
}

const PHP: [(&str, Gets); 13] = [
    ("php-charge", Answer(201)),
    ("php-charge-invalid", Error(400)),
    ("php-status", Answer(201)),
    ("php-status-unknown", Error(404)),
    ("php-approve", Error(412)),
    ("php-deny", Error(412)),
    ("php-capture", Error(412)),
    ("php-cancel", Answer(200)),
    ("php-cancel-again", Error(412)),
    ("php-charge-items", Answer(201)),
    ("php-expire", Answer(407)),
    ("php-refund", Answer(200)),
    ("php-refund-direct", Answer(200)),
];

const GO: [(&str, Gets); 16] = [
    ("go-charge", Answer(201)),
    ("go-charge-other-channel", Error(402)),
    ("go-charge-nil", Error(500)),
    ("go-status", Answer(201)),
    ("go-status-b2b", Answer(200)),
    ("go-approve", Error(412)),
    ("go-deny", Error(412)),
    ("go-capture", Error(412)),
    ("go-expire", Answer(407)),
    ("go-status-expired", Answer(407)),
    ("go-cancel-ended", Error(412)),
    ("go-charge-map", Answer(201)),
    ("go-cancel", Answer(200)),
    ("go-refund-without-key", Error(404)),
    ("go-refund", Answer(200)),
    ("go-refund-direct", Answer(200)),
];

const JAVA: [(&str, Gets); 5] = [
    ("java-charge", Answer(201)),
    ("java-charge-empty", Error(500)),
    ("java-status", Answer(201)),
    ("java-cancel", Answer(200)),
    ("java-cancel-again", Error(412)),
];

/// Requests of the library before `midtrans-go`, `veritrans/go-midtrans`, which shops still run.
const OLD_GO: [(&str, Gets); 1] = [("old-go-charge", Answer(201))];

/// The second charge shows that an empty `Idempotency-Key` is none: it is not answered as the first was.
const RUBY: [(&str, Gets); 5] = [
    ("ruby-charge", Answer(201)),
    ("ruby-charge-second", Answer(201)),
    ("ruby-status", Answer(201)),
    ("ruby-cancel", Answer(200)),
    ("ruby-expire", Answer(407)),
];

const NODE: [(&str, Gets); 3] =
    [("node-charge", Answer(201)), ("node-status", Answer(201)), ("node-cancel", Answer(200))];

#[tokio::test]
async fn php_sends_an_empty_body_and_takes_errors_from_401_on() {
    Sandbox::with_a_paid_order().await.replays(Rule::From401, &PHP).await;
}

#[tokio::test]
async fn go_sends_no_body_and_wants_the_code_as_a_text() {
    Sandbox::with_a_paid_order().await.replays(Rule::From401, &GO).await;
}

#[tokio::test]
async fn old_go_always_sends_its_empty_texts_and_they_count_as_absent() {
    Sandbox::start().await.replays(Rule::From401, &OLD_GO).await;
}

#[tokio::test]
async fn java_sends_an_empty_object_and_wants_the_code_as_a_text() {
    Sandbox::start().await.replays(Rule::From400, &JAVA).await;
}

#[tokio::test]
async fn ruby_always_sends_its_three_headers_and_empty_ones_count_as_absent() {
    let sandbox = Sandbox::start().await;
    sandbox.replays(Rule::BodyOnly, &RUBY).await;
    assert_eq!(sandbox.replay("ruby-charge-second").await.1["order_id"], "ruby-2", "expired, and charged again");
}

#[tokio::test]
async fn node_sends_a_body_with_get_and_null_with_cancel() {
    Sandbox::start().await.replays(Rule::From400, &NODE).await;
}

#[tokio::test]
async fn an_idempotency_key_of_any_library_holds() {
    let sandbox = Sandbox::start().await;
    for name in ["php-charge", "go-charge"] {
        let first = sandbox.replay(name).await;
        assert_eq!(sandbox.replay(name).await, first, "{name}");
    }
}

#[test]
fn every_file_is_replayed_and_its_length_is_true() {
    let lists: [&[(&str, Gets)]; 6] = [&PHP, &GO, &OLD_GO, &JAVA, &RUBY, &NODE];
    let names: BTreeSet<_> = lists.iter().flat_map(|list| list.iter()).map(|(name, _)| (*name).to_owned()).collect();
    let mut files = BTreeSet::new();
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "http") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let message = std::fs::read(&path).unwrap();
        let (head, body) = parts(&message).unwrap_or_else(|| panic!("{name}: shorter than its Content-Length"));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        assert_eq!(length, body.len().to_string(), "{name}");
        assert!(head.contains("\r\n") && head.contains("host: api.sandbox.midtrans.com"), "{name}");
        files.insert(name);
    }
    assert_eq!(files, names);
}

/// `POST /v2/php-1/cancel` is a `POST /v2/{id}/cancel`.
fn is_of(request_line: &str, shape: &str) -> bool {
    let plain = request_line.trim_end_matches(" HTTP/1.1");
    let (mut parts, mut wanted) = (plain.split('/'), shape.split('/'));
    loop {
        match (parts.next(), wanted.next()) {
            (None, None) => return true,
            (Some(part), Some(shape)) if part == shape || shape == "{id}" && !part.is_empty() => {}
            (Some(_) | None, Some(_) | None) => return false,
        }
    }
}

#[test]
fn every_call_that_phps_and_gos_libraries_offer_for_gopay_is_replayed() {
    let note = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    for (library, calls, replayed) in [("PHP", 9, &PHP[..]), ("Go", 11, &GO[..])] {
        let rows = note.lines().filter_map(|line| line.strip_prefix(&format!("| {library} | `")));
        let rows: Vec<Vec<_>> = rows.map(|row| row.split(" | ").map(str::to_owned).collect()).collect();
        assert_eq!(rows.len(), calls, "{library}: calls in the note");
        let mut named = Vec::new();
        for row in rows {
            let [call, request, files] = row.as_slice() else { panic!("four cells are wanted: {row:?}") };
            let (call, shape, files) = (call.trim_end_matches('`'), &words(request)[0], words(files));
            assert!(!files.is_empty(), "{library}: nothing replays {call}");
            for file in &files {
                let message = std::fs::read_to_string(folder().join(format!("{file}.http"))).unwrap();
                let request_line = message.lines().next().unwrap();
                assert!(is_of(request_line, shape), "{file} is {request_line}, and {call} {shape}");
            }
            named.extend(files);
        }
        let mut sent: Vec<_> = replayed.iter().map(|(name, _)| (*name).to_owned()).collect();
        named.sort();
        sent.sort();
        assert_eq!(named, sent, "{library}: the note's files, and those that are sent");
    }
}
