//! Servers that send an altered file to some requests and the true one to others: only verified bytes run, or the other
//! build, or nothing.

use super::core_file;
use super::host::{Delivery, Host, Page};
use super::tampering::{Shape, Tampering, Target};
use axum::http::StatusCode;
use gopay_e2e::{Device, Engine, Payer, Shop, eventually};

/// Outcome of a tampering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The true file runs.
    Runs,
    /// The file is refused: nothing of it runs.
    IsRefused,
}

/// A script and the page that loads it.
#[derive(Clone, Copy, Debug)]
struct Script {
    /// Its name in `core_file`.
    which: &'static str,
    /// Script that runs first on the page.
    before: &'static str,
}

const GLUE: Script = Script { which: "glue", before: "" };
const WASM: Script = Script { which: "wasm", before: "" };
const JAVASCRIPT_BUILD: Script = Script { which: "plain", before: "delete window.WebAssembly;" };
/// `opened` becomes true or false.
const DIALOG: Script = Script {
    which: "pay",
    before: "addEventListener('load', async () => {
        const { pay } = await import('/gopay-checkout.js');
        window.opened = await pay({}).close().then(() => true, () => false);
    });",
};
const REDIRECTS: [StatusCode; 2] = [StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT];
const SCRIPTS: [Script; 3] = [GLUE, JAVASCRIPT_BUILD, DIALOG];

/// Requests that a `<script>`, a module or a preload of one makes.
const SCRIPTS_REQUEST: Target = Target::Like("sec-fetch-dest", "script");
/// Requests that `fetch()` makes.
const FETCHS_REQUEST: Target = Target::Like("sec-fetch-dest", "empty");

/// Opens a page for each of `scripts` at a server with each of `tamperings`. Returns the outcome of each.
async fn outcomes(scripts: &[Script], tamperings: &[(Target, Shape)]) -> Vec<Outcome> {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let mut outcomes = Vec::new();
    for &(target, shape) in tamperings {
        for &script in scripts {
            outcomes.push(outcome_of(&shop, &payer, script, Tampering { target, shape }).await);
        }
    }
    outcomes
}

async fn outcome_of(shop: &Shop, payer: &Payer<'_>, script: Script, tampering: Tampering) -> Outcome {
    let order = shop.takes_order("gula-aren").await;
    let file = core_file(script.which);
    let delivery = Delivery::Tampered(file.clone(), tampering);
    let host = Host::opens(shop, &order, Page { before: script.before, delivery, ..Page::default() }).await;
    payer.goes_to(&host.page_address()).await;
    let outcome = eventually(&format!("{script:?} runs or is refused with {tampering:?}"), async || {
        let seen =
            payer.evaluates("return [window.opened ?? null, document.querySelector('gopay-checkout').state]").await?;
        let asked = host.asked().iter().filter(|path| path.ends_with(&file)).count();
        match (script.which, &seen[0], seen[1].as_str()) {
            ("pay", opened, _) if opened == true => Ok(Outcome::Runs),
            ("pay", opened, _) if opened == false => Ok(Outcome::IsRefused),
            ("glue" | "wasm", _, Some("pending"))
                if host.asked().iter().any(|path| path.ends_with(&core_file("plain"))) =>
            {
                Ok(Outcome::IsRefused)
            }
            ("glue" | "wasm" | "plain", _, Some("pending")) => Ok(Outcome::Runs),
            ("glue" | "wasm" | "plain", _, Some("problem")) => Ok(Outcome::IsRefused),
            // It is requested again a second after it was refused.
            ("glue" | "plain", ..) if asked > 3 => Ok(Outcome::IsRefused),
            _ => Err(format!("{seen}, asked for {asked} times")),
        }
    })
    .await;
    let altered = payer.evaluates("return window.altered ?? null").await.expect("the page is there");
    assert!(altered.is_null(), "an altered file has run: {script:?}, {tampering:?}");
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_alters_for_scripts_alone_does_not_run() {
    assert_eq!(outcomes(&SCRIPTS, &[(SCRIPTS_REQUEST, Shape::Plain)]).await, [Outcome::IsRefused; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_for_scripts_does_not_run_from_the_cache_either() {
    assert_eq!(outcomes(&SCRIPTS, &[(SCRIPTS_REQUEST, Shape::Stored)]).await, [Outcome::IsRefused; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_and_comes_as_a_part_does_not_run() {
    assert_eq!(outcomes(&SCRIPTS, &[(SCRIPTS_REQUEST, Shape::Part)]).await, [Outcome::IsRefused; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_and_comes_compressed_does_not_run() {
    assert_eq!(outcomes(&SCRIPTS, &[(SCRIPTS_REQUEST, Shape::Compressed)]).await, [Outcome::IsRefused; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_behind_a_redirect_does_not_run() {
    let tamperings = REDIRECTS.map(|status| (SCRIPTS_REQUEST, Shape::Moved(status)));
    assert_eq!(outcomes(&SCRIPTS, &tamperings).await, [Outcome::IsRefused; 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_at_another_origin_does_not_run() {
    let tamperings = REDIRECTS.map(|status| (SCRIPTS_REQUEST, Shape::MovedAway(status)));
    assert_eq!(outcomes(&SCRIPTS, &tamperings).await, [Outcome::IsRefused; 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_after_the_first_request_is_not_asked_for() {
    let tamperings = [(Target::Later, Shape::Plain), (Target::Later, Shape::Stored)];
    assert_eq!(outcomes(&SCRIPTS, &tamperings).await, [Outcome::Runs; 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_altered_at_first_is_verified_when_it_is_fetched_again() {
    let outcomes = outcomes(&[GLUE, JAVASCRIPT_BUILD], &[(Target::First, Shape::Plain)]).await;
    // In the glue's place the JavaScript build runs at once.
    assert_eq!(outcomes, [Outcome::IsRefused, Outcome::Runs]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_at_every_other_request_does_not_run() {
    assert_eq!(outcomes(&SCRIPTS, &[(Target::EveryOther, Shape::Plain)]).await, [Outcome::Runs; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_altered_for_fetches_alone_is_not_what_runs() {
    assert_eq!(outcomes(&SCRIPTS, &[(FETCHS_REQUEST, Shape::Plain)]).await, [Outcome::Runs; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_header_of_a_request_is_a_way_to_have_something_altered_run() {
    for (name, value) in [("sec-fetch-mode", "cors"), ("accept", "*/*"), ("origin", "")] {
        let tamperings = [(Target::Like(name, value), Shape::Plain), (Target::Unlike(name, value), Shape::Plain)];
        // A request that loads the script gets the true file from one of them and the altered one from the other.
        let outcomes = outcomes(&[GLUE], &tamperings).await;
        assert_ne!(outcomes[0], outcomes[1], "{name}");
    }
}

/// A module with an additional section runs as well as the true one, so only its hash tells them apart.
#[tokio::test(flavor = "multi_thread")]
async fn a_wasm_that_is_altered_does_not_run_in_whatever_form_it_comes() {
    let moved = REDIRECTS.map(Shape::Moved);
    let moved_away = REDIRECTS.map(Shape::MovedAway);
    let shapes =
        [Shape::Plain, Shape::Stored, Shape::Part, Shape::Compressed].into_iter().chain(moved).chain(moved_away);
    let tamperings: Vec<_> = shapes.map(|shape| (FETCHS_REQUEST, shape)).collect();
    assert_eq!(outcomes(&[WASM], &tamperings).await, [Outcome::IsRefused; 8]);
    assert_eq!(outcomes(&[WASM], &[(Target::Later, Shape::Plain)]).await, [Outcome::Runs]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_page_has_preloaded_without_a_hash_is_not_what_runs() {
    let before = "const link = document.createElement('link');
        link.rel = 'modulepreload';
        link.href = '/FILE';
        document.head.append(link);";
    let before = before.replace("FILE", &core_file("glue")).leak();
    let preloaded = Script { before, ..GLUE };
    // WebKit gives the loader what the page has preloaded: there the JavaScript build runs in its place.
    let outcome = if Engine::from_env() == Engine::Webkit { Outcome::IsRefused } else { Outcome::Runs };
    assert_eq!(outcomes(&[preloaded], &[(Target::First, Shape::Plain)]).await, [outcome]);
    assert_eq!(outcomes(&[preloaded], &[(SCRIPTS_REQUEST, Shape::Plain)]).await, [Outcome::IsRefused]);
}
