//! The files of `cargo xtask dist`, by the manifest that it wrote, each checked against its hash.

use crate::command::root;
use crate::dist::integrity_of;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fs;
use std::path::PathBuf;

/// A file of dist/.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct DistFile {
    pub(super) path: String,
    pub(super) integrity: String,
}

/// All of them.
#[derive(Debug, Deserialize)]
pub(super) struct DistFiles {
    version: String,
    files: Vec<DistFile>,
}

impl DistFiles {
    /// Reads the manifest, and every file that it names.
    pub(super) fn read() -> Result<Self> {
        let manifest = folder().join("integrity.json");
        let text =
            fs::read_to_string(&manifest).context("there is no dist/integrity.json: `cargo xtask dist` first")?;
        let found: Self =
            serde_json::from_str(&text).context("dist/integrity.json is not what `cargo xtask dist` writes")?;
        if found.version != env!("CARGO_PKG_VERSION") {
            bail!(
                "dist/ is version {}, but this is {}: `cargo xtask dist` first",
                found.version,
                env!("CARGO_PKG_VERSION")
            );
        }
        for DistFile { path, integrity } in &found.files {
            let bytes = fs::read(folder().join(path)).with_context(|| format!("cannot read dist/{path}"))?;
            if integrity_of(&bytes) != *integrity {
                bail!("dist/{path} is not what dist/integrity.json says: `cargo xtask dist` first");
            }
        }
        Ok(found)
    }

    /// Every path.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }

    /// A file of the core, by what follows the hash in its name: `wasm`, `js`, `plain.js`, `pay.js`.
    pub(super) fn core(&self, extension: &str) -> Result<&DistFile> {
        let is_it = |file: &&DistFile| {
            let named = file.path.strip_prefix("core/gopay-checkout.").and_then(|name| name.split_once('.'));
            named.is_some_and(|(_hash, rest)| rest == extension)
        };
        self.files
            .iter()
            .find(is_it)
            .with_context(|| format!("dist/integrity.json names no core/gopay-checkout.….{extension}"))
    }
}

/// The folder of the files.
pub(super) fn folder() -> PathBuf {
    root().join("dist")
}
