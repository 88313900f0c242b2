//! Fresh installation: a folder with all of `examples/hosts` and the packed package, installed by npm.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;
use std::{env, fs, thread};

/// Path by which `examples/hosts` depends on the package's tarball.
const TARBALL: &str = "gopay-checkout.tgz";

/// Build artefacts in `examples/hosts`, which are not copied.
const NOT_COPIED: [&str; 3] = ["node_modules", "dist", TARBALL];

/// Longer than a build from nothing takes on a slow machine.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(900);

static SHARED: LazyLock<FreshInstall> = LazyLock::new(FreshInstall::lay_out);

/// Host page that is built by npm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// React 19, in its strict mode.
    React,
    /// Vue 3.
    Vue,
    /// Svelte 5.
    Svelte,
    /// No framework, built by webpack, with the checkout in a dialog. Vite builds the others.
    Webpack,
}

/// The folder: all of `examples/hosts`, and in `node_modules` the packed package and what the lock file lists.
#[derive(Debug)]
pub struct FreshInstall {
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

impl FreshInstall {
    /// The installation of this run, made on first use.
    #[must_use]
    pub fn shared() -> &'static Self {
        &SHARED
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

    /// Path of a file or folder in it.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Type-checks and builds the page of this host by `npm run build`. Returns the folder with the result.
    #[must_use]
    pub fn builds(&self, host: Host) -> PathBuf {
        self.runs("npm", &["run", "build", "--workspace", host.name()]);
        self.path(host.name()).join("dist")
    }

    /// Runs a program in the folder to its end, and returns its output.
    ///
    /// # Panics
    /// If it fails, with its output.
    #[must_use]
    pub fn prints(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder);
        output_of(command)
    }

    /// Runs a program in the folder to its end.
    pub fn runs(&self, program: &str, arguments: &[&str]) {
        drop(self.prints(program, arguments));
    }
}

/// Runs a command to its end, and returns its output.
///
/// # Panics
/// If it fails, with its output, or runs too long.
pub(crate) fn output_of(mut command: Command) -> String {
    let shown = format!("{command:?}");
    let (tell, ended) = mpsc::channel();
    thread::spawn(move || tell.send(command.stdin(Stdio::null()).output()));
    let output =
        ended.recv_timeout(COMMAND_TIMEOUT).unwrap_or_else(|_| panic!("{shown} still runs after {COMMAND_TIMEOUT:?}"));
    let output = output.unwrap_or_else(|error| panic!("{shown} cannot start: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown} failed ({}):\n{text}", output.status);
    text
}

/// Root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// Cargo's target directory.
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
