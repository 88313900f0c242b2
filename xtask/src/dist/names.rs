//! The names under which wasm and glue know each other. wasm-bindgen's carry hashes and whole types; a payer fetches them
//! twice, and are read by no program. wasm-opt shortens the wasm's side and says how; this is the glue's side.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// wasm-opt's name for the one module that the wasm imports from.
const MODULE: &str = "a";

/// Between these, the glue holds what the wasm may ask for: one entry an import, each beginning on a line of its own.
const IMPORTS: &str = "    const import0 = {\n";
const IMPORTS_END: &str = "    };\n    return {\n";

/// Old name → short name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    module: String,
    imports: BTreeMap<String, String>,
    exports: BTreeMap<String, String>,
}

/// The output of `wasm-opt --minify-imports-and-exports-and-modules`.
#[derive(Deserialize)]
struct Printed {
    imports: Vec<(String, String, String)>,
    exports: Vec<(String, String)>,
}

impl Names {
    /// Reads what wasm-opt printed.
    pub(super) fn read(printed: &str) -> Result<Self> {
        let Printed { imports, exports } =
            serde_json::from_str(printed).context("cannot read the names that wasm-opt printed")?;
        let modules: BTreeSet<&String> = imports.iter().map(|(module, ..)| module).collect();
        let [module] = modules.iter().copied().collect::<Vec<_>>()[..] else {
            bail!("the wasm must import from its glue alone, but does from {modules:?}");
        };
        Ok(Self {
            module: module.clone(),
            imports: imports.iter().map(|(_, old, new)| (old.clone(), new.clone())).collect(),
            exports: exports.into_iter().collect(),
        })
    }

    /// The glue with the short names, and without what the wasm does not ask for. Fails where the two do not fit.
    pub(super) fn rename(&self, glue: &str) -> Result<String> {
        self.rename_exports(&self.rename_imports(glue)?)
    }

    /// The object of imports.
    fn rename_imports(&self, glue: &str) -> Result<String> {
        let (before, rest) = split(glue, IMPORTS)?;
        let (entries, after) = split(rest, IMPORTS_END)?;
        let mut missing: BTreeSet<&str> = self.imports.keys().map(String::as_str).collect();
        let mut renamed = String::new();
        let mut is_asked_for = true;
        for line in entries.lines() {
            if let Some((name, function)) = entry(line) {
                let short = self.imports.get(name);
                is_asked_for = short.is_some();
                missing.remove(name);
                if let Some(short) = short {
                    renamed += &format!("        {short}: {function}\n");
                }
            } else if is_asked_for {
                renamed = renamed + line + "\n";
            }
        }
        if !missing.is_empty() {
            bail!("the wasm asks for what the glue does not have: {missing:?}");
        }
        let (between, after) = split(after, &format!("\"{}\": import0", self.module))?;
        Ok(format!("{before}{IMPORTS}{renamed}{IMPORTS_END}{between}{MODULE}: import0{after}"))
    }

    /// Every `wasm.name`.
    fn rename_exports(&self, glue: &str) -> Result<String> {
        const OBJECT: &str = "wasm.";
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
        let mut renamed = String::new();
        let mut rest = glue;
        while let Some(at) = rest.find(OBJECT) {
            let (before, name) = (&rest[..at], &rest[at + OBJECT.len()..]);
            let end = name.find(|c| !is_word(c)).unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            renamed = renamed + before + OBJECT;
            if before.ends_with(|c| is_word(c) || c == '.') {
                renamed += name;
            } else if let Some(short) = self.exports.get(name) {
                renamed += short;
            } else {
                bail!("the glue uses `wasm.{name}`, which the wasm does not export");
            }
            rest = after;
        }
        Ok(renamed + rest)
    }
}

/// `        name: function(…`: the beginning of an entry.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("        ").filter(|line| !line.starts_with(' '))?;
    line.split_once(": ").filter(|(_, value)| value.starts_with("function"))
}

/// Splits the text at `mark`, which must be there once.
pub(super) fn split<'a>(text: &'a str, mark: &str) -> Result<(&'a str, &'a str)> {
    match text.split_once(mark) {
        Some((before, after)) if !after.contains(mark) => Ok((before, after)),
        found => bail!(
            "wasm-bindgen's glue must hold {mark:?} once, but holds it {}: does xtask know this version of wasm-bindgen?",
            if found.is_some() { "more often" } else { "never" }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"{
 "imports": [
  ["./g_bg.js", "__wbg_now_0a1b", "b"],
  ["./g_bg.js", "__wbg_now_0a1bc", "a"]
 ],
"exports": [
  ["memory", "c"],
  ["start", "d"]
 ]
}"#;

    const GLUE: &str = "function imports() {
    const import0 = {
        __proto__: null,
        __wbg_gone_77: function(arg0) {
            return wasm.gone;
        },
        __wbg_now_0a1b: function() { return handleError(function () {
            return wasm.memory.buffer;
        }, arguments); },
        __wbg_now_0a1bc: function() {
            return Date.now();
        },
    };
    return {
        __proto__: null,
        \"./g_bg.js\": import0,
    };
}
function starts() { wasm.start(mywasm.start, its.wasm.start); }
";

    #[test]
    fn both_sides_are_renamed_by_whole_words_and_what_nobody_asks_for_is_left_out() {
        let renamed = Names::read(PRINTED).expect("reads").rename(GLUE).expect("fits");
        let expected = "function imports() {
    const import0 = {
        __proto__: null,
        b: function() { return handleError(function () {
            return wasm.c.buffer;
        }, arguments); },
        a: function() {
            return Date.now();
        },
    };
    return {
        __proto__: null,
        a: import0,
    };
}
function starts() { wasm.d(mywasm.start, its.wasm.start); }
";
        assert_eq!(renamed, expected);
    }

    fn refused(printed: &str, glue: &str) -> String {
        Names::read(printed).and_then(|names| names.rename(glue)).expect_err("it does not fit").to_string()
    }

    #[test]
    fn an_import_that_the_glue_lacks_is_refused_by_name() {
        let problem = refused(&PRINTED.replace("__wbg_now_0a1bc", "__wbg_other_1"), GLUE);
        assert!(problem.contains("does not have: {\"__wbg_other_1\"}"), "{problem}");
    }

    #[test]
    fn an_export_that_the_wasm_lacks_is_refused_by_name() {
        let problem = refused(&PRINTED.replace("\"start\"", "\"begin\""), GLUE);
        assert!(problem.contains("`wasm.start`, which the wasm does not export"), "{problem}");
    }

    #[test]
    fn glue_of_another_shape_is_refused() {
        for mark in ["const import0 = {", "\"./g_bg.js\": import0"] {
            let problem = refused(PRINTED, &GLUE.replace(mark, "const imports = {"));
            assert!(problem.contains("holds it never"), "{problem}");
        }
    }

    #[test]
    fn a_second_module_is_refused() {
        let problem = refused(&PRINTED.replacen("./g_bg.js", "./snippets/x.js", 1), GLUE);
        assert!(problem.contains("from its glue alone") && problem.contains("./snippets/x.js"), "{problem}");
    }
}
