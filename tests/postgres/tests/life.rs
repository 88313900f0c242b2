//! Lifetime of a server. Its process is looked for by the lock file that PostgreSQL writes.

use sqlx::{Connection as _, PgConnection};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use throwaway_postgres::{Durability, Server};

/// Set for the copy of this test program that is killed.
const VICTIM: &str = "THROWAWAY_POSTGRES_VICTIM";

async fn ask(url: &str, question: &'static str) -> String {
    let mut connection = PgConnection::connect(url).await.expect("it is reached");
    sqlx::query_scalar(question).fetch_one(&mut connection).await.expect("an answer")
}

/// The server's folder, which is also where its socket is.
fn home(url: &str) -> PathBuf {
    url.split_once("host=").expect("a socket's folder").1.into()
}

fn until_it_is_gone(home: &Path) {
    let started = Instant::now();
    while home.exists() {
        assert!(started.elapsed() < Duration::from_secs(60), "{} is still there", home.display());
        thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn every_database_is_empty_and_its_own() {
    let (one, other) = (throwaway_postgres::database(), throwaway_postgres::database());
    let mut connection = PgConnection::connect(&one.url()).await.expect("it is reached");
    sqlx::query("CREATE TABLE a (b BIGINT)").execute(&mut connection).await.expect("created");
    let question = "SELECT count(*)::TEXT FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(ask(&one.url(), question).await, "1");
    assert_eq!(ask(&other.url(), question).await, "0");
}

#[tokio::test]
async fn a_durable_server_flushes_to_disk_and_goes_with_its_value() {
    let server = Server::start(Durability::Durable);
    let database = server.database();
    assert_eq!(ask(&database.url(), "SHOW fsync").await, "on");
    let home = home(&database.url());
    drop(server);
    assert!(!home.exists());
}

#[test]
fn a_server_ends_when_the_process_that_wanted_it_is_killed() {
    if std::env::var_os(VICTIM).is_some() {
        println!("\nurl {}", throwaway_postgres::database().url());
        loop {
            thread::park();
        }
    }
    // Where there is no PostgreSQL, this says so; the victim's words would be lost.
    drop(throwaway_postgres::database());
    let this_test = "a_server_ends_when_the_process_that_wanted_it_is_killed";
    let mut victim = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", this_test, "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a copy of this program");
    let mut lines = BufReader::new(victim.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let url = lines.find_map(|line| Some(line.strip_prefix("url ")?.to_owned())).expect("its database");
    let home = home(&url);
    assert!(home.join("data/postmaster.pid").exists(), "it runs");
    // SIGKILL: nothing of the victim's own can clean up.
    victim.kill().expect("killed");
    victim.wait().expect("gone");
    until_it_is_gone(&home);
}

#[tokio::test]
async fn a_server_that_crashes_keeps_what_was_committed_and_its_standby_goes_on_without_it() {
    let mut primary = Server::start_to_replicate();
    let database = primary.database();
    let mut connection = PgConnection::connect(&database.url()).await.expect("it is reached");
    sqlx::query("CREATE TABLE a (b BIGINT)").execute(&mut connection).await.expect("created");
    let mut standby = primary.standby();
    let at_standby =
        database.url_at("127.0.0.1").replace(&format!(":{}/", primary.port()), &format!(":{}/", standby.port()));
    let write = async |url: &str| {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query("INSERT INTO a VALUES (1)").execute(&mut connection).await
    };
    assert!(write(&at_standby).await.is_err(), "a standby cannot be written");
    primary.crash();
    let until = async |url: &str, is_writable: bool| {
        let started = Instant::now();
        while write(url).await.is_ok() != is_writable {
            assert!(started.elapsed() < Duration::from_secs(60), "{url} is writable: {}", !is_writable);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    until(&database.url(), false).await;
    standby.promote();
    until(&at_standby, true).await;
    primary.start_again();
    until(&database.url(), true).await;
}
