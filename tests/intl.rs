//! Amounts and times as `Intl` writes them. The widget writes them itself: the loader, the core and every engine then say
//! the same, and no engine's tables have to be there. Here they are held against those of Node's `Intl`.
#![cfg(not(target_arch = "wasm32"))]

use gopay_checkout::text::Lang;
use gopay_contract::GrossAmount;
use serde_json::{Value, json};
use std::process::Command;

/// Runs a script in Node, and returns its output.
fn in_node(script: &str) -> Value {
    let output = Command::new("node").args(["--input-type=module", "--eval", script]).output().expect("Node.js runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Sample amounts from Rp1 to Rp20.000.000, the most that a wallet pays, and far beyond.
fn amounts() -> Vec<u64> {
    let around = (0..12).map(|power| 10_u64.pow(power)).flat_map(|ten| [ten, ten * 2, ten * 10 - 1]);
    around.chain((1..2_000).map(|step| step * 9_973)).collect()
}

#[test]
fn rupiah_are_written_as_intl_writes_them_for_indonesia_in_both_languages_but_for_its_space() {
    let amounts = amounts();
    let ours: Vec<String> =
        amounts.iter().map(|&rupiah| GrossAmount::from_rupiah(rupiah).expect("an amount").to_rupiah_text()).collect();
    for locale in ["id-ID", "en-ID"] {
        let script = format!(
            "const rupiah = new Intl.NumberFormat('{locale}', {{ style: 'currency', currency: 'IDR', maximumFractionDigits: 0 }});
            // The official spelling has none: Rp44.000.
            const said = {}.map((amount) => rupiah.format(amount).replace(/\\s/, '').replace('IDR', 'Rp'));
            process.stdout.write(JSON.stringify(said));",
            json!(amounts)
        );
        assert_eq!(in_node(&script), json!(ours), "{locale}");
    }
}

#[test]
fn hours_and_minutes_are_called_what_intl_calls_them() {
    for (lang, display) in [(Lang::Id, "long"), (Lang::En, "short")] {
        let words = lang.words();
        let script = format!(
            "const unit = (unit, n) => new Intl.NumberFormat('{}', {{ style: 'unit', unit, unitDisplay: '{display}' }}).format(n);
            process.stdout.write(JSON.stringify([unit('hour', 2), unit('minute', 14)].map((it) => it.replace(/\\s/, ' '))));",
            lang.tag()
        );
        assert_eq!(
            in_node(&script),
            json!([format!("2 {}", words.hours), format!("14 {}", words.minutes)]),
            "{lang:?}"
        );
    }
}
