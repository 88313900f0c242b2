//! Media: forced colours, paper, split screens, very small and very large windows. Only Chromium can be told of them.

use super::{pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Engine, Payer, Shop};
use serde_json::{Value, json};

async fn media(payer: &Payer<'_>, media: &str, features: &[(&str, &str)]) {
    let features: Vec<Value> = features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let emulated =
        payer.browser().devtools("Emulation.setEmulatedMedia", json!({"media": media, "features": features}));
    emulated.await.expect("Chromium emulates media");
}

async fn window(payer: &Payer<'_>, (width, height): (u32, u32)) {
    let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    payer.browser().devtools("Emulation.setDeviceMetricsOverride", metrics).await.expect("Chromium emulates a size");
}

/// In a script: the box of a part, from the element's own top.
const BOX: &str = "const widget = document.querySelector('gopay-checkout');
    const box = (part) => widget.shadowRoot.querySelector(`[part~=${part}]`).getBoundingClientRect();
    const top = widget.getBoundingClientRect().top;";

#[tokio::test(flavor = "multi_thread")]
async fn in_a_split_screen_the_button_that_pays_is_within_the_first_screen() {
    if Engine::from_env() != Engine::Chromium {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    payer.opens("layout_shift").await;
    payer.sees_deeplink().await;
    // The log's long lines would zoom the page out.
    value(&payer, "document.querySelector('#events').hidden = true").await;
    window(&payer, (320, 300)).await;
    let ends = format!("{BOX} return [innerWidth, innerHeight, box('button').bottom - top <= innerHeight]");
    sees(&payer, "the button ends within it", &ends, json!([320, 300, true])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_windows_from_280_to_2560_pixels_nothing_leaves_the_page_and_the_qr_code_is_scanned() {
    if Engine::from_env() != Engine::Chromium {
        return;
    }
    let shop = Shop::opens().await;
    for (width, height) in [(280, 653), (1920, 1080), (2560, 1440)] {
        let payer = shop.welcomes(Device::Desktop).await;
        window(&payer, (width, height)).await;
        payer.opens("recorded_traffic").await;
        payer.sees_qr_code().await;
        let fits = format!(
            "{BOX} const card = widget.shadowRoot.querySelector('[part=card]');
            return [innerWidth, box('card').left >= 0 && box('card').right <= innerWidth, card.scrollWidth <= card.clientWidth + 1]"
        );
        assert_eq!(value(&payer, &fits).await, json!([width, true, true]), "{width}");
        payer.scans_and_pays().await;
        payer.waits_for_state("settlement").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_forced_colours_the_qr_code_is_scanned_and_the_buttons_have_borders() {
    if Engine::from_env() != Engine::Chromium {
        return;
    }
    let shop = Shop::opens().await;
    for scheme in ["light", "dark"] {
        let payer = shop.welcomes(Device::Desktop).await;
        media(&payer, "", &[("forced-colors", "active"), ("prefers-color-scheme", scheme)]).await;
        payer.opens("recorded_traffic").await;
        payer.sees_qr_code().await;
        assert_eq!(value(&payer, "return matchMedia('(forced-colors: active)').matches").await, true);
        let borders = format!(
            "{BOX} return [...widget.shadowRoot.querySelectorAll('button[part~=button]')]
                .filter((it) => getComputedStyle(it).borderTopStyle === 'none').map((it) => it.outerHTML)"
        );
        assert_eq!(value(&payer, &borders).await, json!([]), "{scheme}");
        payer.scans_and_pays().await;
        payer.waits_for_state("settlement").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_paper_it_is_dark_on_white_also_where_the_page_is_dark() {
    if Engine::from_env() != Engine::Chromium {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("theme=dark");
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    media(&payer, "print", &[("prefers-color-scheme", "dark")]).await;
    let colours = "const card = document.querySelector('gopay-checkout').shadowRoot.querySelector('[part~=card]');
        const { backgroundColor, color } = getComputedStyle(card); return [backgroundColor, color]";
    assert_eq!(value(&payer, colours).await, json!(["rgb(255, 255, 255)", "rgb(20, 32, 43)"]));
    media(&payer, "", &[]).await;
    pays_and_sees_it(&shop, &payer, &order).await;
}
