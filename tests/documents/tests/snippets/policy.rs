//! Heads of answers: a policy for a page must be one that `tests/e2e/tests/strict_pages/` plays in three engines.

use gopay_checkout::payment::Trust;
use gopay_documents::root;
use std::fs;

/// The test that runs the policies in a browser.
const PLAYED: &str = "tests/e2e/tests/strict_pages/policies.rs";

pub(crate) fn check(code: &str) -> Result<(), String> {
    let text = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let policy = text.strip_prefix("Content-Security-Policy: ").ok_or("is no Content-Security-Policy")?;
    let played = fs::read_to_string(root().join(PLAYED)).map_err(|error| format!("{PLAYED}: {error}"))?;
    let mut script_src = None;
    let mut others = Vec::new();
    for directive in policy.split(';').map(str::trim).filter(|it| !it.is_empty()) {
        // The tests have a second origin of their own.
        let directive = directive.replace("https://cdn.example", "{cdn}");
        let (name, value) = directive.split_once(' ').unwrap_or((&directive, ""));
        match name {
            "script-src" => script_src = Some(value.to_owned()),
            "img-src" => pictures(value)?,
            "default-src"
            | "style-src"
            | "connect-src"
            | "base-uri"
            | "frame-ancestors"
            | "require-trusted-types-for"
            | "trusted-types" => others.push(directive.clone()),
            unknown => return Err(format!("{unknown:?} is in no policy that is played")),
        }
    }
    // Neither falls back to default-src: without them markup moves every relative address, and anybody frames the page.
    for name in ["base-uri", "frame-ancestors"] {
        if !others.iter().any(|directive| directive.starts_with(name)) {
            return Err(format!("has no {name}"));
        }
    }
    let script_src = script_src.ok_or("has no script-src")?;
    let is_played = [format!("policy(\"{script_src}\""), format!("script-src {script_src};")];
    if !is_played.iter().any(|it| played.contains(it)) {
        return Err(format!("script-src {script_src} is played nowhere in {PLAYED}"));
    }
    match others.iter().find(|directive| !played.contains(&**directive)) {
        Some(directive) => Err(format!("{directive:?} is played nowhere in {PLAYED}")),
        None => Ok(()),
    }
}

/// Every host of pictures is one that the widget takes.
fn pictures(hosts: &str) -> Result<(), String> {
    let trusted = |host: &&str| Trust::default().qr(&format!("{host}/qr-code")).is_some();
    let stranger = hosts.split(' ').filter(|it| *it != "'self'").find(|host| !trusted(host));
    stranger.map_or(Ok(()), |host| Err(format!("img-src {host}: the widget takes no QR code from there")))
}
