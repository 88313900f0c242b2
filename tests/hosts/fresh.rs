//! The fresh folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;
use std::{env, fs, thread};

/// Where `examples/hosts` names the package's tarball.
const TARBALL: &str = "gopay-checkout.tgz";

/// What lies in `examples/hosts` of somebody who has tried it there.
const NOT_COPIED: [&str; 3] = ["node_modules", "dist", TARBALL];

/// Longer than a build from nothing takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(900);

static FRESH: LazyLock<Fresh> = LazyLock::new(Fresh::lay_out);

/// Whose page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// React 19, in its strict mode.
    React,
    /// Vue 3.
    Vue,
    /// Svelte 5.
    Svelte,
    /// Nobody's: webpack builds it, and it shows the checkout in a dialog. The others are built by Vite.
    Webpack,
}

/// A folder with all of `examples/hosts` and, in `node_modules`, what its lock file names and the packed package.
#[derive(Debug)]
pub struct Fresh {
    folder: PathBuf,
}

impl Host {
    /// Its folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::React => "react",
            Self::Vue => "vue",
            Self::Svelte => "svelte",
            Self::Webpack => "webpack",
        }
    }
}

impl Fresh {
    /// The one of this run, made when it is asked for first.
    #[must_use]
    pub fn folder() -> &'static Self {
        &FRESH
    }

    fn lay_out() -> Self {
        let tarball = target().join(format!("npm/gopay-checkout-{}.tgz", env!("CARGO_PKG_VERSION")));
        assert!(tarball.is_file(), "there is no {}: `cargo xtask package` makes it", tarball.display());
        let folder = target().join("hosts");
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("what an earlier run has left can be removed");
        }
        copy(&root().join("examples/hosts"), &folder);
        copy(&root().join("tests/hosts/types"), &folder.join("types"));
        fs::copy(tarball, folder.join(TARBALL)).expect("the tarball can be copied");
        let fresh = Self { folder };
        fresh.runs("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]);
        fresh
    }

    /// A file or folder in it.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Type-checks and builds the page of this host, as its `npm run build` says; where it is.
    #[must_use]
    pub fn builds(&self, host: Host) -> PathBuf {
        self.runs("npm", &["run", "build", "--workspace", host.name()]);
        self.path(host.name()).join("dist")
    }

    /// Runs a program here, to its end; what it printed.
    ///
    /// # Panics
    /// When it fails: with what it printed.
    #[must_use]
    pub fn asks(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder);
        said_by(command)
    }

    /// The same, where nobody wants to know what it printed.
    pub fn runs(&self, program: &str, arguments: &[&str]) {
        drop(self.asks(program, arguments));
    }
}

/// Runs a command to its end; what it printed.
///
/// # Panics
/// When it fails: with what it printed. When it has no end.
pub(crate) fn said_by(mut command: Command) -> String {
    let shown = format!("{command:?}");
    let (tell, ended) = mpsc::channel();
    thread::spawn(move || tell.send(command.stdin(Stdio::null()).output()));
    let output = ended.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{shown} still runs after {PATIENCE:?}"));
    let output = output.unwrap_or_else(|error| panic!("{shown} cannot start: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown} failed ({}):\n{text}", output.status);
    text
}

/// The workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder below target/");
    for entry in fs::read_dir(from).expect("a folder that is there") {
        let entry = entry.expect("an entry of that folder");
        if NOT_COPIED.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a file that is there");
        }
    }
}
