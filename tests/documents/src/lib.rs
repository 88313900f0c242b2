//! The documents of the repository, read as a test reads them: their snippets, links, headings and names of tests.
//!
//! What is held against what: `tests/snippets` (each by its language), `tests/links.rs`, `tests/names.rs`,
//! `tests/examples.rs`.

mod document;
mod folder;

pub use document::{Document, Link, Snippet};
pub use folder::{documents, files, root};
