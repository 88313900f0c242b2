//! Pages with strict policies, servers that deliver the widget's files in unusual ways, and files with wrong bytes. The page
//! decides which of the two builds it gets, so one run tries both.

mod deliveries;
mod host;
mod policies;
mod tampering;
mod tampering_servers;
mod wrong_bytes;

use gopay_e2e::{Device, Payer, Shop, WidgetBuild, dist, eventually};
use host::{Host, Page};
use serde_json::Value;
use std::fs;

/// The path of one of the core's files in dist/, which has its hash in its name: `wasm`, `glue`, `plain`,
/// `later` or `pay`.
fn core_file(which: &str) -> String {
    let manifest = fs::read_to_string(dist().join("integrity.json")).expect("dist/ has it");
    let manifest: Value = serde_json::from_str(&manifest).expect("it is JSON");
    let files = manifest["files"].as_array().expect("a list of files");
    let paths = files.iter().filter_map(|file| file["path"].as_str());
    let is_it = |path: &&str| match which {
        "wasm" => path.ends_with(".wasm"),
        "plain" => path.ends_with(".plain.js"),
        "pay" => path.ends_with(".pay.js"),
        "later" => path.ends_with(".later.js"),
        "glue" => path.starts_with("core/") && path.ends_with(".js") && path.matches('.').count() == 2,
        "loader" => *path == "gopay-checkout.js",
        other => panic!("there is no {other} in dist/"),
    };
    paths.into_iter().find(is_it).expect("integrity.json names it").to_owned()
}

/// The `integrity` of the loader, as a page would carry it.
fn loader_integrity() -> String {
    let manifest = fs::read_to_string(dist().join("integrity.json")).expect("dist/ has it");
    let manifest: Value = serde_json::from_str(&manifest).expect("it is JSON");
    let files = manifest["files"].as_array().expect("a list of files");
    let loader = files.iter().find(|file| file["path"] == "gopay-checkout.js").expect("integrity.json names it");
    loader["integrity"].as_str().expect("its hash").to_owned()
}

/// Like [`pays_on`], on a page that fetches the wasm, cannot run it, and falls back to the JavaScript build.
async fn pays_with_both_fetched(page: Page) {
    pays(page, (true, true)).await;
}

/// Opens `page`, pays, and sees it paid; then checks what was fetched, from where, and what the page's policy refused.
async fn pays_on(page: Page, build: WidgetBuild) {
    pays(page, (build == WidgetBuild::Js, build == WidgetBuild::Wasm)).await;
}

/// Pays on `page`. `wanted`: whether the JavaScript build is fetched, and whether the wasm is.
async fn pays(page: Page, wanted: (bool, bool)) {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = shop.takes_order("gula-aren").await;
    let host = Host::opens(&shop, &order, page).await;
    payer.goes_to(&host.page_address()).await;
    payer.sees_qr_code().await;
    payer.waits_for_state("pending").await;
    shop.sandbox.is_paid(order["order_id"].as_str().expect("an id")).await;
    payer.waits_for_state("settlement").await;

    let fetched = host.asked();
    let has = |which: &str| fetched.iter().any(|path| path.contains(&core_file(which)));
    assert_eq!((has("plain"), has("wasm")), wanted, "{fetched:?}");
    let counted = |path: &str| fetched.iter().filter(|asked| asked.contains(path)).count();
    assert_eq!(counted("/api/gopay/charge"), 1, "the early charge is the only one: {fetched:?}");

    let refused = noticed(&payer, "violations").await;
    let refused: Vec<_> = refused.iter().filter(|it| !(wanted == (true, false) && it.contains("wasm-eval"))).collect();
    assert!(refused.is_empty(), "refused by the page's policy: {refused:?}");
    let own = host.origins(&shop);
    let strangers = noticed(&payer, "resources").await;
    let strangers: Vec<_> = strangers.iter().filter(|url| !own.iter().any(|origin| url.starts_with(origin))).collect();
    assert!(
        strangers.is_empty(),
        "asked beyond the merchant, the script's folder and the QR code's host: {strangers:?}"
    );
}

/// Opens `page`, and sees that nothing runs and the shop is told `why`.
async fn refuses(page: Page, why: &str) {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = shop.takes_order("gula-aren").await;
    let host = Host::opens(&shop, &order, page).await;
    payer.goes_to(&host.page_address()).await;
    is_refused(&payer).await;
    let told = noticed(&payer, "problems").await;
    assert!(told.len() == 1 && told[0].starts_with("internal: ") && told[0].contains(why), "{told:?}");
    let asked = host.asked();
    assert!(!asked.iter().any(|path| path.contains("/orders/")), "nothing of it ran: {asked:?}");
}

/// The entries that the page itself has recorded: `violations`, `problems` or `resources` (see `host.rs`).
async fn noticed(payer: &Payer<'_>, what: &str) -> Vec<String> {
    let list = payer.evaluates(&format!("return window.noticed.{what}()")).await.expect("the page records");
    list.as_array().expect("a list").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Waits until the widget refuses to run.
async fn is_refused(payer: &Payer<'_>) {
    eventually("it is refused", async || match payer.state().await.as_str() {
        "problem" => Ok(()),
        other => Err(other.to_owned()),
    })
    .await;
}
