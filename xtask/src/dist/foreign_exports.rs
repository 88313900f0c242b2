//! Cuts the classes that a dependency exports to JavaScript. leptos brings `server_fn`, and that wasm-streams: its three
//! classes are exported used or not, so no optimiser may drop them.

use super::names::split;
use crate::command::{command, run};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The classes that the loader uses.
const OURS: [&str; 1] = ["Mounted"];

/// Cuts the others out of the `glue` and what only they use out of the `wasm`, both in place. With the stub of `wasm-streams`
/// (`compile.rs`) there are none.
pub(super) fn remove_unused(wasm: &Path, glue: &Path, features: &[&str]) -> Result<()> {
    let text = fs::read_to_string(glue).with_context(|| format!("cannot read {}", glue.display()))?;
    let foreign = foreign_classes(&text);
    if foreign.is_empty() {
        return Ok(());
    }
    let text = without_classes(&text, &foreign)?;
    let graph = wasm.with_extension("graph.json");
    fs::write(&graph, used_by(&text).to_string())?;
    fs::write(glue, text)?;
    run(command("wasm-metadce").args(features).arg(wasm).arg("--graph-file").arg(&graph).arg("-o").arg(wasm))
}

/// The glue's text that exports a class.
const CLASS: &str = "export class ";

fn foreign_classes(glue: &str) -> Vec<&str> {
    let names = glue.lines().filter_map(|line| line.strip_prefix(CLASS)?.strip_suffix(" {"));
    names.filter(|name| !OURS.contains(name)).collect()
}

fn without_classes(glue: &str, names: &[&str]) -> Result<String> {
    let mut glue = glue.to_owned();
    for name in names {
        let disposed = format!("if (Symbol.dispose) {name}.prototype[Symbol.dispose] = {name}.prototype.free;\n");
        glue = without(&glue, &format!("{CLASS}{name} {{\n"), &disposed)?;
        glue = without(&glue, &format!("const {name}Finalization = "), ");\n")?;
    }
    Ok(glue)
}

/// `text` without what is between `from` and the next `to`, and without both.
fn without(text: &str, from: &str, to: &str) -> Result<String> {
    let (before, rest) = split(text, from)?;
    let (_, after) = rest.split_once(to).with_context(|| format!("nothing ends {from:?} in wasm-bindgen's glue"))?;
    Ok(format!("{before}{after}"))
}

/// The input of wasm-metadce: the glue is the only one that uses exports, and these.
fn used_by(glue: &str) -> Value {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    let used: BTreeSet<&str> = glue
        .split("wasm.")
        .skip(1)
        .map(|rest| rest.split(|c| !is_word(c)).next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect();
    let mut graph = vec![json!({ "name": "glue", "root": true, "reaches": used })];
    graph.extend(used.iter().map(|name| json!({ "name": name, "export": name })));
    Value::Array(graph)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "export class Foreign {
    free() {
        wasm.__wbg_foreign_free(ptr, 0);
    }
}
if (Symbol.dispose) Foreign.prototype[Symbol.dispose] = Foreign.prototype.free;

export class Mounted {
    start() {
        wasm.mounted_start(this.__wbg_ptr);
    }
}
const ForeignFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_foreign_free(ptr, 1));
const last = wasm.memory;
";

    #[test]
    fn foreign_classes_go_and_ours_stay() {
        let glue = without_classes(GLUE, &foreign_classes(GLUE)).expect("is as it should be");
        assert!(!glue.contains("oreign"), "{glue}");
        assert!(glue.contains("export class Mounted {") && glue.ends_with("const last = wasm.memory;\n"), "{glue}");
    }

    #[test]
    fn only_what_the_glue_uses_is_kept() {
        let graph = used_by("wasm.memory; wasm.mounted_start(); wasm.memory");
        let expected = json!([
            { "name": "glue", "root": true, "reaches": ["memory", "mounted_start"] },
            { "name": "memory", "export": "memory" },
            { "name": "mounted_start", "export": "mounted_start" },
        ]);
        assert_eq!(graph, expected);
    }

    #[test]
    fn a_class_that_is_not_written_as_today_is_refused() {
        let other = GLUE.replace("ForeignFinalization", "F");
        let problem = without_classes(&other, &foreign_classes(&other)).expect_err("it is missing");
        assert!(problem.to_string().contains("holds it never"), "{problem}");
    }
}
