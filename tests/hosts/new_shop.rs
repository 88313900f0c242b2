//! A new shop, made as `npm create gopay-shop` makes one: of the packed packages, installed by npm, and running.

use crate::fresh_install::{output_of, root, target};
use crate::leptos::cargo_runs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::{env, fs};
use tempfile::TempDir;

/// Runs what follows until our end of its input is closed, however that happens, and then ends it with its own children.
const SUPERVISE: &str = r#""$@" </dev/null & cat >/dev/null; trap '' TERM; kill -TERM 0; kill -9 0"#;

/// The installed shop of this run: npm needs a while for it.
static INSTALLED: LazyLock<NewShop> = LazyLock::new(|| {
    let shop = NewShop::made();
    // As `npm install` would, of a version that npm does not have yet.
    let checkout = target().join(format!("npm/gopay-checkout-{}.tgz", env!("CARGO_PKG_VERSION")));
    assert!(checkout.is_file(), "there is no {}: `cargo xtask package` makes it", checkout.display());
    let mut install =
        shop.command("npm", &["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]);
    install.arg(checkout);
    output_of(install);
    shop
});

/// The sandbox and the doctor, in place of those of a release.
static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(|| {
    // Beside tests of theirs, they are built of the dependencies that are there already: of the same features as all tests.
    cargo_runs(&["test", "--workspace", "--no-run", "--test", "binary", "--test", "doctor"]);
    target().join("debug")
});

/// The shop's folder. It is gone when dropped.
#[derive(Debug)]
pub struct NewShop {
    _files: TempDir,
    folder: PathBuf,
}

/// `npm run dev`, with what it has started. All of it ends when dropped.
#[derive(Debug)]
pub struct DevRun {
    supervisor: Child,
    ports: [u16; 3],
}

impl NewShop {
    /// Unpacks the packed `create-gopay-shop`, and lets it make a shop.
    ///
    /// # Panics
    /// If that fails.
    #[must_use]
    pub fn made() -> Self {
        let tarball = target().join(format!("npm/create-gopay-shop-{}.tgz", env!("CARGO_PKG_VERSION")));
        assert!(tarball.is_file(), "there is no {}: `cargo xtask package` makes it", tarball.display());
        let files = tempfile::Builder::new().prefix("gopay-new-shop-").tempdir().expect("a temporary folder");
        let mut unpack = Command::new("tar");
        unpack.arg("-xzf").arg(tarball).arg("-C").arg(files.path());
        output_of(unpack);
        let mut create = Command::new("node");
        create.arg("package/create.js").arg("my-shop").current_dir(files.path());
        let said = output_of(create);
        assert!(said.contains("npm run dev"), "it says how to go on: {said}");
        let folder = files.path().join("my-shop");
        Self { _files: files, folder }
    }

    /// The one that has been installed, made on first use.
    #[must_use]
    pub fn installed() -> &'static Self {
        &INSTALLED
    }

    /// Path of a file in it.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Text of a file in it.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn reads(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect(path)
    }

    /// A command in its folder, without programs of ours but those that are set, and without what this process is told by cargo.
    #[must_use]
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder);
        for name in ["GOPAY_SANDBOX", "GOPAY_DOCTOR", "PORT", "PAGE_PORT", "CI"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs it with the sandbox and the doctor of this workspace. Returns its output.
    ///
    /// # Panics
    /// If it fails.
    #[must_use]
    pub fn runs(&self, program: &str, arguments: &[&str]) -> String {
        output_of(with_programs(self.command(program, arguments)))
    }

    /// Starts `npm run dev` on free ports.
    ///
    /// # Panics
    /// If there is no shell.
    #[must_use]
    pub fn starts(&self) -> DevRun {
        let ports = free_ports();
        let [page, backend, sandbox] = ports.map(|port| port.to_string());
        // As somebody does whose 7081 is in use.
        let settings = self.reads(".env").replace("127.0.0.1:7081", &format!("127.0.0.1:{sandbox}"));
        fs::write(self.path(".env"), settings).expect("its settings can be written");
        let command = with_programs(self.command("sh", &["-c", SUPERVISE, "supervise", "npm", "run", "dev"]));
        let mut command = command;
        command.env("PAGE_PORT", page).env("PORT", backend).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());
        DevRun { supervisor: command.spawn().expect("there is a shell"), ports }
    }
}

impl DevRun {
    /// The page's address.
    #[must_use]
    pub fn page(&self) -> String {
        format!("http://127.0.0.1:{}/", self.ports[0])
    }

    /// The sandbox's address, without a slash at its end.
    #[must_use]
    pub fn sandbox(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[2])
    }
}

impl Drop for DevRun {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        drop(self.supervisor.wait());
    }
}

/// Where the example is that the new shop's backend is taken from.
#[must_use]
pub fn example_backend() -> PathBuf {
    root().join("examples/backends/node")
}

fn with_programs(mut command: Command) -> Command {
    let of = |name: &str| Path::new(&*PROGRAMS).join(name);
    command.env("GOPAY_SANDBOX", of("midtrans-sandbox")).env("GOPAY_DOCTOR", of("gopay-doctor"));
    command
}

/// Three that nobody uses now.
fn free_ports() -> [u16; 3] {
    let bound = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("this machine has a free port"));
    bound.map(|listener| listener.local_addr().expect("it is bound").port())
}
