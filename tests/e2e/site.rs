//! What the shop serves to browsers: the built dist/, and beside it the strange pages of `pages/`.

use crate::engine::Engine;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Another address of the same script, as if the page pasted two versions of it.
const OTHER_VERSION: &str = "other-version";

/// Names a folder to take instead of dist/: one that nobody builds anew meanwhile.
const DIST: &str = "GOPAY_E2E_DIST";

/// What the pages begin with in an engine that needs it.
const PLAYS_ALONG: &str = "<script src=\"/pages/plays_along.js\"></script>";

/// The built widget and the demo shop around it: what is tested.
///
/// # Panics
/// When it was never built.
#[must_use]
pub fn dist() -> PathBuf {
    let dist = env::var_os(DIST).map(PathBuf::from);
    let dist = dist.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist"));
    assert!(dist.join("gopay-checkout.js").is_file(), "there is no {}: `cargo xtask dist` builds it", dist.display());
    dist.canonicalize().expect("it is there")
}

/// Lays it out in the folder `site`: dist/ at its root (and once more as `other-version/`), `pages/` under that name.
pub(crate) fn lay_out(site: &Path) {
    copy(&dist(), site);
    copy(&dist(), &site.join(OTHER_VERSION));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pages"), &site.join("pages"));
}

/// All of one folder into another.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder in a temporary folder");
    for entry in fs::read_dir(from).expect("a folder that is there") {
        let entry = entry.expect("an entry of that folder");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() == "index.html" {
            let page = fs::read_to_string(entry.path()).expect("a page is a text");
            fs::write(target, made_to_play_along(page)).expect("a file in a temporary folder");
        } else {
            fs::copy(entry.path(), &target).expect("a file that is there");
        }
    }
}

fn made_to_play_along(page: String) -> String {
    match Engine::asked_for() {
        Engine::Chromium => page,
        Engine::Firefox | Engine::Webkit => {
            let (before, after) = page.split_once("<head>").expect("a page has a head");
            format!("{before}<head>{PLAYS_ALONG}{after}")
        }
    }
}
