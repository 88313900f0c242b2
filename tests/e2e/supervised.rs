//! A program beside the tests, with all that it starts: gone when dropped, and also when this process ends by itself,
//! whatever is then still kept.

use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// What it prints.
pub(crate) type Output = Lines<BufReader<ChildStdout>>;

/// It runs.
pub(crate) struct Supervised {
    // Its input, too, is held by this: once that ends, so does it.
    process: Child,
}

/// A program that can be started, by its name or path. `folder` is for it alone, and goes with it.
pub(crate) fn program(program: &str, folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(include_str!("supervise.sh")).arg("supervise.sh").arg(folder).arg(program);
    command
}

impl Supervised {
    /// Starts what [`program`] made.
    pub(crate) fn starts(command: &mut Command) -> (Self, Output) {
        // In a group of its own, so that what it starts can be ended with it.
        command.process_group(0);
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = streams.kill_on_drop(true).spawn().expect("there is a shell");
        let lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        (Self { process }, lines)
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        use nix::{sys::signal, unistd::Pid};
        let Some(group) = self.process.id().and_then(|id| i32::try_from(id).ok()) else { return };
        // An error means that nobody of the group is left, which is what we want.
        let _ = signal::killpg(Pid::from_raw(group), signal::Signal::SIGKILL);
    }
}

/// What it says later is read too, or it would stop at a full pipe.
pub(crate) async fn read_on(mut lines: Output) {
    while let Ok(Some(_)) = lines.next_line().await {}
}
