//! Native: npm/element.json, the source of manifest, types and tables, matches the code.

use gopay_checkout::config::Config;
use gopay_checkout::payment::{HostEvent, ProblemCode, StateName};
use gopay_contract::TransactionStatus;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(file)
}

fn element() -> Value {
    serde_json::from_str(&read("npm/element.json")).expect("it is JSON")
}

/// The texts of a list, or the names of what is in it.
fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|it| it.as_str().or(it["name"].as_str()).expect("a name")).collect()
}

/// All texts in `text` between `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: char) -> BTreeSet<&'a str> {
    text.split(before).skip(1).filter_map(|rest| Some(rest.split_once(after)?.0)).collect()
}

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.into_iter().collect()
}

#[test]
fn every_attribute_is_one_that_core_and_component_read() {
    let element = element();
    let listed = names(&element["attributes"]);
    assert_eq!(listed, Config::ATTRIBUTES);
    // The loader's list is written from the core's: tests/loader_rules.rs.
    let component = read("src/checkout.rs");
    let list = component.split_once("let attributes = move || {").and_then(|(_, rest)| rest.split_once("};"));
    assert_eq!(between(list.expect("a list").0, "(\"", '"'), set(listed));
}

#[test]
fn every_property_and_method_is_one_of_the_loaders() {
    let element = element();
    let loader = read("src/loader/gopay-checkout.js");
    for property in element["properties"].as_array().expect("a list") {
        let name = property["name"].as_str().expect("a name");
        assert!(loader.contains(&format!("\n  get {name}() {{")), "{name}");
        assert_eq!(loader.contains(&format!("\n  set {name}(")), property["readonly"] != true, "{name}");
    }
    for name in names(&element["methods"]) {
        assert!(loader.contains(&format!("this.#mounted?.{name}()")), "{name}");
    }
}

#[test]
fn states_problem_codes_and_statuses_are_the_machines_words() {
    let element = element();
    assert_eq!(names(&element["states"]), StateName::ALL.map(StateName::as_str));
    assert_eq!(names(&element["problem_codes"]), ProblemCode::ALL.map(ProblemCode::as_str));
    for word in names(&element["transaction_statuses"]) {
        let status = TransactionStatus::parse(word);
        assert!(!matches!(status, TransactionStatus::Unknown(_)), "{word}");
        assert_eq!(status.as_str(), word);
    }
}

#[test]
fn every_event_and_every_field_of_a_detail_is_dispatched_and_no_other() {
    let element = element();
    let host = read("src/browser/host_events.rs");
    let (host, _) = host.split_once("#[cfg(test)]").unwrap_or((&host, ""));
    // The names are those of `HostEvent::name`, and the one that is no `HostEvent`.
    let named = read("src/payment/effect.rs");
    let (_, named) = named.split_once("pub const fn name(&self)").expect("HostEvent::name");
    let events = element["events"].as_array().expect("a list");
    let told: BTreeSet<_> = events.iter().flat_map(|event| names(&event["names"])).collect();
    let dispatched = [host, named].into_iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    assert_eq!(told, dispatched.filter(|text| text.starts_with("gopay-") && !text.contains(' ')).collect());
    assert_eq!(told, set(HostEvent::NAMES));

    let fields: BTreeSet<_> = events.iter().flat_map(|event| names(&event["fields"])).collect();
    let mut put = between(host, "put(&detail, \"", '"');
    put.append(&mut between(host, "put(detail, \"", '"'));
    assert_eq!(fields, put);
    assert_eq!(fields, element["fields"].as_object().expect("an object").keys().map(String::as_str).collect());
}

#[test]
fn custom_properties_parts_and_slots_are_those_of_styles_and_components() {
    let element = element();
    let styles = read("style/box.css") + &read("style/checkout.css") + &read("style/later.css");
    let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
    let used: BTreeSet<_> = styles
        .match_indices("--gopay-")
        .map(|(at, _)| styles[at..].split(|c| !is_name(c)).next().unwrap_or_default())
        .collect();
    let groups = element["custom_properties"].as_array().expect("a list");
    assert_eq!(groups.iter().flat_map(|group| names(&group["names"])).collect::<BTreeSet<_>>(), used);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/components");
    let files = fs::read_dir(folder).expect("src/components").map(|file| file.expect("a file").path());
    let components: String = files.map(|file| fs::read_to_string(file).expect("a text")).collect();
    for part in names(&element["parts"]) {
        let makes = ["part=\"", "attr::part(\"", "button(\"", "link(\"", "text(\"", "line(\"", ", \""]
            .map(|before| format!("{before}{part}\""));
        assert!(makes.iter().any(|make| components.contains(make)), "{part}");
    }
    // Slots of their own, and those of the one that changes its name.
    let mut slots = between(&components, "<slot name={\"", '"');
    let (_, named) = components.split_once("fn slot_name").expect("in actions.rs");
    let named = named.split_once("\n}").map_or(named, |(body, _)| body);
    slots.extend(named.split('"').skip(1).step_by(2).filter(|name| *name != "-"));
    assert_eq!(slots, set(names(&element["slots"])));
}
