//! `healthcheck`, as an image without any other program runs it.

use crate::command::{Said, run};
use crate::stage::Stage;
use tokio::net::TcpListener;

/// Asks a merchant that listens there. No other setting is there, no secret either.
async fn check(variable: &str, address: &str, arguments: &[&str]) -> Said {
    run([(variable, address)].into_iter(), &[&["healthcheck"], arguments].concat()).await
}

#[tokio::test]
async fn a_merchant_that_answers_is_healthy_and_one_that_does_not_is_not() {
    let mut stage = Stage::set().await;
    let port = stage.merchant.url.rsplit(':').next().expect("a port").to_owned();
    for host in ["127.0.0.1", "0.0.0.0", "localhost"] {
        for arguments in [&[][..], &["--ready"]] {
            let said = check("MERCHANT_BIND", &format!("{host}:{port}"), arguments).await;
            assert_eq!((said.done(), said.log.as_str()), ("", ""), "{host}");
        }
    }
    // The operators' listener is asked where there is one.
    check("MERCHANT_ADMIN_BIND", &format!("127.0.0.1:{port}"), &["--ready"]).await.done();

    stage.database("ALTER TABLE orders RENAME TO away").await;
    check("MERCHANT_BIND", &format!("127.0.0.1:{port}"), &[]).await.done();
    let said = check("MERCHANT_BIND", &format!("127.0.0.1:{port}"), &["--ready"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.log.contains("/readyz") && said.log.contains("503 database"), "{said:?}");
    stage.database("ALTER TABLE away RENAME TO orders").await;

    stage.merchant.stop().await;
    for arguments in [&[][..], &["--ready"]] {
        let said = check("MERCHANT_BIND", &format!("127.0.0.1:{port}"), arguments).await;
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.log.contains("MERCHANT_BIND") && said.log.contains("nobody listens there"), "{said:?}");
    }
}

#[tokio::test]
async fn a_listener_that_accepts_and_says_nothing_is_not_healthy() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let said = check("MERCHANT_BIND", &silent.local_addr().expect("an address").to_string(), &[]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.log.contains("no answer in 4s"), "{said:?}");
}

#[tokio::test]
async fn a_port_that_cannot_be_known_is_said() {
    let said = check("MERCHANT_BIND", "127.0.0.1:0", &[]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.log.contains("which port it has cannot be known"), "{said:?}");
}
