//! custom-elements.json: what editors and catalogues read. Its schema is that of the `custom-elements-manifest` package.

use super::element::{Attribute, Element, Named, Reflection};
use serde_json::{Value, json};

/// The version of the schema.
const SCHEMA: &str = "2.1.0";

/// The module that a page imports to have the element.
const DEFINES: &str = "define.js";

/// The manifest.
pub(super) fn manifest(element: &Element) -> Value {
    let declaration = json!({
        "kind": "class",
        "name": element.class,
        "customElement": true,
        "tagName": element.tag,
        "description": element.summary,
        "superclass": { "name": "HTMLElement" },
        "attributes": element.attributes.iter().map(attribute).collect::<Vec<_>>(),
        "members": members(element),
        "events": events(element),
        "slots": described(&element.slots),
        "cssParts": described(&element.parts),
        "cssProperties": element.custom_properties.iter().flat_map(|group| described(&group.names)).collect::<Vec<_>>(),
    });
    let reference = json!({ "name": element.class, "module": DEFINES });
    json!({
        "schemaVersion": SCHEMA,
        "readme": "README.md",
        "modules": [{
            "kind": "javascript-module",
            "path": DEFINES,
            "declarations": [declaration],
            "exports": [{ "kind": "custom-element-definition", "name": element.tag, "declaration": reference }],
        }],
    })
}

fn attribute(attribute: &Attribute) -> Value {
    let mut told = json!({
        "name": attribute.name,
        "description": attribute.meaning,
        "type": { "text": attribute.kind },
    });
    if attribute.property != Reflection::Method {
        told["fieldName"] = json!(attribute.camel_case());
    }
    if let Some(default) = attribute.default.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        told["default"] = json!(format!("\"{default}\""));
    }
    told
}

fn members(element: &Element) -> Vec<Value> {
    let mut members = Vec::new();
    for attribute in element.attributes.iter().filter(|it| it.property == Reflection::Own) {
        members.push(json!({
            "kind": "field",
            "name": attribute.camel_case(),
            "description": attribute.meaning,
            "type": { "text": format!("{} | null", attribute.kind) },
            "attribute": attribute.name,
            "reflects": true,
        }));
    }
    for property in &element.properties {
        members.push(json!({
            "kind": "field",
            "name": property.name,
            "description": property.meaning,
            "type": { "text": property.kind },
            "readonly": property.readonly,
        }));
    }
    for method in &element.methods {
        members.push(json!({
            "kind": "method",
            "name": method.name,
            "description": method.meaning,
            "return": { "type": { "text": "void" } },
        }));
    }
    members
}

fn events(element: &Element) -> Vec<Value> {
    let told = |name, event: &super::element::Event| json!({ "name": name, "description": event.meaning, "type": { "text": format!("CustomEvent<{}>", event.detail) } });
    element.events.iter().flat_map(|event| event.names.iter().map(move |name| told(name, event))).collect()
}

fn described(all: &[Named]) -> Vec<Value> {
    all.iter().map(|it| json!({ "name": it.name, "description": it.meaning })).collect()
}
