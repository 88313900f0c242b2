//! Child process that is killed, with every process it has started, when it is dropped or when the test process ends.

use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Lines of its standard output.
pub(crate) type Output = Lines<BufReader<ChildStdout>>;

/// A running process group.
pub(crate) struct Supervised {
    // Holds its stdin open too: `supervise.sh` ends the group when stdin ends.
    process: Child,
}

/// Command for a program by its name or path. `folder` is deleted when it ends.
pub(crate) fn program(program: &str, folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(include_str!("supervise.sh")).arg("supervise.sh").arg(folder).arg(program);
    command
}

impl Supervised {
    /// Starts what [`program`] made.
    pub(crate) fn starts(command: &mut Command) -> (Self, Output) {
        // A process group of its own, so that its children can be killed with it.
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
        // An error means that the group has already ended.
        let _ = signal::killpg(Pid::from_raw(group), signal::Signal::SIGKILL);
    }
}

/// Reads and drops all further output, so that the process never blocks on a full pipe.
pub(crate) async fn read_on(mut lines: Output) {
    while let Ok(Some(_)) = lines.next_line().await {}
}
