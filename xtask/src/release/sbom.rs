//! Software bills of materials in CycloneDX 1.5, one for each thing that is handed on: what it is built of, with versions,
//! licences and the hashes of Cargo.lock.
//!
//! Written from `cargo tree`, which knows the features and the platform of a build; so it needs no other program, and the same
//! sources give the same bytes.

use super::folder;
use super::version::Version;
use crate::command::{cargo, output, root};
use crate::tools::WASM_TARGET;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A package with the arguments of its build, and whether it is a library or a program.
const SUBJECTS: [(&str, &str, &[&str]); 4] = [
    ("gopay-checkout", "library", &["--features", "element", "--target", WASM_TARGET]),
    ("gopay-merchant", "application", &[]),
    ("midtrans-sandbox", "application", &[]),
    ("gopay-doctor", "application", &[]),
];

/// Writes them.
pub(super) fn make(version: &Version) -> Result<()> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let checksums = checksums(&lock);
    for (package, kind, arguments) in SUBJECTS {
        let mut tree = cargo();
        tree.args(["tree", "--locked", "--package", package, "--edges", "normal", "--prefix", "depth"]);
        tree.args(["--format", "|{p}|{l}"]).args(arguments);
        let tree = String::from_utf8(output(&mut tree)?).context("`cargo tree` prints no text")?;
        let bill = bill(kind, &tree, &checksums).with_context(|| format!("of {package}"))?;
        fs::write(folder().join(format!("{package}-{version}.cdx.json")), format!("{bill:#}\n"))?;
    }
    Ok(())
}

/// Name and version of each package that came from a registry, with the hash of its file.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let field = |package: &str, name: &str| {
        let (_, rest) = package.split_once(&format!("\n{name} = \""))?;
        rest.split('"').next().map(str::to_owned)
    };
    let packages = lock.split("[[package]]").skip(1);
    packages.filter_map(|it| Some(((field(it, "name")?, field(it, "version")?), field(it, "checksum")?))).collect()
}

/// A line of the tree: how deep, which package, its licence.
struct Line<'a> {
    depth: usize,
    name: &'a str,
    version: &'a str,
    licence: &'a str,
}

impl<'a> Line<'a> {
    /// `2|syn v3.0.10 (proc-macro)|MIT OR Apache-2.0 (*)`.
    fn read(line: &'a str) -> Option<Self> {
        let mut parts = line.splitn(3, '|');
        let depth = parts.next()?.parse().ok()?;
        let mut package = parts.next()?.split(' ');
        let (name, version) = (package.next()?, package.next()?.strip_prefix('v')?);
        let licence = parts.next()?;
        Some(Self { depth, name, version, licence: licence.strip_suffix(" (*)").unwrap_or(licence) })
    }

    fn url(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }
}

/// The bill of the tree's root.
fn bill(kind: &str, tree: &str, checksums: &BTreeMap<(String, String), String>) -> Result<Value> {
    let mut components: BTreeMap<String, Value> = BTreeMap::new();
    let mut dependencies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut above: Vec<String> = Vec::new();
    for text in tree.lines().filter(|line| !line.is_empty()) {
        let line = Line::read(text).with_context(|| format!("{text:?} is no line of `cargo tree`"))?;
        above.truncate(line.depth);
        if let Some(parent) = above.last() {
            dependencies.entry(parent.clone()).or_default().insert(line.url());
        }
        dependencies.entry(line.url()).or_default();
        above.push(line.url());
        let kind = if line.depth == 0 { kind } else { "library" };
        let mut component = json!({
            "type": kind,
            "bom-ref": line.url(),
            "name": line.name,
            "version": line.version,
            "purl": line.url(),
        });
        if !line.licence.is_empty() {
            // Before SPDX had expressions, a slash meant OR.
            component["licenses"] = json!([{ "expression": line.licence.replace('/', " OR ") }]);
        }
        if let Some(hash) = checksums.get(&(line.name.to_owned(), line.version.to_owned())) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
        }
        components.insert(line.url(), component);
    }
    let subject = tree.lines().find_map(Line::read).context("`cargo tree` printed nothing")?.url();
    let subject = components.remove(&subject).context("the tree has no root")?;
    ensure!(!components.is_empty(), "{subject} depends on nothing");
    let depends = |(from, on): (String, BTreeSet<String>)| json!({ "ref": from, "dependsOn": on });
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": subject },
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": dependencies.into_iter().map(depends).collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0|gopay-doctor v0.1.0 (/somewhere/crates/doctor)|MIT OR Apache-2.0\n\
        1|serde v1.0.228|MIT OR Apache-2.0\n\
        2|serde_derive v1.0.228 (proc-macro)|MIT/Apache-2.0\n\
        1|url v2.5.8|\n\
        2|serde v1.0.228|MIT OR Apache-2.0 (*)\n";

    #[test]
    fn a_bill_has_each_package_once_with_its_licence_its_hash_and_what_it_needs() {
        let lock = "[[package]]\nname = \"serde\"\nversion = \"1.0.228\"\nsource = \"registry\"\nchecksum = \"9a8e\"\n\n\
                    [[package]]\nname = \"gopay-doctor\"\nversion = \"0.1.0\"\n";
        let bill = bill("application", TREE, &checksums(lock)).expect("a bill");
        assert_eq!(bill["metadata"]["component"]["purl"], "pkg:cargo/gopay-doctor@0.1.0");
        assert_eq!(bill["metadata"]["component"]["type"], "application");
        let names: Vec<_> = bill["components"].as_array().expect("a list").iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["serde", "serde_derive", "url"]);
        assert_eq!(bill["components"][0]["hashes"][0]["content"], "9a8e");
        assert_eq!(bill["components"][1]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert!(bill["components"][2].get("licenses").is_none(), "{bill:#}");
        let depends = |from: &str| {
            let all = bill["dependencies"].as_array().expect("a list");
            all.iter().find(|it| it["ref"] == from).expect(from)["dependsOn"].clone()
        };
        assert_eq!(depends("pkg:cargo/gopay-doctor@0.1.0"), json!(["pkg:cargo/serde@1.0.228", "pkg:cargo/url@2.5.8"]));
        assert_eq!(depends("pkg:cargo/url@2.5.8"), json!(["pkg:cargo/serde@1.0.228"]));
        let text = bill.to_string();
        assert!(!text.contains("somewhere"), "a folder of the machine that built it: {text}");
    }

    #[test]
    fn what_is_no_tree_is_no_bill() {
        assert!(bill("application", "error: no such package\n", &BTreeMap::new()).is_err());
        assert!(bill("application", "", &BTreeMap::new()).is_err());
    }
}
