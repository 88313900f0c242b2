//! Finds the documents.

use crate::Document;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold what others have written, or what a build has; and so do those whose names begin with a dot.
const NOT_OURS: [&str; 4] = ["target", "node_modules", "dist", "vendor"];

/// The repository's folder.
///
/// # Panics
/// Where it is not there.
#[must_use]
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the repository's folder")
}

/// All files of ours with one of `extensions`, in the order of their paths.
///
/// # Panics
/// Where a folder cannot be read.
#[must_use]
pub fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    look_into(&root(), extensions, &mut found);
    found.sort();
    found
}

fn look_into(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder that can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_symlink() || name.starts_with('.') || NOT_OURS.contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            look_into(&path, extensions, found);
        } else if path.extension().is_some_and(|it| extensions.contains(&it.to_string_lossy().as_ref())) {
            found.push(path);
        }
    }
}

/// All documents.
///
/// # Panics
/// Where one cannot be read.
#[must_use]
pub fn documents() -> Vec<Document> {
    let root = root();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a document that can be read");
        Document { path: path.strip_prefix(&root).expect("below the root").to_owned(), text }
    };
    files(&["md"]).into_iter().map(read).collect()
}

/// The file of an installed program. Debian has some where users' `PATH` does not look, and xtask unpacks others into
/// target/tools.
#[must_use]
pub fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = root().join("target/tools/usr");
    let folders = std::env::split_paths(&path).chain([tools.join("sbin"), tools.join("bin"), "/usr/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|file: &PathBuf| Path::is_file(file))
}
