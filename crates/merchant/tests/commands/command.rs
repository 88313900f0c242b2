//! A command, as an operator types it, and what it says.

use crate::stage::Stage;
use serde_json::Value;
use std::process::{Output, Stdio};
use tokio::process::Command;

/// The output of a command, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) log: String,
}

impl Said {
    /// The output of a command that went well.
    #[track_caller]
    pub(crate) fn done(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.out
    }

    /// The same as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.done()).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// True if it printed a line that begins with this name and ends with this value.
    pub(crate) fn has_line(&self, name: &str, value: &str) -> bool {
        let is_it = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.trim() == value);
        self.out.lines().any(|line| is_it(line.trim()))
    }

    /// The audit lines.
    pub(crate) fn audited(&self) -> Vec<Value> {
        let lines = self.log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["target"] == "audit").collect()
    }
}

/// Runs the program with the settings of the stage's merchant, and with these.
pub(crate) async fn run_with(stage: &Stage, more: &[(&str, &str)], arguments: &[&str]) -> Said {
    let own = stage.variables.iter().map(|(name, value)| (*name, value.as_str()));
    run(own.chain(more.iter().copied()), arguments).await
}

/// Runs the program with these variables and no others.
pub(crate) async fn run<'a>(variables: impl Iterator<Item = (&'a str, &'a str)>, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gopay-merchant"));
    command.env_clear().envs(variables).args(arguments).arg("--log-format=json").stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().await.expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Said { code: status.code(), out: text(stdout), log: text(stderr) }
}
