//! A PostgreSQL that is spoken to by TLS, and what is refused instead of being spoken to in the clear.

use gopay_merchant::orders::PostgresOrders;
use sqlx::{Connection as _, PgConnection};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use throwaway_postgres::{Authority, Database, Server};

/// A server that shows a certificate for `localhost`, and whoever signed it.
fn with_tls() -> (Authority, Server) {
    let authority = Authority::begin();
    let server = Server::start_on_a_port(Some(&authority.certifies("localhost")));
    (authority, server)
}

fn believing(database: &Database, host: &str, mode: &str, authority: &Path) -> String {
    format!("{}?sslmode={mode}&sslrootcert={}", database.url_at(host), authority.display())
}

/// Runs `--check` with this URL: its output and exit code.
fn check(url: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gopay-merchant"));
    command.arg("--check").env_clear().stdin(Stdio::null()).envs([
        ("MIDTRANS_SERVER_KEY", "SB-Mid-server-offline-sandbox"),
        ("ORDER_TOKEN_SECRET", "a secret of the shop, longer than thirty-two bytes"),
        ("MERCHANT_BIND", "127.0.0.1:0"),
        ("MERCHANT_DATABASE_URL", url),
    ]);
    let Output { status, stderr, .. } = command.output().expect("it runs");
    (status.code(), String::from_utf8(stderr).expect("text"))
}

#[track_caller]
fn is_refused(url: &str, words: &[&str]) {
    let (code, said) = check(url);
    assert_eq!(code, Some(1), "{url}: {said}");
    assert!(said.contains("MERCHANT_DATABASE_URL is \"postgres://"), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} in {said}");
}

#[tokio::test]
async fn by_verify_full_and_the_right_authority_every_connection_is_encrypted() {
    let (authority, server) = with_tls();
    let database = server.database();
    let url = believing(&database, "localhost", "verify-full", &authority.file());
    let (code, said) = check(&url);
    assert_eq!(code, Some(0), "{said}");
    let orders = PostgresOrders::open(&url, 2).await.expect("it opens");
    let mut operator = PgConnection::connect(&database.url()).await.expect("reached");
    // The one that listens to other processes comes by itself, a little later.
    let of_ours = "SELECT application_name, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                   WHERE application_name LIKE 'gopay-merchant%' ORDER BY application_name";
    let found = async {
        loop {
            let found: Vec<(String, bool)> = sqlx::query_as(of_ours).fetch_all(&mut operator).await.expect("told");
            if found.iter().any(|(name, _)| name.ends_with("listening")) {
                break found;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(30), found).await.expect("it listens");
    assert!(found.len() > 1 && found.iter().all(|(_, is_encrypted)| *is_encrypted), "{found:?}");
    drop(orders);
}

#[test]
fn a_certificate_of_an_authority_that_nobody_named_is_not_believed() {
    let (_, server) = with_tls();
    let database = server.database();
    let stranger = Authority::begin();
    let sentence = "cannot connect: its certificate is not believed (sslrootcert=FILE says whose are)";
    for mode in ["verify-full", "verify-ca"] {
        is_refused(&believing(&database, "localhost", mode, &stranger.file()), &[sentence]);
        is_refused(&format!("{}?sslmode={mode}", database.url_at("localhost")), &[sentence]);
    }
}

#[test]
fn a_certificate_for_another_name_is_enough_for_verify_ca_alone() {
    let authority = Authority::begin();
    let server = Server::start_on_a_port(Some(&authority.certifies("db.example")));
    let database = server.database();
    let sentence = "cannot connect: its certificate is for another name than the URL's host";
    is_refused(&believing(&database, "localhost", "verify-full", &authority.file()), &[sentence]);
    let (code, said) = check(&believing(&database, "localhost", "verify-ca", &authority.file()));
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_server_without_tls_is_refused_by_whoever_asks_for_it() {
    let server = Server::start_on_a_port(None);
    let (database, authority) = (server.database(), Authority::begin());
    is_refused(&format!("{}?sslmode=require", database.url_at("127.0.0.1")), &["cannot connect", "not support TLS"]);
    is_refused(&believing(&database, "localhost", "verify-full", &authority.file()), &["not support TLS"]);
    let (code, said) = check(&database.url_at("127.0.0.1"));
    assert_eq!(code, Some(0), "on this machine nobody listens in: {said}");
}

#[test]
fn require_is_encrypted_and_asks_for_no_certificate_of_anybodys() {
    let (_, server) = with_tls();
    let database = server.database();
    let (code, said) = check(&format!("{}?sslmode=require", database.url_at("localhost")));
    assert_eq!(code, Some(0), "{said}");
}
