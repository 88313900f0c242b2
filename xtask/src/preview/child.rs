//! A program that runs beside us, and ends when we let go of it.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
#[cfg(unix)]
use std::{
    os::unix::process::CommandExt,
    time::{Duration, Instant},
};

/// Time limit for a program to end in good order.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs until dropped; then it and its children are ended.
pub(super) struct Child {
    name: &'static str,
    process: std::process::Child,
}

impl Child {
    /// Starts it; each of its lines is printed with its name before it.
    pub(super) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if !std::io::stdout().is_terminal() {
            command.env("NO_COLOR", "true");
        }
        // Its own group: Ctrl-C reaches only us, and we can end its children (Trunk's cargo, say) with it.
        #[cfg(unix)]
        command.process_group(0);
        let mut process = command.spawn().with_context(|| format!("cannot start the {name}"))?;
        if let Some(output) = process.stdout.take() {
            thread::spawn(move || relay(name, output));
        }
        if let Some(output) = process.stderr.take() {
            thread::spawn(move || relay(name, output));
        }
        Ok(Self { name, process })
    }

    pub(super) fn name(&self) -> &str {
        self.name
    }

    /// The exit status, if it has ended.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.process.try_wait()?)
    }
}

fn relay(name: &str, output: impl Read) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        println!("{name:>8} | {line}");
    }
}

#[cfg(unix)]
impl Drop for Child {
    fn drop(&mut self) {
        use nix::sys::signal::{Signal, killpg};
        let Ok(group) = i32::try_from(self.process.id()).map(nix::unistd::Pid::from_raw) else { return };
        // An error means that no process of the group is left, which is what we want.
        let _ = killpg(group, Signal::SIGTERM);
        let asked = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && asked.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.process.wait();
    }
}

#[cfg(not(unix))]
impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn what_a_child_has_started_ends_with_it() {
        let note = std::env::temp_dir().join(format!("xtask-child-{}", std::process::id()));
        // The shell's own child writes its id down and would sleep on for minutes.
        let script = format!("sh -c 'echo $$ > {0}.part && mv {0}.part {0} && exec sleep 300' & wait", note.display());
        let child = Child::start("test", Command::new("sh").args(["-c", &script])).expect("sh starts");
        let started = Instant::now();
        while !note.exists() {
            assert!(started.elapsed() < Duration::from_secs(60), "the grandchild never wrote its id down");
            thread::sleep(Duration::from_millis(10));
        }
        let id = std::fs::read_to_string(&note).expect("an id").trim().to_owned();
        std::fs::remove_file(&note).expect("cleaned");
        drop(child);

        // It may be left for a moment as a zombie that was not waited for yet.
        let lives = || {
            std::fs::read_to_string(Path::new("/proc").join(&id).join("stat"))
                .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
        };
        let dropped = Instant::now();
        while lives() {
            assert!(dropped.elapsed() < Duration::from_secs(60), "process {id} outlived its group");
            thread::sleep(Duration::from_millis(10));
        }
    }
}
