//! Certificates for servers that speak TLS, made by the program `openssl`, which Debian's PostgreSQL brings along.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Configuration of the certificate authority. No machine believes it unless it is told to.
const AUTHORITY: &str = "[req]\ndistinguished_name=name\nx509_extensions=authority\n[name]\n\
    [authority]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n";
const DAYS: &str = "2";

/// A certificate authority that lives no longer than the test that wants it.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// A server's certificate and key.
#[derive(Debug)]
pub struct Certificate {
    pub(crate) shown: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When there is no `openssl`, or it does not do what it is asked.
    #[must_use]
    pub fn begin() -> Self {
        Self::try_begin().unwrap_or_else(|why| panic!("no certificate authority for the test: {why:#}"))
    }

    fn try_begin() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("throwaway-authority-").tempdir()?;
        fs::write(folder.path().join("authority.conf"), AUTHORITY)?;
        let made = "req -x509 -config authority.conf -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj";
        openssl(folder.path(), made, &["/CN=Throwaway", "-keyout", "key.pem", "-out", "ca.pem", "-days", DAYS])?;
        Ok(Self { folder })
    }

    /// Its own certificate, in PEM: for whoever is to believe it.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for the server of this name.
    ///
    /// # Panics
    /// When `openssl` does not do what it is asked.
    #[must_use]
    pub fn certifies(&self, host: &str) -> Certificate {
        self.try_certify(host).unwrap_or_else(|why| panic!("no certificate for the test: {why:#}"))
    }

    fn try_certify(&self, host: &str) -> Result<Certificate> {
        let folder = self.folder.path();
        let [request, names, key, shown] = ["csr", "names", "key", "pem"].map(|ending| format!("{host}.{ending}"));
        fs::write(folder.join(&names), format!("subjectAltName=DNS:{host}\n"))?;
        let asked = "req -config authority.conf -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj";
        openssl(folder, asked, &[&format!("/CN={host}"), "-keyout", &key, "-out", &request])?;
        let signed = "x509 -req -CA ca.pem -CAkey key.pem -CAcreateserial -days";
        openssl(folder, signed, &[DAYS, "-in", &request, "-extfile", &names, "-out", &shown])?;
        Ok(Certificate { shown: folder.join(shown), key: folder.join(key) })
    }
}

fn openssl(folder: &Path, verb: &str, rest: &[&str]) -> Result<()> {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(verb.split(' ')).args(rest);
    let output = command.output().context("the program openssl does not run")?;
    ensure!(output.status.success(), "openssl {verb}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
