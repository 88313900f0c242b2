//! Other programs: started in the workspace's root, announced, and their failure reported in a sentence.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::LazyLock;

/// Names a copy of the workspace to work on, in place of the one that xtask was built in.
pub(crate) const ROOT: &str = "XTASK_ROOT";

/// The workspace's root, wherever xtask was called from.
pub(crate) fn root() -> &'static Path {
    static COPY: LazyLock<Option<PathBuf>> = LazyLock::new(|| env::var_os(ROOT).map(PathBuf::from));
    COPY.as_deref().unwrap_or_else(own_root)
}

/// Root of the workspace that xtask was built in.
fn own_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// cargo's target folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A path as messages name it: inside the workspace without its root.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Folder of the programs that are installed for this workspace alone, and for its copies.
pub(crate) fn tools_folder() -> PathBuf {
    own_root().join("target/tools")
}

/// `program`, to be run in the root. The workspace's own (`target/tools`, npm's wasm-opt and esbuild) come before others of the
/// same name.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env("PATH", path());
    command
}

/// `cargo`, the same one that runs us.
pub(crate) fn cargo() -> Command {
    command(&env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

fn path() -> OsString {
    let own = [tools_folder().join("bin"), root().join("node_modules/.bin")];
    let known = env::var_os("PATH").unwrap_or_default();
    let cargo_bin = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let cargo_bin = cargo_bin.map(|home| home.join("bin"));
    env::join_paths(own.into_iter().chain(env::split_paths(&known)).chain(cargo_bin)).unwrap_or(known)
}

/// The command as a person would type it.
pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs it to its end; its output is ours.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    eprintln!("$ {}", words(command));
    let status = command.status().with_context(|| format!("cannot start `{}`", words(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", words(command));
    }
    Ok(())
}

/// Runs it to its end and returns what it prints. Not announced: what it is told may be as long as a file.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let shown: String = words(command).chars().take(200).collect();
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({})", output.status);
    }
    Ok(output.stdout)
}

/// Runs it to its end; every line it prints, on either stream, is printed and shown to `look`.
pub(crate) fn watch(command: &mut Command, mut look: impl FnMut(&str)) -> Result<ExitStatus> {
    eprintln!("$ {}", words(command));
    let (output, input) = std::io::pipe()?;
    // One pipe for both streams, so that the lines keep their order.
    let mut child = command
        .stdin(Stdio::null())
        .stdout(input.try_clone()?)
        .stderr(input)
        .spawn()
        .with_context(|| format!("cannot start `{}`", words(command)))?;
    // The command itself holds the pipe's other end open until it lets go of these.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        look(&line);
    }
    Ok(child.wait()?)
}

/// Runs the command and returns its output, if it can be started and succeeds.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// True if the program exists.
pub(crate) fn exists(program: &str) -> bool {
    find(program).is_some()
}

/// The program's file: a path as it stands, a name by PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Path::new(program).is_file().then(|| PathBuf::from(program));
    }
    env::split_paths(&path()).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_streams_are_seen_in_their_order() {
        let mut seen = Vec::new();
        let status = watch(Command::new("sh").args(["-c", "echo one; echo two >&2; echo three; exit 3"]), |line| {
            seen.push(line.to_owned());
        });
        assert_eq!(status.expect("sh starts").code(), Some(3));
        assert_eq!(seen, ["one", "two", "three"]);
    }

    #[test]
    fn a_program_that_fails_is_named_with_its_words() {
        let problem = run(Command::new("sh").args(["-c", "exit 7"])).expect_err("it exits 7");
        assert!(problem.to_string().contains("`sh -c exit 7` failed"), "{problem}");
    }

    #[test]
    fn what_a_program_printed_is_returned_unless_it_fails() {
        let printed = output(Command::new("sh").args(["-c", "printf '1\\n2'"])).expect("it exits 0");
        assert_eq!(printed, b"1\n2");
        let problem = output(Command::new("sh").args(["-c", "exit 7"])).expect_err("it exits 7");
        assert!(problem.to_string().contains("`sh -c exit 7` failed"), "{problem}");
    }

    #[test]
    fn a_program_that_is_not_there_is_not_asked() {
        assert!(ask(&mut Command::new("no-such-program-anywhere")).is_none());
        assert!(!exists("no-such-program-anywhere") && exists("sh"));
    }
}
