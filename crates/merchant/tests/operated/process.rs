//! The program itself, and every line that it logs.

use crate::stage::DEADLINE;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A running merchant. Killed when dropped.
pub(crate) struct Process {
    pub(crate) url: String,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts it with these variables and no others, logging JSON, and waits until it listens.
    pub(crate) async fn starts(variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gopay-merchant"));
        command.env_clear().envs(variables.iter().copied()).arg("--log-format=json");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let (lines, stderr) = (Arc::new(Mutex::new(Vec::new())), child.stderr.take().expect("piped"));
        let kept = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        let mut process = Self { url: String::new(), child, lines, reader: Some(reader) };
        let listens = process.until_logged("the merchant listens").await;
        process.url = format!("http://{}", listens["address"].as_str().expect("an address"));
        process
    }

    /// All lines so far. A line that is no JSON object fails the test.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let parse = |line: &String| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        lines.iter().map(parse).collect()
    }

    /// Waits for a line with this message.
    pub(crate) async fn until_logged(&self, message: &str) -> Value {
        let started = Instant::now();
        loop {
            if let Some(line) = self.lines().into_iter().find(|line| line["message"] == message) {
                return line;
            }
            assert!(started.elapsed() < DEADLINE, "no {message:?} in {:#?}", self.lines());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM.
    pub(crate) fn tell_to_stop(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill");
        assert!(told.success());
    }

    /// Waits until it has ended by itself, and until its last line is read.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                self.reader.take().expect("ended once").join().expect("read to the end");
                return status;
            }
            assert!(started.elapsed() < DEADLINE, "it does not end: {:#?}", self.lines());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn get(&self, http: &Client, path: &str) -> RequestBuilder {
        http.get(format!("{}{path}", self.url))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
