//! Every file under a name that its content gives, and with the hash by which a browser knows that it is that content.
//! So a release beside an older one breaks no page that has the older one open, and every file but the loader may be cached
//! for ever.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384};

/// Number of hexadecimal digits of the hash in a file's name: no two files of ours meet in 32 bits.
const DIGITS: usize = 8;

/// A file of the widget.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// In dist/.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

/// The files that the loader fetches.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) wasm: File,
    pub(super) glue: File,
    /// The JavaScript build.
    pub(super) plain: File,
    /// The dialog, for the pages that open one.
    pub(super) pay: File,
    /// The stylesheet of what comes after the first screen that can be paid. The glue knows it.
    pub(super) later: File,
    /// The debug panel for developers, on a machine of their own. The glue knows it.
    pub(super) debug: File,
}

impl File {
    /// In core/, with the content's name.
    pub(super) fn of_core(extension: &str, bytes: Vec<u8>) -> Self {
        let hash: String = Sha384::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { path: format!("core/gopay-checkout.{}.{extension}", &hash[..DIGITS]), bytes }
    }

    /// The value of `integrity="…"`.
    pub(super) fn integrity(&self) -> String {
        integrity_of(&self.bytes)
    }

    /// The same for the loader: no hash can be compressed, and SHA-256 is a third shorter and as sure.
    pub(super) fn pin(&self) -> String {
        format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(&self.bytes)))
    }
}

/// The hash of these bytes, as `integrity="…"` has it.
pub(crate) fn integrity_of(bytes: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(bytes)))
}

impl Core {
    pub(super) fn all(&self) -> [&File; 6] {
        [&self.wasm, &self.glue, &self.plain, &self.pay, &self.later, &self.debug]
    }

    /// The files that the loader knows by their hash.
    pub(super) fn of_loader(&self) -> [&File; 4] {
        [&self.wasm, &self.glue, &self.plain, &self.pay]
    }

    /// The loader's `GOPAY_FILES`: the address of each file, relative to the loader, and its hash.
    pub(super) fn for_loader(&self) -> Value {
        let told = |file: &File| json!({ "url": format!("./{}", file.path), "integrity": file.pin() });
        json!({
            "wasm": told(&self.wasm),
            "glue": told(&self.glue),
            "plain": told(&self.plain),
            "pay": told(&self.pay),
        })
    }
}

/// dist/integrity.json: an inventory for operators who must list and watch every script of a payment page.
pub(super) fn manifest(version: &str, files: &[&File]) -> Value {
    let told = |file: &&File| json!({ "path": file.path, "bytes": file.bytes.len(), "integrity": file.integrity() });
    json!({ "name": "gopay-checkout", "version": version, "files": files.iter().map(told).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-384 of "abc", from FIPS 180-4's own examples.
    const ABC: &str = "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";

    #[test]
    fn a_file_has_the_name_and_the_hash_of_its_content() {
        let file = File::of_core("wasm", b"abc".to_vec());
        assert_eq!(file.path, "core/gopay-checkout.cb00753f.wasm");
        assert_eq!(file.integrity(), ABC);
        assert_ne!(File::of_core("wasm", b"abd".to_vec()).path, file.path);
    }

    /// SHA-256 of the same, from there too.
    const ABC_256: &str = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    #[test]
    fn loader_and_manifest_are_told_of_every_file() {
        let file = |extension: &str| File::of_core(extension, b"abc".to_vec());
        let core = Core {
            wasm: file("wasm"),
            glue: file("js"),
            plain: file("plain.js"),
            pay: file("pay.js"),
            later: file("later.js"),
            debug: file("debug.js"),
        };
        let expected = json!({
            "wasm": { "url": "./core/gopay-checkout.cb00753f.wasm", "integrity": ABC_256 },
            "glue": { "url": "./core/gopay-checkout.cb00753f.js", "integrity": ABC_256 },
            "plain": { "url": "./core/gopay-checkout.cb00753f.plain.js", "integrity": ABC_256 },
            "pay": { "url": "./core/gopay-checkout.cb00753f.pay.js", "integrity": ABC_256 },
        });
        assert_eq!(core.for_loader(), expected);

        let manifest = manifest("1.2.3", &core.all());
        assert_eq!(manifest["version"], "1.2.3");
        let expected = json!({ "path": "core/gopay-checkout.cb00753f.plain.js", "bytes": 3, "integrity": ABC });
        assert_eq!(manifest["files"][2], expected);
    }
}
