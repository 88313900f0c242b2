//! JavaScript: run on a stage with the real loader, where it needs nothing else; else looked at by esbuild.

use super::html;
use gopay_documents::root;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// Runs it, sends it every event, and looks at the elements that it has made.
pub(crate) fn check(code: &str) -> Result<(), String> {
    if imports_others(code) {
        return check_form("js", code);
    }
    for attributes in play(code)?["elements"].as_array().into_iter().flatten() {
        let pair = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
        let attributes: Vec<_> = attributes.as_array().into_iter().flatten().filter_map(pair).collect();
        html::check_attributes(&attributes)?;
    }
    Ok(())
}

/// Anything but the loader has to be installed first, and is not ours.
fn imports_others(code: &str) -> bool {
    let others =
        |line: &str| (line.starts_with("import ") || line.contains("require(")) && !line.contains("gopay-checkout.js");
    code.lines().map(str::trim).any(others)
}

/// Runs a script on the stage and returns its log: elements made, requests sent, pages gone to.
pub(crate) fn play(code: &str) -> Result<Value, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let script = folder.path().join("snippet.mjs");
    fs::write(&script, code).map_err(|error| error.to_string())?;
    let stage = root().join("tests/documents/stage/stage.mjs");
    let played = Command::new("node")
        .current_dir(root())
        .arg(stage)
        .arg(&script)
        .output()
        .map_err(|error| format!("Node.js: {error}"))?;
    if !played.status.success() {
        return Err(String::from_utf8_lossy(&played.stderr).into_owned());
    }
    serde_json::from_slice(&played.stdout).map_err(|error| format!("what the stage tells: {error}"))
}

/// Checks that the code can be parsed.
pub(crate) fn check_form(language: &str, code: &str) -> Result<(), String> {
    let esbuild = root().join("node_modules/.bin/esbuild");
    let mut esbuild = Command::new(esbuild)
        .args([&format!("--loader={language}"), "--log-level=error"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("esbuild: {error}; `npm ci` in the repository's folder brings it"))?;
    let written = esbuild.stdin.take().map(|mut input| input.write_all(code.as_bytes()));
    let looked = esbuild.wait_with_output().map_err(|error| error.to_string())?;
    if looked.status.success() && matches!(written, Some(Ok(()))) {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&looked.stderr).into_owned())
    }
}
