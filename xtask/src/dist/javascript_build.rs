//! The same Rust without WebAssembly: wasm2js writes the wasm as JavaScript, and this makes of its text a function that
//! nothing has started yet.

use super::names::split;
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt::Write;

/// wasm2js' own start, at once and once.
const STARTS: &str = "\nvar retasmFunc = asmFunc({\n";

/// The call by which wasm2js writes the wasm's constant data into memory.
const DATA: &str = "base64DecodeToExistingUint8Array(bufferView, ";

/// Our replacement: one character a byte. Base64 hides from brotli that most of it is text.
const LAID: &str = "function lay(at, text) {
  for (var i = 0; i < text.length; i++) bufferView[at + i] = text.charCodeAt(i);
}
";

/// The module whose default export is `imports → exports`.
pub(super) fn module(wasm2js: &str) -> Result<String> {
    let (text, _) = split(wasm2js, STARTS)?;
    let (_, text) = split(text, "import * as a from 'a';\n")?;
    let (before, text) = split(text, "  var base64ReverseLookup = ")?;
    let (_, text) = split(text, "    return uint8Array;\n  }\n")?;
    Ok(format!("{before}{LAID}{}\nexport default asmFunc;\n", with_data_as_text(text)?))
}

fn with_data_as_text(text: &str) -> Result<String> {
    let mut parts = text.split(DATA);
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // `1048576, "aGFsbG8=");…`
        let (at, rest) = part.split_once(", \"").context("wasm2js names no data")?;
        let (data, rest) = rest.split_once('"').context("wasm2js' data has no end")?;
        let data = BASE64_STANDARD.decode(data).context("wasm2js' data is no base64")?;
        write!(written, "lay({at}, \"{}\"", literal(&data))?;
        written += rest;
    }
    if written.contains("base64") {
        bail!("wasm2js lays data into memory in a way that xtask does not know");
    }
    Ok(written)
}

/// A character a byte, all of them ASCII in the source; the minifier writes them shorter.
fn literal(data: &[u8]) -> String {
    let mut text = String::new();
    for &byte in data {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text += &format!("\\x{byte:02x}"),
        }
    }
    text
}

/// Features that the shipped std is marked as using, though what comes here does not. wasm-bindgen would go by the mark and
/// put references into tables, which wasm2js does not know.
const MARKED: [&str; 2] = ["reference-types", "multivalue"];

/// The same wasm, marked as not using them. A mark is a sign, a length and a name; another sign moves nothing.
pub(super) fn without_reference_types(wasm: &mut [u8]) -> Result<()> {
    for feature in MARKED {
        let mark = [&[b'+', u8::try_from(feature.len())?], feature.as_bytes()].concat();
        let mut places = wasm.windows(mark.len()).enumerate().filter(|(_, window)| *window == mark);
        let place = places.next().map(|(at, _)| at);
        if places.next().is_some() {
            bail!("the mark of {feature} stands more than once in the wasm");
        }
        if let Some(sign) = place.and_then(|at| wasm.get_mut(at)) {
            *sign = b'-';
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WASM2JS: &str = "import * as a from 'a';

  var bufferView;
  var base64ReverseLookup = new Uint8Array(123/*'z'+1*/);
  function base64DecodeToExistingUint8Array(uint8Array, offset, b64) {
    return uint8Array;
  }
function initActiveSegments(imports) {
  base64DecodeToExistingUint8Array(bufferView, 1048576, \"aMOpIlwKAA==\");
  base64DecodeToExistingUint8Array(bufferView, 1048590, \"b2s=\");
}
function asmFunc(imports) {
 return { \"b\": $1 };
}

var retasmFunc = asmFunc({
  \"a\": a,
});
export var b = retasmFunc.b;
";

    #[test]
    fn it_waits_to_be_started_and_its_data_is_readable() {
        let expected = "
  var bufferView;
function lay(at, text) {
  for (var i = 0; i < text.length; i++) bufferView[at + i] = text.charCodeAt(i);
}
function initActiveSegments(imports) {
  lay(1048576, \"h\\xc3\\xa9\\\"\\\\\\x0a\\x00\");
  lay(1048590, \"ok\");
}
function asmFunc(imports) {
 return { \"b\": $1 };
}

export default asmFunc;
";
        assert_eq!(module(WASM2JS).expect("known"), expected);
    }

    #[test]
    fn text_of_another_shape_is_refused() {
        for (mark, other) in [
            ("import * as a from 'a';", "import * as env from 'env';"),
            ("var retasmFunc = asmFunc({", "var made = asmFunc({"),
            ("  base64DecodeToExistingUint8Array(bufferView, 1048590", "  base64Decode(1048590"),
            ("\"b2s=\"", "\"b2s\""),
        ] {
            assert!(module(&WASM2JS.replace(mark, other)).is_err(), "{other}");
        }
    }

    #[test]
    fn a_mark_of_reference_types_is_taken_back_and_one_that_is_not_clear_is_refused() {
        let mut wasm = b"..+\x0freference-types+\x0amultivalue+\x08sign-ext".to_vec();
        without_reference_types(&mut wasm).expect("clear");
        assert_eq!(wasm, b"..-\x0freference-types-\x0amultivalue+\x08sign-ext");
        let mut twice = b"+\x0amultivalue +\x0amultivalue".to_vec();
        assert!(without_reference_types(&mut twice).is_err());
    }
}
