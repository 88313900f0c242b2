//! Result tables in Markdown.

use crate::{CHARGE_TAKES, Contender, Entry, Kind};
use serde_json::Value;
use std::fmt::Write as _;

/// Milliseconds since the navigation began, and bytes.
pub(crate) struct Run {
    pub(crate) painted: f64,
    /// Time at which our element reached `pending`: the core has started and follows the payment.
    pub(crate) followed: f64,
    /// Total blocking time: what every task took beyond 50 ms.
    pub(crate) blocked: f64,
    pub(crate) shifted: f64,
    pub(crate) bytes: f64,
    /// Heap of JavaScript and WebAssembly, after a collection.
    pub(crate) heap: f64,
    pub(crate) loaded: Value,
}

/// The times until it can be paid, by how long the charge takes, and how many times the floor's that is.
pub(crate) fn print_by_charge(runs: &[(Entry, Run)]) {
    let painted =
        |contender, kind, charge_takes| quantile(runs, Entry { contender, kind, charge_takes }, 50, |it| it.painted);
    println!("\n| payable after, ms (× the floor), where the charge takes | 0 | 300 | 800 | 1,500 ms |");
    println!("|---|--:|--:|--:|--:|");
    for kind in Kind::ALL {
        for contender in Contender::ALL {
            let mut row = String::new();
            for charge_takes in CHARGE_TAKES {
                let cell = match (painted(contender, kind, charge_takes), painted(Contender::Floor, kind, charge_takes))
                {
                    (Some(ms), Some(floor)) => format!("{ms:.0} ({:.2})", ms / floor),
                    _ => "–".to_owned(),
                };
                let _ = write!(row, " {cell} |");
            }
            if row.contains('(') {
                println!("| {}: {} |{row}", name(kind), contender_name(contender));
            }
        }
    }
}

/// Rows of a table in Markdown, of the runs where the charge was answered at once, and the ratios that count.
pub(crate) fn print(kind: Kind, caption: &str, runs: &[(Entry, Run)]) {
    println!(
        "\n| {}, {caption} | painted, ms: p25 | median | p75 | follows, ms | blocked, ms | layout shift | heap, kB | on the wire, bytes |",
        name(kind)
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    let at = |contender, percent, of: fn(&Run) -> f64| {
        quantile(runs, Entry { contender, kind, charge_takes: 0 }, percent, of)
    };
    for contender in Contender::ALL {
        let Some(median) = at(contender, 50, |it| it.painted) else { continue };
        let number = |percent, of| at(contender, percent, of).unwrap_or(f64::NAN);
        let follows = number(50, |it| it.followed);
        println!(
            "| {} | {:.0} | **{median:.0}** | {:.0} | {} | {:.0} | {:.3} | {:.0} | {:.0} |",
            contender_name(contender),
            number(25, |it| it.painted),
            number(75, |it| it.painted),
            if contender.is_ours() { format!("{follows:.0}") } else { "–".to_owned() },
            number(50, |it| it.blocked),
            number(50, |it| it.shifted),
            number(50, |it| it.heap) / 1000.0,
            number(50, |it| it.bytes),
        );
    }
    println!();
    for ours in [Contender::Wasm, Contender::Js] {
        for other in [Contender::Floor, Contender::Adyen] {
            if let (Some(mine), Some(its)) = (at(ours, 50, |it| it.painted), at(other, 50, |it| it.painted)) {
                println!("{}: {:.2} × {}", contender_name(ours), mine / its, contender_name(other));
            }
        }
    }
}

/// Files that the first run of each has loaded, and when.
pub(crate) fn print_loaded(runs: &[(Entry, Run)]) {
    println!("\nwhat the first of these runs loaded: asked for, first byte, last byte, in ms");
    for kind in Kind::ALL {
        for contender in Contender::ALL {
            let Some((_, run)) = runs.iter().find(|(it, _)| (it.kind, it.contender) == (kind, contender)) else {
                continue;
            };
            println!("  {}: {}", name(kind), contender_name(contender));
            for file in run.loaded.as_array().into_iter().flatten() {
                let at = |key: &str| file[key].as_f64().unwrap_or(f64::NAN);
                let path = file["name"].as_str().unwrap_or_default();
                println!("    {:>5.0} {:>5.0} {:>5.0}  {path}", at("from"), at("first"), at("to"));
            }
        }
    }
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Qr => "QR code on a computer",
        Kind::Link => "link on a phone",
    }
}

const fn contender_name(contender: Contender) -> &'static str {
    match contender {
        Contender::Wasm => "gopay-checkout, WebAssembly",
        Contender::Js => "gopay-checkout, JavaScript",
        Contender::Floor => "hand-written floor",
        Contender::Adyen => "adyen-web core + DuitNow",
    }
}

/// Nothing, where it did not run.
fn quantile(runs: &[(Entry, Run)], entry: Entry, percent: usize, of: fn(&Run) -> f64) -> Option<f64> {
    let mut values: Vec<f64> = runs.iter().filter(|(it, _)| *it == entry).map(|(_, run)| of(run)).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? * percent / 100).copied()
}
