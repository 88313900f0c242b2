//! What the runs come to.

use crate::Contender;
use serde_json::Value;

/// Milliseconds since the navigation began, and bytes.
pub(crate) struct Run {
    pub(crate) painted: f64,
    /// When our element said `pending`: the core is there and follows the payment.
    pub(crate) followed: f64,
    /// Of every task, what it took beyond 50 ms.
    pub(crate) blocked: f64,
    pub(crate) shifted: f64,
    pub(crate) bytes: f64,
    /// Of JavaScript and WebAssembly, after a collection.
    pub(crate) heap: f64,
    pub(crate) loaded: Value,
}

/// Rows of a table in Markdown, and the two ratios that count.
pub(crate) fn print(caption: &str, runs: &[(Contender, Run)]) {
    println!(
        "\n| {caption} | QR painted, ms: p25 | median | p75 | follows, ms | blocked, ms | layout shift | heap, kB | on the wire, bytes |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for contender in Contender::ALL {
        let at = |percent, of: fn(&Run) -> f64| quantile(runs, contender, percent, of);
        let follows = at(50, |it| it.followed);
        println!(
            "| {} | {:.0} | **{:.0}** | {:.0} | {} | {:.0} | {:.3} | {:.0} | {:.0} |",
            name(contender),
            at(25, |it| it.painted),
            at(50, |it| it.painted),
            at(75, |it| it.painted),
            if contender.is_ours() { format!("{follows:.0}") } else { "–".to_owned() },
            at(50, |it| it.blocked),
            at(50, |it| it.shifted),
            at(50, |it| it.heap) / 1000.0,
            at(50, |it| it.bytes),
        );
    }
    let painted = |contender| quantile(runs, contender, 50, |it| it.painted);
    println!();
    for ours in [Contender::Wasm, Contender::Js] {
        let [floor, adyen] = [Contender::Floor, Contender::Adyen].map(|other| painted(ours) / painted(other));
        println!("{}: {floor:.2} × the floor, {adyen:.2} × adyen-web", name(ours));
    }
}

/// What was loaded in each contender's first run, and when.
pub(crate) fn print_loaded(runs: &[(Contender, Run)]) {
    println!("\nwhat the first of these runs loaded: asked for, first byte, last byte, in ms");
    for contender in Contender::ALL {
        let first = runs.iter().find(|(whose, _)| *whose == contender);
        println!("  {}", name(contender));
        for file in first.into_iter().flat_map(|(_, run)| run.loaded.as_array().into_iter().flatten()) {
            let at = |key: &str| file[key].as_f64().unwrap_or(f64::NAN);
            let path = file["name"].as_str().unwrap_or_default();
            println!("    {:>5.0} {:>5.0} {:>5.0}  {path}", at("from"), at("first"), at("to"));
        }
    }
}

const fn name(contender: Contender) -> &'static str {
    match contender {
        Contender::Wasm => "gopay-checkout, WebAssembly",
        Contender::Js => "gopay-checkout, JavaScript",
        Contender::Floor => "hand-written floor",
        Contender::Adyen => "adyen-web core + DuitNow",
    }
}

fn quantile(runs: &[(Contender, Run)], contender: Contender, percent: usize, of: fn(&Run) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().filter(|(whose, _)| *whose == contender).map(|(_, run)| of(run)).collect();
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) * percent / 100]
}
