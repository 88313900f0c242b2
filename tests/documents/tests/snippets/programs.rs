//! Programs that look at a snippet.

use std::io::Write;
use std::process::{Command, Stdio};

/// Puts `code` to a line of Python.
pub(crate) fn python(line: &str, code: &str) -> Result<(), String> {
    super::server::installed("python3").ok_or("it cannot be tried without Python: there is no python3 on PATH")?;
    ask(Command::new("python3").args(["-c", line]), code)
}

/// Puts `code` to `program`'s standard input; what it says is wrong, where it does not end well.
pub(crate) fn ask(program: &mut Command, code: &str) -> Result<(), String> {
    let shown = format!("{program:?}");
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = program.spawn().map_err(|error| format!("{shown}: {error}"))?;
    let mut input = running.stdin.take().ok_or("no standard input")?;
    // A program that does not read to the end has its reasons, and says them.
    drop(input.write_all(code.as_bytes()));
    drop(input);
    let said = running.wait_with_output().map_err(|error| error.to_string())?;
    if said.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said.stderr).into_owned()) }
}
