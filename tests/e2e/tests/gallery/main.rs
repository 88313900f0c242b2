//! Gallery tests, on the page that shows every screen: accessibility, widths, keyboard, layout shift, screenshots, tools; and what
//! scanners and screen readers get of it. In Chromium only.

mod accessibility;
mod enlarged;
mod keyboard;
mod layout_shift;
mod receipt;
mod rescue;
mod scanning;
mod screenshots;
mod speech;
mod tools;
mod widths;

use gopay_e2e::{Engine, Payer, Shop, eventually};
use serde_json::Value;
use std::io::{self, Write};

/// Defines `everything(root)`: all elements in `root` and in the shadow roots below it, except text for screen readers only.
pub(crate) const EVERYTHING: &str = "
    const everything = (root) => [...root.querySelectorAll('*')].flatMap((it) =>
        [it, ...(it.shadowRoot ? everything(it.shadowRoot) : [])]).filter((it) => !it.matches('.spoken'));
";

/// Returns whether this run is in Chromium. If not, prints that the test is skipped; `cargo xtask test` counts these lines.
pub(crate) fn in_chromium() -> bool {
    let engine = Engine::from_env();
    if engine != Engine::Chromium {
        writeln!(io::stderr(), "skipped with {engine:?}: the gallery is tested in Chromium")
            .expect("somebody reads it");
    }
    engine == Engine::Chromium
}

/// Opens the gallery with these choices, and waits until every screen has reached its state.
pub(crate) async fn shows(shop: &Shop, payer: &Payer<'_>, choices: &str) {
    payer.goes_to(&shop.address(&format!("/gallery/?{choices}"))).await;
    eventually("every screen of the gallery stands", async || {
        let waits = payer
            .evaluates(
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

/// Waits until every card has its last stylesheet, too.
pub(crate) async fn has_all_styles(payer: &Payer<'_>) {
    eventually("every screen has all its styles", async || {
        let waits = payer
            .evaluates(
                "const cards = [...document.querySelectorAll('gopay-checkout')].map((it) => it.shadowRoot.querySelector('.card'));
                return cards.filter((it) => getComputedStyle(it).colorScheme === 'normal').length",
            )
            .await?;
        if waits == 0 { Ok(()) } else { Err(waits.to_string()) }
    })
    .await;
}

/// Asserts that a script returns an empty list.
pub(crate) async fn finds_nothing(payer: &Payer<'_>, what: &str, script: &str) {
    let found = payer.evaluates(script).await.expect("the script runs");
    assert_eq!(found, Value::Array(Vec::new()), "{what}");
}
