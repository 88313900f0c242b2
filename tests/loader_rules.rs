//! Checks that the loader's generated JavaScript, which has what it shares with the core, is up to date.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::Path;

/// Writes the files anew instead of comparing them.
const BLESS: &str = "GOPAY_BLESS";

#[test]
fn the_loaders_rules_are_those_that_the_core_would_write() {
    for (name, text) in gopay_checkout::loader_rules::files() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/loader").join(name);
        if std::env::var_os(BLESS).is_some() {
            fs::write(&file, &text).expect("it is written");
        }
        let found = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            found == text,
            "{} is stale: `{BLESS}=1 cargo test --test loader_rules` writes it anew",
            file.display()
        );
    }
}
