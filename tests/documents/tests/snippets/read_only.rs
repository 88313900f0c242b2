//! Languages that nothing here can compile. Where a document has one of them, it is named here, with the reason, and the
//! document says of itself that it was read and not run.

use std::path::Path;

/// Document, language, why it is not run.
const READ: [(&str, &str, &str); 3] = [
    ("docs/native-shells.md", "kotlin", "needs Android's SDK"),
    ("docs/native-shells.md", "swift", "needs Apple's SDK"),
    ("docs/native-shells.md", "dart", "needs Flutter"),
];

pub(crate) fn check(path: &Path, language: &str) -> Result<(), String> {
    let known = READ.iter().any(|(document, read, _)| Path::new(document) == path && *read == language);
    known.then_some(()).ok_or_else(|| format!("{language:?} is neither run here nor named in read_only.rs"))
}
