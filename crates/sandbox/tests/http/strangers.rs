//! Clients that the sandbox is not for, or that take their time: other hosts' names, and slow ones.

use crate::sandbox::{Answer, Sandbox};
use midtrans_sandbox::Settings;
use reqwest::{Method, header};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

async fn for_host(sandbox: &Sandbox, method: Method, path: &str, host: &str) -> Answer {
    let request = sandbox.request(method, path).header(header::HOST, host);
    Answer::of(request.json(&json!({"fault": "cut_connection"})).send().await.unwrap()).await
}

#[tokio::test]
async fn a_name_that_is_led_here_steers_nothing_and_reads_nothing() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    for host in ["evil.example", "evil.example:7081", "localhost.evil.example", "127.0.0.1.evil.example"] {
        for (method, path) in [
            (Method::GET, "/"),
            (Method::GET, "/sandbox/transactions"),
            (Method::GET, "/sandbox/changes"),
            (Method::POST, "/sandbox/transactions/o-1/pay"),
            (Method::POST, "/sandbox/faults"),
            (Method::POST, "/sandbox/notifications/test"),
            (Method::POST, "/dashboard/pay"),
            (Method::GET, "/v2/o-1/status"),
            (Method::GET, "/v2/deeplink/index"),
            (Method::GET, "/nothing"),
        ] {
            let refused = for_host(&sandbox, method.clone(), path, host).await;
            assert_eq!((refused.http_status, refused.text("status_code")), (421, "421"), "{method} {path} for {host}");
            assert!(refused.text("status_message").contains("--allowed-hosts"), "{}", refused.body);
        }
    }
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
    assert_eq!(sandbox.get("/sandbox/faults").await.body, json!([]));
}

#[tokio::test]
async fn its_own_names_and_addresses_are_let_in() {
    let public_url = Some("https://midtrans.toko.example/sandbox/".parse().unwrap());
    let allowed_hosts = vec!["sandbox".to_owned()];
    let sandbox = Sandbox::start_with(Settings { public_url, allowed_hosts, ..Settings::default() }).await;
    for host in ["localhost:7081", "[::1]:7081", "192.168.1.5", "midtrans.toko.example", "sandbox:7081"] {
        assert_eq!(for_host(&sandbox, Method::GET, "/sandbox/transactions", host).await.http_status, 200, "{host}");
    }
    assert_eq!(for_host(&sandbox, Method::GET, "/sandbox/transactions", "toko.example").await.http_status, 421);
}

/// A connection to a sandbox with a time limit that a test can wait for.
async fn slow_client(time_limit: Duration) -> (Sandbox, TcpStream) {
    let sandbox = Sandbox::start_with(Settings { time_limit, ..Settings::default() }).await;
    let stream = TcpStream::connect(sandbox.url.trim_start_matches("http://")).await.unwrap();
    (sandbox, stream)
}

/// Reads until the sandbox closes the connection.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let closed = timeout(Duration::from_secs(60), stream.read_to_end(&mut read)).await;
    closed.expect("the connection is closed").unwrap();
    String::from_utf8(read).unwrap()
}

const LIMIT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_connection_on_which_nothing_comes_is_closed() {
    let (_sandbox, mut stream) = slow_client(LIMIT).await;
    assert_eq!(until_closed(&mut stream).await, "");
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let (_sandbox, mut stream) = slow_client(LIMIT).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long").await.unwrap();
    let answer = until_closed(&mut stream).await;
    assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_is_idle_after_an_answer_is_closed() {
    let (_sandbox, mut stream) = slow_client(LIMIT).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let answer = until_closed(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_end_is_malformed_and_its_connection_closed() {
    for path in ["/v2/charge", "/sandbox/faults", "/dashboard/pay"] {
        let (_sandbox, mut stream) = slow_client(LIMIT).await;
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{\"payment_type\"");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.to_ascii_lowercase().contains("connection: close"), "{path}: {head}");
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["status_code"], "413", "{path}");
    }
}

#[tokio::test]
async fn a_late_answer_and_a_stream_are_not_cut_off_by_the_time_limit() {
    let (sandbox, mut stream) = slow_client(LIMIT).await;
    sandbox.charge("o-1").await;
    stream.write_all(b"GET /sandbox/changes HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let late = u64::try_from(LIMIT.as_millis()).unwrap() * 3;
    sandbox.fault(json!({"fault": "latency", "milliseconds": late, "on": ["status"]})).await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "201", "pending"));
    let mut events = vec![0; 64 * 1024];
    let so_far = stream.read(&mut events).await.unwrap();
    assert!(so_far > 0, "it is open");
    sandbox.charge("o-2").await;
    let more = timeout(Duration::from_secs(60), stream.read(&mut events)).await.expect("an event").unwrap();
    assert!(more > 0, "and still has events");
}
