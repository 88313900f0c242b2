//! The same Rust is there twice: as WebAssembly, and as JavaScript for pages that allow none.

use gopay_e2e::{Device, Shop, WidgetBuild};

/// The shortest module that there is.
const COMPILES: &str = "const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    return WebAssembly.compile(empty).then(() => true, () => false)";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_fetches_webassembly_where_it_may_run_and_only_there() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    let may_run = WidgetBuild::asked_for() == WidgetBuild::Wasm;
    assert_eq!(payer.looks(COMPILES).await, Ok(may_run.into()), "or this is no such page");
    let fetched: Vec<_> = shop.network.exchanges().into_iter().map(|it| it.path).collect();
    assert_eq!(fetched.iter().any(|path| path.ends_with(".wasm")), may_run, "{fetched:?}");
}
