//! The same Rust is there twice: as WebAssembly, and as JavaScript for pages that allow none.

use gopay_e2e::{Device, Shop, WidgetBuild, eventually};

/// The page itself tries the shortest module that there is. (The driver may do what the page may not.)
const COMPILES: &str = "const tries = document.createElement('script');
    tries.textContent = `try {
        new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
        window.compiles = true;
    } catch {
        window.compiles = false;
    }`;
    document.head.append(tries);
    return window.compiles";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_fetches_webassembly_where_it_may_run_and_only_there() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    let may_run = WidgetBuild::asked_for() == WidgetBuild::Wasm;
    eventually("this is such a page", async || {
        let compiles = payer.looks(COMPILES).await?;
        if compiles == may_run { Ok(()) } else { Err(compiles.to_string()) }
    })
    .await;
    let fetched: Vec<_> = shop.network.exchanges().into_iter().map(|it| it.path).collect();
    assert_eq!(fetched.iter().any(|path| path.ends_with(".wasm")), may_run, "{fetched:?}");
}
