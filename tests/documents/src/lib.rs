//! The documents of the repository, read as a test reads them: their snippets, links, headings and names of tests.
//!
//! The tests: `tests/snippets` (each by its language, two servers and a page without a browser among the
//! judges), `tests/links.rs`, `tests/names.rs` (tests, settings, metrics, events), `tests/indonesian.rs` (two languages),
//! `tests/operations` (alert rules, dashboard and runbooks; each alert, raised by its fault; and the operator's commands, run).

mod document;
mod folder;

pub use document::{Document, Link, Snippet};
pub use folder::{documents, files, installed, root};
