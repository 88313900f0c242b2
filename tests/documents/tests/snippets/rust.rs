//! Rust: either a doctest, or lines of an example that is compiled.

use gopay_documents::{files, root};
use std::fs;
use std::path::Path;

pub(crate) fn check(path: &Path, code: &str) -> Result<(), String> {
    if path.ancestors().skip(1).any(|folder| is_page_of_crate(path, folder)) {
        return Ok(());
    }
    let is_example = |file: &Path| file.components().any(|part| part.as_os_str() == "examples");
    let stands = |file: &Path| fs::read_to_string(file).is_ok_and(|text| stands_in(code, &text));
    if files(&["rs"]).iter().any(|file| is_example(file) && stands(file)) {
        return Ok(());
    }
    Err("is no doctest, and its lines stand in no example, in this order".to_owned())
}

/// True if the crate in `folder` has the document at `path` as its own page: rustdoc then compiles what stands there.
fn is_page_of_crate(path: &Path, folder: &Path) -> bool {
    let library = fs::read_to_string(root().join(folder).join("src/lib.rs")).unwrap_or_default();
    let document = path.strip_prefix(folder).unwrap_or(path).display();
    library.contains(&format!("#![doc = include_str!(\"../{document}\")]"))
}

/// True if each line of `code` is one of `text`, in the same order, however far it is indented.
fn stands_in(code: &str, text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    code.lines().map(str::trim).filter(|line| !line.is_empty()).all(|line| lines.any(|it| it == line))
}
