//! The tables that people read, between marks in docs/reference.md. Around them everything is written by hand.

use super::element::{Attribute, Element};
use crate::command::root;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

/// The file with the tables, from the workspace's root.
const FILE: &str = "docs/reference.md";

/// The end mark of a table.
const END: &str = "<!-- end of table -->";

/// A table with the line that it stands below.
struct Table {
    mark: &'static str,
    text: String,
}

/// The file as it is, and as it should be.
pub(super) struct Tables {
    pub(super) path: PathBuf,
    before: String,
    pub(super) text: String,
}

impl Tables {
    /// Those that say what `element` says.
    pub(super) fn of(element: &Element) -> Result<Self> {
        let path = root().join(FILE);
        let before = fs::read_to_string(&path).with_context(|| format!("cannot read {FILE}"))?;
        let put = |text: String, table| put(&text, &table).with_context(|| format!("in {FILE}"));
        let text = tables(element).into_iter().try_fold(before.clone(), put)?;
        Ok(Self { path, before, text })
    }

    /// True if the tables in the file are out of date.
    pub(super) fn are_stale(&self) -> bool {
        self.before != self.text
    }
}

/// `text` with the table between its marks.
fn put(text: &str, table: &Table) -> Result<String> {
    let (before, rest) = text.split_once(table.mark).with_context(|| format!("there is no {:?}", table.mark))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("{:?} needs {END:?} below its table", table.mark))?;
    Ok(format!("{before}{}\n\n{}\n{END}{after}", table.mark, table.text))
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
        let tables = Tables::of(&Element::read().expect("it reads")).expect("every table has a place");
        assert!(!tables.are_stale(), "`cargo xtask package --tables` writes {FILE} anew");
    }

    #[test]
    fn a_table_is_put_between_its_marks_and_nowhere_else() {
        let table = Table { mark: "<!-- here -->", text: "| new |\n".to_owned() };
        let text = format!("above\n<!-- here -->\n\n| old |\n\n{END}\nbelow {END}");
        let put_there = put(&text, &table).expect("it has both marks");
        assert_eq!(put_there, format!("above\n<!-- here -->\n\n| new |\n\n{END}\nbelow {END}"));
        assert!(put("nothing", &table).is_err(), "a table without a place would be told to nobody");
        assert!(put("<!-- here --> for ever", &table).is_err(), "a table without an end would eat the file");
    }
}
