//! DOM clobbering: `<a id="x">` is `window.x`, and `<form name="x">` is `document.x` too, whatever the document has there
//! itself. Nothing of the widget's JavaScript reads a name that markup can define.
#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Properties of the document that are read plainly, and what an element in their place would do.
const HARMLESS: [&str; 3] = [
    // One of three reasons for which the page is ready.
    "readyState",
    // Then the element waits until it is drawn, which it is.
    "prerendering",
    // In a `try`: the dialog stands there without its styles.
    "adoptedStyleSheets",
];

/// The names that `text` reads of `object`, as `object.name`; those that are called at once left out.
fn properties(text: &str, object: &str) -> Vec<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut found = Vec::new();
    for (at, _) in text.match_indices(object) {
        let before = text[..at].chars().next_back();
        let Some(rest) =
            text[at + object.len()..].strip_prefix("?.").or_else(|| text[at + object.len()..].strip_prefix('.'))
        else {
            continue;
        };
        let name: String = rest.chars().take_while(|c| is_word(*c)).collect();
        if !before.is_some_and(|c| is_word(c) || c == '.') && !rest[name.len()..].starts_with('(') {
            found.push(name);
        }
    }
    found
}

fn is_comment(line: &str) -> bool {
    ["//", "/*", "*"].iter().any(|mark| line.trim_start().starts_with(mark))
}

#[test]
fn no_script_reads_a_name_that_markup_can_define() {
    let mut read = 0;
    for entry in std::fs::read_dir(Path::new(ROOT).join("src/loader")).expect("src/loader/") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "js") {
            continue;
        }
        read += 1;
        let text = std::fs::read_to_string(&path).expect("a text");
        let code: String = text.lines().filter(|line| !is_comment(line)).map(|line| format!("{line}\n")).collect();
        for object in ["globalThis", "window", "self"] {
            let names = properties(&code, object);
            assert!(names.is_empty(), "{} reads {object}.{names:?}: name it by a symbol", path.display());
        }
        let names: Vec<_> =
            properties(&code, "document").into_iter().filter(|it| !HARMLESS.contains(&it.as_str())).collect();
        // core_loader.js puts its preloads there: in an element of that name they are fetched as well.
        let is_known = path.ends_with("core_loader.js") && names.iter().all(|name| name == "head");
        assert!(names.is_empty() || is_known, "{} reads document.{names:?}: ask Document.prototype", path.display());
    }
    assert!(read >= 6, "{read} scripts");
}
