//! Somebody sends heads that are slow, endless, or mean one thing to a proxy and another to us.

use crate::target::{Target, rest_of};
use tokio::io::AsyncWriteExt as _;

/// An idle connection is closed after a second, so that a test can read to the end of it.
const IMPATIENT: (&str, &str) = ("MERCHANT_HEADER_TIME_LIMIT_SECONDS", "1");

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let target = Target::waits_with(&[IMPATIENT]).await;
    for beginning in
        ["", "G", "GET /healthz HTTP/1.1\r\nHost: shop\r\nX-Slow: 1", "POST /api/gopay/charge HTTP/1.1\r\n"]
    {
        let mut connections = Vec::new();
        for _ in 0..20 {
            let mut connection = target.connection().await;
            connection.write_all(beginning.as_bytes()).await.expect("the beginning");
            connections.push(connection);
        }
        for connection in connections {
            let statuses = rest_of(connection).await.statuses();
            assert!(statuses.is_empty() || statuses == [408], "{beginning:?}: {statuses:?}");
        }
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let target = Target::waits_with(&[IMPATIENT]).await;
    let many: String = (0..200).map(|number| format!("X-{number}: 1\r\n")).collect();
    let doubled = "X-Forwarded-For: 203.0.113.1\r\n".repeat(200);
    let long = format!("X-Long: {}\r\n", "x".repeat(40_000));
    let long_name = format!("{}: 1\r\n", "x".repeat(40_000));
    let endless = format!("X-Endless: {}\r\n", "x".repeat(2 * 1024 * 1024));
    for flood in [many, doubled, long, long_name, endless] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: shop\r\n{flood}\r\n");
        let answer = target.receives(request.as_bytes()).await;
        // Whoever goes on sending may lose the answer to a reset, but gets no other one.
        assert!(matches!(answer.statuses()[..], [431] | []), "{}…: {answer:?}", &flood[..20]);
    }
    let address = format!("GET /healthz?{} HTTP/1.1\r\nHost: shop\r\n\r\n", "x".repeat(70_000));
    assert!(matches!(target.receives(address.as_bytes()).await.statuses()[..], [414 | 431] | []));
    let usual: String = (0..40).map(|number| format!("X-{number}: {}\r\n", "x".repeat(100))).collect();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: shop\r\n{usual}Connection: close\r\n\r\n");
    assert_eq!(target.receives(request.as_bytes()).await.statuses(), [200], "what proxies add is no flood");
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_request_hidden_in_another_ones_body_is_never_answered() {
    let target = Target::waits_with(&[IMPATIENT]).await;
    // What a proxy that believes the one length would have taken for a body: the target's own order, cancelled.
    let hidden = format!(
        "POST {} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\n\r\n",
        target.path("/cancel"),
        target.order.token
    );
    let length = hidden.len() + 5;
    for lengths in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
        "Transfer-Encoding: chunked\r\n".to_owned(),
        "Transfer-Encoding: gzip, chunked\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n".to_owned(),
    ] {
        let request = format!("POST /api/gopay/notifications HTTP/1.1\r\nHost: shop\r\n{lengths}\r\n0\r\n\r\n{hidden}");
        let answer = target.receives(request.as_bytes()).await;
        assert!(matches!(answer.statuses()[..], [400 | 501]), "{lengths:?}: {answer:?}");
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn a_head_that_can_be_read_in_two_ways_is_refused() {
    let target = Target::waits_with(&[IMPATIENT]).await;
    for (headers, body) in [
        ("Content-Length: 2\r\nContent-Length: 30\r\n", "{}"),
        ("Content-Length: 2, 30\r\n", "{}"),
        ("Content-Length: +2\r\n", "{}"),
        ("Content-Length: -1\r\n", "{}"),
        ("Content-Length: 0x2\r\n", "{}"),
        ("Content-Length: 99999999999999999999999\r\n", "{}"),
        ("Content-Length : 2\r\n", "{}"),
        ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: identity\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
        ("X-Nul: \0\r\nContent-Length: 2\r\n", "{}"),
        ("X-Bare\rReturn: 1\r\nContent-Length: 2\r\n", "{}"),
        ("X Space: 1\r\nContent-Length: 2\r\n", "{}"),
    ] {
        let request = format!("POST /api/gopay/notifications HTTP/1.1\r\nHost: shop\r\n{headers}\r\n{body}");
        let statuses = target.receives(request.as_bytes()).await.statuses();
        assert!(matches!(statuses[..], [400 | 413 | 501] | []), "{headers:?}: {statuses:?}");
    }
    for line in [
        "GET /healthz\r\n",
        "GET /healthz HTTP/9.9\r\n",
        "GET  /healthz HTTP/1.1\r\n",
        "GET /healthz HTTP/1.1 \r\n",
        "GE\0T /healthz HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\r\n",
    ] {
        let answer = target.receives(format!("{line}Host: shop\r\n\r\n").as_bytes()).await;
        assert!(matches!(answer.statuses()[..], [400 | 505] | []), "{line:?}: {answer:?}");
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn nobody_is_a_proxy_here() {
    let target = Target::waits_with(&[IMPATIENT]).await;
    let sandbox = target.stage.sandbox.url.clone();
    for line in [
        format!("GET {sandbox}/sandbox/transactions HTTP/1.1\r\n"),
        format!("CONNECT {} HTTP/1.1\r\n", sandbox.trim_start_matches("http://")),
        "OPTIONS * HTTP/1.1\r\n".to_owned(),
        "GET file:///etc/passwd HTTP/1.1\r\n".to_owned(),
    ] {
        let answer = target.receives(format!("{line}Host: shop\r\nConnection: close\r\n\r\n").as_bytes()).await;
        assert!(matches!(answer.statuses()[..], [400 | 404 | 405] | []), "{line:?}: {answer:?}");
        assert!(!format!("{answer:?}").contains("transaction_id"), "{line:?}");
    }
    target.is_unharmed().await;
}
