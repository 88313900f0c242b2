//! The element as the outside may know it, read from npm/element.json: the one place from which the manifest, the types
//! and the tables are written. `tests/public_surface.rs` holds it against the code.

use crate::command::root;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;

/// The file, from the workspace's root.
const FILE: &str = "npm/element.json";

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Element {
    pub(super) tag: String,
    pub(super) class: String,
    pub(super) summary: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) properties: Vec<Property>,
    pub(super) methods: Vec<Named>,
    pub(super) states: Vec<String>,
    pub(super) transaction_statuses: Vec<String>,
    pub(super) problem_codes: Vec<String>,
    pub(super) events: Vec<Event>,
    /// Fields of event details, by name.
    pub(super) fields: BTreeMap<String, Field>,
    pub(super) slots: Vec<Named>,
    pub(super) parts: Vec<Named>,
    pub(super) custom_properties: Vec<CustomProperties>,
}

/// An attribute in the page's markup.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attribute {
    pub(super) name: String,
    /// In TypeScript.
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) property: Reflection,
    /// True if the table has it in the row of the one before.
    #[serde(default)]
    pub(super) with_previous: bool,
    /// In the table's words: `required`, `none`, or a value between backticks.
    pub(super) default: String,
    pub(super) meaning: String,
}

/// The property with an attribute's name.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reflection {
    /// The attribute's value.
    #[default]
    Own,
    /// The platform's own, which every element has.
    Platform,
    /// A method of ours.
    Method,
}

/// A property without an attribute.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Property {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) readonly: bool,
    pub(super) meaning: String,
}

/// A method, a slot, a part or a custom property.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) meaning: String,
}

/// Events with one kind of detail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub(super) names: Vec<String>,
    /// The name of the detail's type.
    pub(super) detail: String,
    pub(super) meaning: String,
    pub(super) fields: Vec<String>,
    /// The fields that may be missing.
    #[serde(default)]
    pub(super) optional: Vec<String>,
    /// The table's words, where they are not the fields alone.
    pub(super) row: Option<String>,
}

/// A field of a detail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) meaning: String,
}

/// Custom properties that stand in one row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomProperties {
    pub(super) names: Vec<Named>,
    pub(super) row: String,
}

impl Element {
    /// Reads it.
    pub(super) fn read() -> Result<Self> {
        let text = fs::read_to_string(root().join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
        serde_json::from_str(&text).with_context(|| format!("{FILE} is not what xtask/src/package/element.rs expects"))
    }

    /// The field of a detail.
    pub(super) fn field(&self, name: &str) -> Result<&Field> {
        self.fields
            .get(name)
            .with_context(|| format!("{FILE}: an event has the field {name}, which `fields` must tell"))
    }
}

impl Attribute {
    /// `order-id` → `orderId`.
    pub(super) fn camel_case(&self) -> String {
        let mut words = self.name.split('-');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| {
            let (initial, rest) = word.split_at(word.len().min(1));
            name + &initial.to_ascii_uppercase() + rest
        })
    }

    pub(super) fn is_required(&self) -> bool {
        self.default == "required"
    }
}
