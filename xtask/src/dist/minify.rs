//! Bundles and minifies JavaScript and CSS with esbuild.

use crate::command::{command, output, root};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The oldest browsers whose language the loader is written in: those that know what it calls (`Object.hasOwn`). An older
/// one shows what the page put inside the element.
pub(crate) const BROWSERS: &str = "--target=chrome93,firefox92,safari15.4";

/// The file and all that it imports, as one module. `defines` says what free names stand for.
pub(super) fn module(entry: &Path, defines: &[(&str, &Value)]) -> Result<Vec<u8>> {
    let mut esbuild = esbuild(entry);
    esbuild.args(["--bundle", "--format=esm", "--external:./gopay-checkout.*"]);
    for (name, value) in defines {
        esbuild.arg(format!("--define:{name}={value}"));
    }
    output(&mut esbuild)
}

/// One of the stylesheets in style/.
pub(super) fn stylesheet(name: &str) -> Result<String> {
    let text = String::from_utf8(output(&mut esbuild(&root().join("style").join(name)))?);
    // Without the line's end, which a file has and a string does not need.
    Ok(without_spaces(text.context("the stylesheet is no UTF-8")?.trim_end()))
}

/// Without the spaces that esbuild leaves in the values of custom properties, because they might mean something there. In
/// ours, which are colours and lengths, they do not; a stylesheet with a text in it is left as it is.
fn without_spaces(css: &str) -> String {
    if css.contains(['"', '\'']) { css.to_owned() } else { css.replace(", ", ",").replace(": ", ":") }
}

fn esbuild(entry: &Path) -> Command {
    let mut esbuild = command("esbuild");
    esbuild.arg(entry).args(["--minify", BROWSERS, "--charset=utf8", "--legal-comments=none", "--log-level=warning"]);
    esbuild
}

/// Several texts that import each other by the names given, the first being the one asked for.
pub(super) fn texts(folder: &Path, texts: &[(&str, &str)]) -> Result<Vec<u8>> {
    fs::create_dir_all(folder)?;
    for (name, text) in texts {
        fs::write(folder.join(name), text)?;
    }
    let (entry, _) = texts.first().context("there is nothing to minify")?;
    module(&folder.join(entry), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_properties_lose_their_spaces_and_texts_keep_theirs() {
        assert_eq!(without_spaces(".a{--b: var(--c, #fff);--d: 1rem}"), ".a{--b:var(--c,#fff);--d:1rem}");
        let with_a_text = ".a:after{content:\"b, c\";--d: 1rem}";
        assert_eq!(without_spaces(with_a_text), with_a_text);
    }
}
