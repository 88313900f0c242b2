//! The program itself: its options, and what a kill leaves.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

struct Program {
    process: Child,
    url: String,
}

impl Program {
    /// Starts it with this file.
    fn start(file: &Path) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_midtrans-sandbox")).arg("--file").arg(file))
    }

    /// Runs it on a free port, and reads from its log where it listens.
    fn run(command: &mut Command) -> Self {
        let mut process = command
            .args(["--port", "0"])
            .env("RUST_LOG", "info")
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let url = log.find_map(|line| Some(line.unwrap().split_once("url=")?.1.trim_matches('"').to_owned())).unwrap();
        // Read on, or it would stop at a full pipe.
        std::thread::spawn(move || log.for_each(drop));
        Self { process, url }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn what_was_written_outlives_a_kill() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("sandbox.json");
    let client = client();
    let program = Program::start(&file);
    let charge = client
        .post(format!("{}/v2/charge", program.url))
        .basic_auth(midtrans_sandbox::DEFAULT_SERVER_KEY, Some(""))
        .json(&json!({"payment_type": "gopay", "transaction_details": {"order_id": "o-1", "gross_amount": 44_000}}));
    let charge: Value = charge.send().await.unwrap().json().await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !std::fs::read_to_string(&file).unwrap().contains("o-1") {
        assert!(Instant::now() < deadline, "the charge is not written within a minute");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    program.kill();
    let program = Program::start(&file);
    let list: Value =
        client.get(format!("{}/sandbox/transactions", program.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(list[0]["transaction_id"], charge["transaction_id"]);
}

#[tokio::test]
async fn it_starts_on_a_machine_without_certificates() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_midtrans-sandbox"));
    let program = Program::run(command.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere"));
    let health = client().get(format!("{}/healthz", program.url)).send().await.unwrap();
    assert_eq!(health.status(), 200);
}

#[test]
fn a_wrong_option_is_refused_by_name() {
    for (option, value, says) in [
        ("--port", "99999", "99999"),
        ("--chaos-kinds", "flood", "flood"),
        ("--chaos-kinds", "latency", "--chaos-seed"),
        ("--chaos-one-in", "0", "--chaos-one-in"),
        ("--behaviour", "{\"colour\":1}", "colour"),
        ("--file", "/nowhere/at/all/sandbox.json", "/nowhere/at/all/sandbox.json"),
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_midtrans-sandbox"));
        let refused = program.args(["--bind", "127.0.0.1:0", option, value]).output().unwrap();
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && text.contains(says), "{option}: {text}");
    }
}
