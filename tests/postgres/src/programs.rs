//! Finds PostgreSQL's programs, and the user to run them as.

use anyhow::{Context, Result};
use nix::unistd::{Uid, User};
use std::env;
use std::path::{Path, PathBuf};

/// Names a folder with `initdb` and `postgres`, before any other place.
const BIN_VARIABLE: &str = "POSTGRES_BIN";
/// Debian's folder for them, with one folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder with `initdb` and `postgres`.
pub(crate) fn folder() -> Result<PathBuf> {
    let is_it = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file());
    if let Some(named) = env::var_os(BIN_VARIABLE).map(PathBuf::from) {
        return Some(named.clone()).filter(is_it).with_context(|| {
            format!(
                "it cannot be tried without PostgreSQL: {BIN_VARIABLE} is {named:?}, no folder with initdb and postgres"
            )
        });
    }
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    newest_of_debian().into_iter().chain(on_path).find(is_it).with_context(|| {
        format!(
            "it cannot be tried without PostgreSQL (initdb and postgres, in {DEBIAN}/*/bin or on PATH): install Debian's \
             package `postgresql`, as `cargo xtask tools` does, or name the folder in {BIN_VARIABLE}"
        )
    })
}

/// `PgBouncer`. Debian puts it where only root's `PATH` leads.
pub(crate) fn pgbouncer() -> Result<PathBuf> {
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let folders = on_path.into_iter().chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file()).context(
        "it cannot be tried without PgBouncer: install Debian's package `pgbouncer`, as `cargo xtask tools` does",
    )
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = Path::new(DEBIAN).read_dir().ok()?.flatten();
    let newest = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max()?;
    Some(Path::new(DEBIAN).join(newest.to_string()).join("bin"))
}

/// The user `postgres`, if we are root: PostgreSQL refuses to be run by root.
pub(crate) fn unprivileged_user() -> Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let user = User::from_name("postgres")?;
    user.map(Some)
        .context("PostgreSQL refuses root, and there is no user `postgres` to run it as: Debian's package makes one")
}
