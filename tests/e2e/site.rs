//! The site that the shop serves to browsers: the built dist/, and beside it the host pages in `pages/`.

use crate::engine::Engine;
use crate::shop::Shop;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Second URL of the same script, for pages with two versions of it.
const OTHER_VERSION: &str = "other-version";

/// Environment variable with a folder to serve instead of dist/, so that a rebuild of dist/ does not disturb the tests.
const DIST: &str = "GOPAY_E2E_DIST";

/// First element of every page, in engines that need it.
const ENGINE_SHIM: &str = "<script src=\"/pages/engine_shim.js\"></script>";

/// Folder with the built widget and demo shop.
///
/// # Panics
/// If it has not been built.
#[must_use]
pub fn dist() -> PathBuf {
    let dist = env::var_os(DIST).map(PathBuf::from);
    let dist = dist.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist"));
    assert!(dist.join("gopay-checkout.js").is_file(), "there is no {}: `cargo xtask dist` builds it", dist.display());
    dist.canonicalize().expect("it is there")
}

/// Fills the folder `site`: dist/ at its root (and once more as `other-version/`), `pages/` under that name.
pub(crate) fn lay_out(site: &Path) {
    copy(&dist(), site);
    copy(&dist(), &site.join(OTHER_VERSION));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pages"), &site.join("pages"));
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder in a temporary folder");
    for entry in fs::read_dir(from).expect("a folder that is there") {
        let entry = entry.expect("an entry of that folder");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() == "index.html" {
            let page = fs::read_to_string(entry.path()).expect("a page is a text");
            fs::write(target, with_engine_shim(page)).expect("a file in a temporary folder");
        } else {
            fs::copy(entry.path(), &target).expect("a file that is there");
        }
    }
}

/// Bundles `frameworks/NAME.js` with the framework that it imports, and serves it as `frameworks/NAME.js`.
///
/// # Panics
/// If npm's packages are missing there, or esbuild in the root: `cargo xtask test e2e` installs both.
pub fn bundle_framework(shop: &Shop, name: &str) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bundles = tempfile::tempdir().expect("a temporary folder");
    let mut esbuild = Command::new(tests.join("../../node_modules/.bin/esbuild"));
    esbuild.current_dir(tests.join("frameworks")).arg(format!("{name}.js")).args(["--bundle", "--format=esm"]);
    for (flag, value) in [
        // React's strict mode is strict only there.
        ("process.env.NODE_ENV", "\"development\""),
        ("__VUE_OPTIONS_API__", "true"),
        ("__VUE_PROD_DEVTOOLS__", "false"),
        ("__VUE_PROD_HYDRATION_MISMATCH_DETAILS__", "false"),
    ] {
        esbuild.arg(format!("--define:{flag}={value}"));
    }
    esbuild.arg(format!("--outdir={}", bundles.path().display()));
    let done = esbuild.output().expect("esbuild is installed in the root");
    assert!(done.status.success(), "{name}.js: {}", String::from_utf8_lossy(&done.stderr));
    shop.serves("frameworks", bundles.path());
}

fn with_engine_shim(page: String) -> String {
    match Engine::from_env() {
        Engine::Chromium => page,
        Engine::Firefox | Engine::Webkit => {
            let (before, after) = page.split_once("<head>").expect("a page has a head");
            format!("{before}<head>{ENGINE_SHIM}{after}")
        }
    }
}
