//! wasm-bindgen's glue (`--target web`), with an ending of ours: wasm-bindgen's starts the wasm in five ways, we need one.

use super::names::split;
use anyhow::{Result, bail};

/// The line of the glue behind which it starts the wasm.
const STARTS: &str = "let wasmModule, wasmInstance, wasm;\n";

/// The glue's last call, where there is something to do.
const STARTED: &str = "    wasm.__wbindgen_start();\n";

/// The same, given what the loader has fetched and checked: bytes or a compiled module.
const WASM_STARTS: &str = "let wasm, started;
export default function start({ module_or_path }) {
  return started ??= WebAssembly.instantiate(module_or_path, __wbg_get_imports()).then((made) => {
    wasm = (made.instance ?? made).exports;
    wasm.__wbindgen_start();
    return wasm;
  });
}
";

/// The same without WebAssembly: what wasm2js made lies beside it.
const PLAIN_STARTS: &str = "import instantiate from \"./plain.js\";
let wasm;
export default async function start() {
  if (!wasm) {
    wasm = instantiate(__wbg_get_imports());
    wasm.__wbindgen_start();
  }
  return wasm;
}
";

/// Replacements in wasm-bindgen's glue: its text, ours, and the reason.
const GLUE_PATCHES: [(&str, &str); 3] = [
    // Memory that has grown is another buffer. The old one is detached in WebAssembly, and just stays in JavaScript: there
    // wasm-bindgen's questions would let the glue write into memory that is not read any more.
    (
        "if (cachedUint8ArrayMemory0 === null || cachedUint8ArrayMemory0.byteLength === 0) {",
        "if (cachedUint8ArrayMemory0?.buffer !== wasm.memory.buffer) {",
    ),
    (
        "if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || \
         (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)) {",
        "if (cachedDataViewMemory0?.buffer !== wasm.memory.buffer) {",
    ),
    // Every browser that can read the loader has it.
    (
        "if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = function (arg, view) {
        const buf = cachedTextEncoder.encode(arg);
        view.set(buf);
        return {
            read: arg.length,
            written: buf.length
        };
    };
}
",
        "",
    ),
];

/// The glue for wasm.
pub(super) fn for_wasm(glue: &str) -> Result<String> {
    rewritten(glue, WASM_STARTS)
}

/// The glue for wasm2js' output.
pub(super) fn for_plain(glue: &str) -> Result<String> {
    // A 64-bit number crosses as two halves there, and as a BigInt here.
    if glue.contains("BigInt") {
        bail!("a 64-bit number crosses between Rust and JavaScript, which the JavaScript build cannot: use f64 or u32");
    }
    rewritten(glue, PLAIN_STARTS)
}

fn rewritten(glue: &str, starts: &str) -> Result<String> {
    // Leptos' `view!` makes nested elements that are wholly literal so.
    if glue.contains("innerHTML") {
        bail!("the core sets `innerHTML`, which Trusted Types refuse: put a literal of such an element into braces");
    }
    let (glue, their_starts) = split(glue, STARTS)?;
    let mut glue = glue.to_owned();
    // There only where Rust has something to do before anything else.
    let starts = if their_starts.contains(STARTED) { starts.to_owned() } else { starts.replace(STARTED, "") };
    for (theirs, ours) in GLUE_PATCHES {
        let (before, after) = split(&glue, theirs)?;
        glue = format!("{before}{ours}{after}");
    }
    // One that we do not know would ask wasm-bindgen's way.
    let caches = glue.matches("let cached").count();
    let known =
        ["let cachedUint8ArrayMemory0 = null;", "let cachedDataViewMemory0 = null;", "let cachedTextDecoder = "];
    if caches != known.len() || !known.iter().all(|cache| glue.contains(cache)) {
        bail!("wasm-bindgen's glue must keep views of memory in {known:?} alone; xtask knows how to renew no other");
    }
    Ok(glue + &starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theirs() -> String {
        let mut glue = "let cachedUint8ArrayMemory0 = null;\nlet cachedDataViewMemory0 = null;\n".to_owned();
        glue += "let cachedTextDecoder = new TextDecoder();\n";
        for (theirs, _) in GLUE_PATCHES {
            glue = glue + theirs + "\n";
        }
        glue + STARTS + STARTED + "function initSync() {}\nexport { initSync, __wbg_init as default };\n"
    }

    #[test]
    fn grown_memory_is_looked_at_anew_in_both_builds_and_only_our_ending_is_left() {
        for ours in [for_wasm(&theirs()), for_plain(&theirs())] {
            let ours = ours.expect("is as it should be");
            assert!(!ours.contains("detached") && !ours.contains("byteLength") && !ours.contains("initSync"), "{ours}");
            assert_eq!(ours.matches("?.buffer !== wasm.memory.buffer").count(), 2, "{ours}");
            assert_eq!(ours.matches("export default").count(), 1, "{ours}");
        }
    }

    #[test]
    fn what_is_not_as_wasm_bindgen_writes_it_today_is_refused() {
        for (mark, _) in GLUE_PATCHES {
            let problem = for_wasm(&theirs().replace(mark, "")).expect_err("one is missing").to_string();
            assert!(problem.contains("holds it never"), "{problem}");
        }
        let more = theirs().replace("let cachedDataView", "let cachedFloat64ArrayMemory0 = null;\nlet cachedDataView");
        let problem = for_wasm(&more).expect_err("a view more").to_string();
        assert!(problem.contains("renew no other"), "{problem}");
    }

    #[test]
    fn html_that_is_written_as_text_is_refused() {
        for glue in [for_wasm, for_plain] {
            let problem = glue(&format!("arg0.innerHTML = text;\n{}", theirs())).expect_err("refused").to_string();
            assert!(problem.contains("Trusted Types"), "{problem}");
        }
    }

    #[test]
    fn rust_is_started_where_it_has_a_start() {
        for starts in [for_wasm, for_plain] {
            assert_eq!(starts(&theirs()).expect("is as it should be").matches(STARTED).count(), 1);
            assert_eq!(starts(&theirs().replace(STARTED, "")).expect("likewise").matches(STARTED).count(), 0);
        }
    }

    #[test]
    fn a_64_bit_number_that_crosses_is_refused_without_webassembly() {
        let problem = for_plain(&format!("BigInt.asUintN(64, ret);\n{}", theirs())).expect_err("it cannot").to_string();
        assert!(problem.contains("64-bit"), "{problem}");
        assert!(for_wasm(&format!("BigInt.asUintN(64, ret);\n{}", theirs())).is_ok());
    }
}
