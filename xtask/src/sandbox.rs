//! `cargo xtask sandbox`: Midtrans' stand-in as one file that needs no other, not even the C library's. Built, and then
//! tried where there is nothing but itself.

mod elf;
mod trial;

use crate::command::{self, ask, cargo, command};
use anyhow::{Context, Result, bail};
use std::env;
use std::path::PathBuf;

/// Links the C library in.
const STATIC: &str = "-C target-feature=+crt-static";

/// A program that is built as one file which needs no other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StaticProgram {
    /// The package; its program has the same name.
    pub(crate) package: &'static str,
    /// The profile of Cargo.toml; the folder below target/ has its name too.
    pub(crate) profile: &'static str,
}

/// The sandbox, with `[profile.sandbox]`.
const SANDBOX: StaticProgram = StaticProgram { package: "midtrans-sandbox", profile: "sandbox" };

/// Builds it, reads what it wants of the system, and tries it.
pub(crate) fn run() -> Result<()> {
    let program = SANDBOX.build()?;
    trial::run(&program)?;
    let length = program.metadata()?.len();
    println!("{}: static, {:.1} MB; its page and a charge tried", program.display(), megabytes(length));
    Ok(())
}

impl StaticProgram {
    /// Builds it, and fails if it wants anything of the system. Where it is.
    pub(crate) fn build(self) -> Result<PathBuf> {
        let target = host()?;
        // With a target of its own, so that build scripts and macros are no static programs.
        let mut build = cargo();
        build.args(["build", "--profile", self.profile, "--package", self.package, "--target", &target]);
        let given = env::var("RUSTFLAGS").unwrap_or_default();
        command::run(build.env("RUSTFLAGS", format!("{given} {STATIC}").trim()))?;

        let program = command::target().join(&target).join(self.profile).join(self.package);
        let bytes = std::fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
        if let Some(interpreter) = elf::interpreter(&bytes).with_context(|| program.display().to_string())? {
            bail!("{} is not static: it wants {interpreter}", program.display());
        }
        Ok(program)
    }
}

/// This machine's own target. Elsewhere than on Linux no C library can be linked in.
pub(crate) fn host() -> Result<String> {
    let about = ask(command("rustc").arg("-vV")).context("`rustc -vV` failed")?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("`rustc -vV` names no host")?;
    if !host.contains("-linux-") {
        bail!("a static program is made on Linux, and this is {host}; `cargo build --release` makes one for it");
    }
    Ok(host.to_owned())
}

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6
}
