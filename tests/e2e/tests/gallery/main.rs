//! What people see, on the page that shows every screen: for everybody, at every width, by keyboard alone, and as it was
//! looked at and found good. In Chromium, whose pictures and layout shifts can be had.

mod accessible;
mod fits;
mod keyboard;
mod pictures;
mod rescue;
mod still;

use gopay_e2e::{Engine, Payer, Shop, eventually};
use serde_json::Value;
use std::io::{self, Write};

/// In the page: every element in `root` and in the shadow roots below it, but what is only spoken.
pub(crate) const EVERYTHING: &str = "
    const everything = (root) => [...root.querySelectorAll('*')].flatMap((it) =>
        [it, ...(it.shadowRoot ? everything(it.shadowRoot) : [])]).filter((it) => !it.matches('.spoken'));
";

/// Whether this run is in Chromium. If not, says so; `cargo xtask test` counts that as skipped.
pub(crate) fn in_chromium() -> bool {
    let engine = Engine::asked_for();
    if engine != Engine::Chromium {
        writeln!(io::stderr(), "skipped with {engine:?}: the gallery is looked at in Chromium")
            .expect("somebody reads it");
    }
    engine == Engine::Chromium
}

/// Opens the gallery with these choices, and waits until all has happened that happens by itself.
pub(crate) async fn shows(shop: &Shop, payer: &Payer<'_>, choices: &str) {
    payer.goes_to(&shop.address(&format!("/gallery/?{choices}"))).await;
    eventually("every screen of the gallery stands", async || {
        let waits = payer
            .looks(
                "const all = [...document.querySelectorAll('section')].map((it) => [it.firstChild.textContent, it.lastChild]);
                const wanted = { loading: '[part=card]', internal: '[part=problem]', 'not-opened': '.rescue', 'not-opened-qr': '[download]', 'qr-image': '[part=problem]',
                    offline: '[part=problem]', 'status-unreachable': '[part=problem]' };
                const stands = ([name, it]) => it.shadowRoot?.querySelector(wanted[name] ?? '[part=status]')
                    && (it.state !== 'loading' || name === 'loading') && (it.state !== 'charging' || /charging|unreachable/.test(name));
                return all.length ? all.filter((it) => !stands(it)).map(([name]) => name) : ['the page']",
            )
            .await?;
        if waits.as_array().is_some_and(Vec::is_empty) { Ok(()) } else { Err(waits.to_string()) }
    })
    .await;
}

/// What a script finds, which should be nothing.
pub(crate) async fn finds_nothing(payer: &Payer<'_>, what: &str, script: &str) {
    let found = payer.looks(script).await.expect("the script runs");
    assert_eq!(found, Value::Array(Vec::new()), "{what}");
}
