//! The packed package, checked by publint, attw, TypeScript, Node.js and esbuild.

use gopay_hosts::FreshInstall;
use serde_json::Value;
use std::fs;

/// Options of `attw`: a package of ES modules only, which Node.js can `require`.
const ATTW: [&str; 7] =
    ["attw", "--pack", "--profile", "esm-only", "--no-emoji", "--no-color", "node_modules/gopay-checkout"];

#[test]
fn publint_finds_nothing_to_complain_of() {
    FreshInstall::shared().runs("npx", &["--no-install", "publint", "--strict", "node_modules/gopay-checkout"]);
}

#[test]
fn every_entry_has_its_types_however_it_is_resolved() {
    FreshInstall::shared().runs("npx", &[&["--no-install"], &ATTW[..]].concat());
}

#[test]
fn typescript_knows_the_element_its_events_and_its_tags_and_refuses_what_is_wrong() {
    FreshInstall::shared().runs("npx", &["--no-install", "tsc", "--project", "types"]);
}

#[test]
fn the_manifest_keeps_to_the_schema_of_custom_elements_json() {
    let read = |path: &str| -> Value {
        let text = fs::read_to_string(FreshInstall::shared().path(path)).expect(path);
        serde_json::from_str(&text).expect(path)
    };
    let manifest = read("node_modules/gopay-checkout/custom-elements.json");
    let schema =
        jsonschema::validator_for(&read("node_modules/custom-elements-manifest/schema.json")).expect("a schema");
    let problems: Vec<_> = schema.iter_errors(&manifest).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(manifest["schemaVersion"], "2.1.0");
}

#[test]
fn on_a_server_importing_and_defining_do_nothing_and_do_not_throw() {
    let script = "
        import * as entry from 'gopay-checkout';
        import 'gopay-checkout/define';
        import 'gopay-checkout/react';
        entry.define();
        console.log(Object.keys(entry).sort().join(), typeof HTMLElement, typeof customElements);
    ";
    let said = FreshInstall::shared().prints("node", &["--input-type=module", "--eval", script]);
    assert_eq!(said.trim(), "define,pay undefined undefined");
}

#[test]
fn an_app_for_browsers_of_2020_can_be_built_with_it() {
    let esbuild = concat!(env!("CARGO_MANIFEST_DIR"), "/../../node_modules/.bin/esbuild");
    // Target of many apps: no top-level `await`.
    let target = "--target=es2020";
    let entry = "node_modules/gopay-checkout/define.js";
    FreshInstall::shared()
        .runs(esbuild, &[entry, "--bundle", "--splitting", "--format=esm", "--outdir=of-2020", target]);
}

#[test]
fn each_snippet_of_the_packages_readme_stands_in_the_page_of_its_host() {
    let readme =
        fs::read_to_string(FreshInstall::shared().path("node_modules/gopay-checkout/README.md")).expect("it is packed");
    for (heading, page) in [
        ("## React 19", "react/src/Page.tsx"),
        ("## Vue 3", "vue/src/Page.vue"),
        ("## Svelte 5", "svelte/src/Page.svelte"),
    ] {
        let snippet = readme.split(heading).nth(1).and_then(|rest| rest.split("```").nth(1)).expect(heading);
        let page_text = fs::read_to_string(FreshInstall::shared().path(page)).expect(page);
        let mut lines = page_text.lines().map(str::trim);
        let shown: Vec<_> = snippet.lines().skip(1).map(str::trim).filter(|line| !line.is_empty()).collect();
        assert!(shown.len() > 8, "{heading} has {} lines", shown.len());
        for line in shown {
            assert!(lines.any(|it| it == line), "{page} does not hold this, or not in this order: {line}");
        }
    }
}
