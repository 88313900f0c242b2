//! Choice of the build: WebAssembly, or JavaScript for pages that do not allow it.

use gopay_e2e::{Device, Shop, WidgetBuild, eventually};

/// The page itself tries the shortest module that there is. (The driver may do what the page may not; and WebKit makes a
/// module of it anywhere, but no instance.)
const RUNS: &str = "const tries = document.createElement('script');
    tries.textContent = `WebAssembly.instantiate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)).then(
        () => { window.runs = true; }, () => { window.runs = false; });`;
    document.head.append(tries);
    return window.runs";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_fetches_webassembly_where_it_may_run_and_only_there() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    let may_run = WidgetBuild::from_env() == WidgetBuild::Wasm;
    eventually("this is such a page", async || {
        let runs = payer.evaluates(RUNS).await?;
        if runs == may_run { Ok(()) } else { Err(runs.to_string()) }
    })
    .await;
    let fetched: Vec<_> = shop.proxy.exchanges().into_iter().map(|it| it.path).collect();
    assert_eq!(fetched.iter().any(|path| path.ends_with(".wasm")), may_run, "{fetched:?}");
}
