//! index.d.ts: the element, its attributes and its events in TypeScript. What each host makes of them (npm/react.d.ts and
//! its like) is written by hand, in terms of these.

use super::element::{Attribute, Element, Event, Reflection};
use anyhow::{Context, Result};
use std::fmt::Write;

/// The line of npm/types.d.ts that the generated types replace.
const HERE: &str = "// The element's types.\n";

/// The whole file: `by_hand` with the element's types in their place.
pub(super) fn declarations(element: &Element, by_hand: &str) -> Result<String> {
    let (before, after) = by_hand.split_once(HERE).with_context(|| format!("npm/types.d.ts must hold {HERE:?}"))?;
    let mut text = before.to_owned();
    text += &word("GopayCheckoutState", "What the attribute `state` says.", &element.states, "");
    text += &word("GopayProblemCode", "What kind of problem.", &element.problem_codes, "");
    let open = " | (string & {})";
    text +=
        &word("TransactionStatus", "In Midtrans' words; there may come new ones.", &element.transaction_statuses, open);
    for event in &element.events {
        text += &detail(element, event)?;
    }
    text += &event_map(element);
    text += &attributes(element);
    text += &settings(element);
    text += &class(element);
    Ok(text + after)
}

fn word(name: &str, meaning: &str, words: &[String], more: &str) -> String {
    format!("/** {meaning} */\nexport type {name} = \"{}\"{more};\n\n", words.join("\" | \""))
}

fn detail(element: &Element, event: &Event) -> Result<String> {
    let mut text = format!("/** {} */\nexport interface {} {{\n", event.meaning, event.detail);
    for name in &event.fields {
        let field = element.field(name)?;
        let optional = if event.optional.contains(name) { "?" } else { "" };
        writeln!(text, "  /** {} */\n  {name}{optional}: {};", field.meaning, field.kind)?;
    }
    Ok(text + "}\n\n")
}

fn event_map(element: &Element) -> String {
    let mut text = "/** The element's events by their names. */\nexport interface GopayCheckoutEventMap {\n".to_owned();
    for event in &element.events {
        for name in &event.names {
            text += &format!("  /** {} */\n  \"{name}\": CustomEvent<{}>;\n", event.meaning, event.detail);
        }
    }
    text + "}\n\n"
}

/// The attributes as in markup, with the properties that have no attribute: for JSX and templates.
fn attributes(element: &Element) -> String {
    let mut text =
        "/** What a template may write on the element. */\nexport interface GopayCheckoutProps {\n".to_owned();
    for attribute in &element.attributes {
        text += &setting(&format!("\"{}\"", attribute.name), attribute);
    }
    text + &own_properties(element) + "}\n\n"
}

/// The settings of `pay`.
fn settings(element: &Element) -> String {
    let mut text = "/** What `pay` is told: the element's properties. */\nexport interface PaySettings {\n".to_owned();
    for attribute in &element.attributes {
        text += &setting(&attribute.camel_case(), attribute);
    }
    text + &own_properties(element) + "}\n\n"
}

fn setting(name: &str, attribute: &Attribute) -> String {
    let (optional, or_nothing) = if attribute.is_required() { ("", "") } else { ("?", " | null | undefined") };
    format!("  /** {} */\n  {name}{optional}: {}{or_nothing};\n", described(attribute), attribute.kind)
}

fn described(attribute: &Attribute) -> String {
    match attribute.default.as_str() {
        "required" | "none" => attribute.meaning.clone(),
        default => format!("{} (default: {default})", attribute.meaning),
    }
}

fn own_properties(element: &Element) -> String {
    let told = element.properties.iter().filter(|it| !it.readonly);
    told.map(|it| format!("  /** {} */\n  {}?: {} | undefined;\n", it.meaning, it.name, it.kind)).collect()
}

fn class(element: &Element) -> String {
    let mut text = format!("/** {} */\nexport interface {} extends HTMLElement {{\n", element.summary, element.class);
    for attribute in element.attributes.iter().filter(|it| it.property == Reflection::Own) {
        let (name, kind) = (attribute.camel_case(), &attribute.kind);
        // What is set is a value, what is read is the attribute's text.
        text += &format!("  /** {} */\n  get {name}(): string | null;\n", described(attribute));
        text += &format!("  set {name}(value: {kind} | null | undefined);\n");
    }
    for property in &element.properties {
        let readonly = if property.readonly { "readonly " } else { "" };
        text += &format!("  /** {} */\n  {readonly}{}: {};\n", property.meaning, property.name, property.kind);
    }
    for method in &element.methods {
        text += &format!("  /** {} */\n  {}(): void;\n", method.meaning, method.name);
    }
    text + "}\n"
}
