//! Static programs for Linux: one file each that needs no other. Containerfile takes them from here, too.

use super::version::Version;
use super::{copy, folder, pack, remake};
use crate::command::{ask, root};
use crate::sandbox::{StaticProgram, host};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;

/// The certificate authorities that a distribution keeps for programs that speak TLS.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// All of them. The merchant is asked by many at once, so it is optimised as hard as can be.
const PROGRAMS: [StaticProgram; 3] = [
    StaticProgram { package: "gopay-merchant", profile: "release" },
    StaticProgram { package: "midtrans-sandbox", profile: "sandbox" },
    StaticProgram { package: "gopay-doctor", profile: "sandbox" },
];

/// Builds them, asks each for its version in an empty environment, and packs them with the licences.
pub(super) fn make(version: &Version) -> Result<()> {
    let target = host()?;
    let unpacked = folder().join("programs");
    remake(&unpacked.join("data"))?;
    let name = format!("gopay-programs-{version}-{target}");
    let stage = folder().join("stage");
    remake(&stage.join(&name))?;
    for program in PROGRAMS {
        let built = program.build()?;
        let told = ask(Command::new(&built).arg("--version").env_clear());
        let told = told.with_context(|| format!("{} does not say its version", built.display()))?;
        ensure!(told == format!("{} {version}", program.package), "{} says that it is {told}", built.display());
        copy(&built, &unpacked.join(program.package))?;
        copy(&built, &stage.join(&name).join(program.package))?;
    }
    for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root().join(file), &stage.join(&name).join(file))?;
    }
    if Path::new(AUTHORITIES).is_file() {
        copy(Path::new(AUTHORITIES), &unpacked.join("ca-certificates.crt"))?;
    } else {
        eprintln!(
            "xtask: there is no {AUTHORITIES}: put one into target/release-files/programs before an image is made"
        );
    }
    pack(&stage, &name, &format!("{name}.tar.gz"))
}
