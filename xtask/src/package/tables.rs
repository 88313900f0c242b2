//! The tables that people read, between marks in Markdown files. Around them everything is written by hand.

use super::element::{Attribute, Element};
use crate::command::root;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

/// Where tables may stand, from the workspace's root. Each table must stand somewhere.
const FILES: [&str; 2] = ["README.md", "docs/reference.md"];

/// What ends any of them.
const END: &str = "<!-- end of table -->";

/// A table with the line that it stands below.
struct Table {
    mark: &'static str,
    text: String,
}

/// A file whose tables should be other than they are.
#[derive(Debug)]
pub(super) struct Stale {
    pub(super) path: PathBuf,
    /// What the whole file should be.
    pub(super) text: String,
}

/// Which files' tables do not say what `element` says.
pub(super) fn stale(element: &Element) -> Result<Vec<Stale>> {
    let mut missing: Vec<_> = tables(element).into();
    let mut stale = Vec::new();
    for file in FILES {
        let path = root().join(file);
        if !path.exists() {
            continue;
        }
        let before = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        let mut text = before.clone();
        for table in tables(element) {
            if let Some(with_it) = put(&text, &table).with_context(|| format!("in {file}"))? {
                text = with_it;
                missing.retain(|it| it.mark != table.mark);
            }
        }
        if text != before {
            stale.push(Stale { path, text });
        }
    }
    if let Some(table) = missing.first() {
        bail!("none of {FILES:?} has the line {:?}, below which a table is to stand", table.mark);
    }
    Ok(stale)
}

/// `text` with the table between its marks; nothing where it has no such marks.
fn put(text: &str, table: &Table) -> Result<Option<String>> {
    let Some((before, rest)) = text.split_once(table.mark) else { return Ok(None) };
    let (_, after) = rest.split_once(END).with_context(|| format!("{:?} needs {END:?} below its table", table.mark))?;
    Ok(Some(format!("{before}{}\n\n{}\n{END}{after}", table.mark, table.text)))
}

fn tables(element: &Element) -> [Table; 3] {
    [
        Table { mark: "<!-- table of attributes, from npm/element.json -->", text: attributes(element) },
        Table { mark: "<!-- table of events, from npm/element.json -->", text: events(element) },
        Table { mark: "<!-- table of custom properties, from npm/element.json -->", text: custom_properties(element) },
    ]
}

fn attributes(element: &Element) -> String {
    let mut text = "| attribute | default | meaning |\n|---|---|---|\n".to_owned();
    for row in element.attributes.chunk_by(|_, next| next.with_previous) {
        let joined = |cell: fn(&Attribute) -> &str, by| row.iter().map(cell).collect::<Vec<_>>().join(by);
        let names = joined(|it| &it.name, "`, `");
        text += &format!("| `{names}` | {} | {} |\n", joined(|it| &it.default, ", "), joined(|it| &it.meaning, "; "));
    }
    text
}

fn events(element: &Element) -> String {
    let mut text = "| event | detail |\n|---|---|\n".to_owned();
    for event in &element.events {
        let row = event.row.clone().unwrap_or_else(|| format!("`{}`", event.fields.join(" ")));
        text += &format!("| `{}` | {row} |\n", event.names.join("` `"));
    }
    text
}

fn custom_properties(element: &Element) -> String {
    let mut text = "| | |\n|---|---|\n".to_owned();
    for group in &element.custom_properties {
        let names: Vec<_> = group.names.iter().map(|it| it.name.as_str()).collect();
        text += &format!("| `{}` | {} |\n", names.join("` `"), group.row);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_that_people_read_say_what_the_element_says() {
        let stale = stale(&Element::read().expect("it reads")).expect("every table has a place");
        let files: Vec<_> = stale.iter().map(|it| it.path.display().to_string()).collect();
        assert!(files.is_empty(), "`cargo xtask package --tables` writes them anew: {files:?}");
    }

    #[test]
    fn a_table_is_put_between_its_marks_and_nowhere_else() {
        let table = Table { mark: "<!-- here -->", text: "| new |\n".to_owned() };
        let text = format!("above\n<!-- here -->\n\n| old |\n\n{END}\nbelow {END}");
        let put_there = put(&text, &table).expect("it has both marks").expect("it has the mark");
        assert_eq!(put_there, format!("above\n<!-- here -->\n\n| new |\n\n{END}\nbelow {END}"));
        assert!(put("nothing", &table).expect("no mark is no fault").is_none());
        assert!(put("<!-- here --> for ever", &table).is_err(), "a table without an end would eat the file");
    }
}
