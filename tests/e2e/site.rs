//! What the shop serves to browsers: the built dist/, and beside it the strange pages of `pages/`.

use crate::shop::dist;
use std::fs;
use std::path::Path;

/// Another address of the same script, as if the page pasted two versions of it.
const OTHER_VERSION: &str = "other-version";

/// Lays it out in the folder `site`: dist/ at its root (and once more as `other-version/`), `pages/` under that name.
pub(crate) fn lay_out(site: &Path) {
    copy(&dist(), site);
    copy(&dist(), &site.join(OTHER_VERSION));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pages"), &site.join("pages"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder in a temporary folder");
    for entry in fs::read_dir(from).expect("a folder that is there") {
        let entry = entry.expect("an entry of that folder");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a file that is there");
        }
    }
}
