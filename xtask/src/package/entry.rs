//! index.js: the loader for shops with a bundler. It is the script tag's, made of the same files, but for two things: it
//! does nothing until it is called, and it names the core's files so that bundlers find them.

use super::dist_files::DistFiles;
use crate::command::{command, output, root};
use crate::dist::{BROWSERS, style_of_box};
use anyhow::{Result, bail};
use serde_json::json;
use std::fs;
use std::path::Path;

/// The text of index.js. `work` is a folder for what esbuild is told.
pub(super) fn entry(files: &DistFiles, work: &Path) -> Result<Vec<u8>> {
    let inject = work.join("files.js");
    fs::write(&inject, for_bundlers(files)?)?;
    let mut esbuild = command("esbuild");
    esbuild.arg(root().join("npm/index.js")).args(["--bundle", "--format=esm", "--minify-syntax"]);
    esbuild.args([BROWSERS, "--charset=utf8", "--legal-comments=none", "--log-level=warning"]);
    esbuild.args(["--external:./core/*", "--define:GOPAY_BUNDLED=true"]);
    esbuild.arg(format!("--inject:{}", inject.display()));
    esbuild.arg(format!("--define:GOPAY_STYLE={}", json!(style_of_box()?)));
    let bytes = output(&mut esbuild)?;
    // Of these shapes bundlers know where a file is named.
    let text = String::from_utf8_lossy(&bytes);
    for (shape, times) in [("import(\"./core/", 2), ("new URL(\"./core/", 1), ("import.meta", 1), ("import(", 2)] {
        let found = text.matches(shape).count();
        if found != times {
            bail!(
                "index.js must hold {shape:?} {times} times for bundlers to find the core's files, but holds it {found} times"
            );
        }
    }
    Ok(bytes)
}

/// The loader's `GOPAY_FILES` in a form that Vite, Rollup and webpack understand. The wasm is copied byte by byte and
/// keeps its hash; the modules become files of the page's own build, which says itself what they must be. The dialog is
/// in index.js already.
fn for_bundlers(files: &DistFiles) -> Result<String> {
    let path = |extension| files.core(extension).map(|file| json!(format!("./{}", file.path)));
    Ok(format!(
        "export const GOPAY_FILES = {{
  wasm: {{ url: new URL({}, import.meta.url).href, integrity: {} }},
  glue: {{ load: () => import({}) }},
  plain: {{ load: () => import({}) }},
}};
",
        path("wasm")?,
        json!(files.core("wasm")?.integrity),
        path("js")?,
        path("plain.js")?,
    ))
}
