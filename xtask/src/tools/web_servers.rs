//! nginx, Caddy and Prometheus, which the documents' configurations and alert rules are put to.
//!
//! Debian's packages start a server as soon as they are installed. So they are only unpacked, into target/tools: that needs
//! no root, and nothing listens.

use super::{Missing, say};
use crate::command::{command, exists, run, tools_folder};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

/// A server, called as its program and its package are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WebServer {
    what: &'static str,
    package: &'static str,
}

/// All of them. Prometheus brings `promtool`, which runs the tests of the alert rules.
pub(crate) const ALL: [WebServer; 3] = [
    WebServer { what: "nginx", package: "nginx" },
    WebServer { what: "Caddy", package: "caddy" },
    WebServer { what: "Prometheus", package: "prometheus" },
];

/// Installs all.
pub(crate) fn everything() -> Result<()> {
    ALL.iter().try_for_each(|server| server.install())
}

impl WebServer {
    /// Unpacks it, where it is not installed.
    pub(crate) fn install(self) -> Result<()> {
        if self.is_there() {
            return Ok(());
        }
        say(
            self.what,
            "the documents' configurations of it are tried; it is unpacked into target/tools, and not started",
        );
        let missing = Missing { what: self.what, install: format!("Run as root: apt-get install {}", self.package) };
        let unpacked = self.unpack();
        if unpacked.is_err() || !self.is_there() {
            if let Err(why) = unpacked {
                eprintln!("xtask: {why:#}");
            }
            bail!(missing);
        }
        Ok(())
    }

    /// True if the tests find it.
    fn is_there(self) -> bool {
        let folders = [tools_folder().join("usr/sbin"), tools_folder().join("usr/bin"), PathBuf::from("/usr/sbin")];
        exists(self.package) || folders.iter().any(|folder| folder.join(self.package).is_file())
    }

    fn unpack(self) -> Result<()> {
        let downloads = tools_folder().join(format!("download-{}", self.package));
        fs::create_dir_all(&downloads).with_context(|| format!("cannot make {}", downloads.display()))?;
        let download = || run(command("apt-get").current_dir(&downloads).args(["download", "--quiet", self.package]));
        if super::is_root() {
            run(command("apt-get").args(["update", "--quiet"]))?;
        }
        download()?;
        let mut packages = fs::read_dir(&downloads)?.flatten().map(|entry| entry.path());
        let package = packages.find(|path| path.extension().is_some_and(|it| it == "deb"));
        let package = package.with_context(|| format!("apt-get has downloaded no package {}", self.package))?;
        run(command("dpkg").arg("--extract").arg(package).arg(tools_folder()))?;
        fs::remove_dir_all(&downloads).with_context(|| format!("cannot remove {}", downloads.display()))
    }
}
