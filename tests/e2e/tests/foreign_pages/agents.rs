//! Other programs that change a page: translators, dark modes, password managers, ad blockers' lists, and optimizers of
//! its scripts.

use super::{pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Payer, Shop, dist};
use std::path::Path;
use std::{env, fs};

/// Asserts that the widget logged no problem.
async fn the_console_is_quiet(payer: &Payer<'_>) {
    let console = payer.browser().console().await;
    let errors: Vec<_> =
        console.iter().filter(|line| line.contains("gopay-checkout:") || line.contains("panicked")).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_translator_that_replaces_every_text_leaves_a_qr_code_that_can_be_scanned_and_a_screen_that_says_paid() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("translated").await;
    payer.sees_qr_code().await;
    payer.reads("status", "«Scan kode QR ini»").await;
    // The time is not to be translated: what is put in its place would stand still.
    let left =
        "const clock = document.querySelector('gopay-checkout').shadowRoot.querySelector('[part~=timer] .clock');
        const left = Number(/^PT(\\d+)S$/.exec(clock.dateTime)[1]);
        if (clock.textContent !== `${Math.floor(left / 60)} menit`) return clock.outerHTML;";
    let before = value(&payer, &format!("{left} return left")).await;
    sees(&payer, "the countdown goes on", &format!("{left} return left <= {before} - 2"), true).await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    payer.reads("status", "«Pembayaran berhasil»").await;
    payer.waits_to_hear("gopay-settlement").await;
    assert_eq!(payer.text_of("timer").await, "", "nothing counts any more");
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
    the_console_is_quiet(&payer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn darkened_by_an_extension_the_qr_code_can_still_be_scanned() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("darkened").await;
    payer.sees_qr_code().await;
    let dark = "const root = document.querySelector('gopay-checkout').shadowRoot;
        return getComputedStyle(root.querySelector('[part~=status]')).color";
    sees(&payer, "it is dark", dark, "rgb(232, 230, 227)").await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
    the_console_is_quiet(&payer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_extension_puts_into_the_shadow_root_first_or_last_is_not_taken_for_its_box() {
    for place in ["prepend", "append"] {
        let shop = Shop::opens().await;
        let payer = shop.welcomes(Device::Desktop).await.trying(&format!("place={place}"));
        let order = payer.opens("filled_root").await;
        payer.sees_qr_code().await;
        pays_and_sees_it(&shop, &payer, &order).await;
        assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "{place}");
        the_console_is_quiet(&payer).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_password_manager_puts_between_its_parts_stops_no_payment() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("filled_in").await;
    payer.sees_qr_code().await;
    let put = "return document.querySelector('gopay-checkout').shadowRoot.querySelectorAll('com-1password-button').length > 2";
    sees(&payer, "it is full of them", put, true).await;
    // To the link and back: another picture each time.
    payer.presses_button("Bayar di perangkat ini").await;
    payer.sees_deeplink().await;
    payer.presses_button("Tampilkan kode QR").await;
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
    payer.reads("status", "Pembayaran berhasil").await;
    let pictures = "return document.querySelector('gopay-checkout').shadowRoot.querySelectorAll('[part~=qr], a[part~=button]').length";
    assert_eq!(value(&payer, pictures).await, 0, "nothing to pay with is left");
    assert!(payer.heard("gopay-problem").await.is_empty());
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
    the_console_is_quiet(&payer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ad_blockers_list_of_names_does_not_hide_it() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("cosmetic_rules").await;
    let banner = "return getComputedStyle(document.querySelector('.payment-banner')).display";
    assert_eq!(value(&payer, banner).await, "none");
    let box_of_it = "const { width, height } = document.querySelector('gopay-checkout').getBoundingClientRect();
        return width > 280 && height > 280";
    payer.sees_qr_code().await;
    assert_eq!(value(&payer, box_of_it).await, true);
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

const TAG: &str = r#"<script type="module" src="/gopay-checkout.js"></script>"#;

/// Optimizers: name, what they put in the head, what at the end of the body, and what the payer does, as a script.
const OPTIMIZERS: &[(&str, &str, &str, &str)] = &[
    ("marked `defer`", r#"<script type="module" defer src="/gopay-checkout.js"></script>"#, "", ""),
    ("marked `async`", r#"<script type="module" async src="/gopay-checkout.js"></script>"#, "", ""),
    ("moved to the end of the body", "", TAG, ""),
    ("put there twice", TAG, TAG, ""),
    ("given a version in its address", r#"<script type="module" src="/gopay-checkout.js?ver=6.8.1"></script>"#, "", ""),
    ("preloaded, and moved to the end of the body", r#"<link rel="modulepreload" href="/gopay-checkout.js">"#, TAG, ""),
    ("copied to another name beside `core/`", r#"<script type="module" src="/assets/8f2e.min.js"></script>"#, "", ""),
    (
        "combined into another file, and the folder named",
        r#"<link rel="gopay-checkout" href="/">"#,
        r#"<script type="module" src="/bundles/all.js"></script>"#,
        "",
    ),
    (
        "written into the page, and the folder named",
        r#"<link rel="gopay-checkout" href="/">"#,
        r#"<script type="module">LOADER</script>"#,
        "",
    ),
    (
        "inserted by another script, after the page has loaded",
        "",
        r#"<script>addEventListener("load", () => setTimeout(() => {
            const script = Object.assign(document.createElement("script"), { type: "module", src: "/gopay-checkout.js" });
            document.head.append(script);
        }))</script>"#,
        "",
    ),
    ("imported by another script", "", r#"<script type="module">await import("/gopay-checkout.js")</script>"#, ""),
    (
        "given another type, and put there anew once the page has loaded",
        r#"<script type="text/rocketscript" data-type="module" data-src="/gopay-checkout.js"></script>"#,
        r#"<script>addEventListener("load", () => {
            for (const held of document.querySelectorAll("[type='text/rocketscript']")) {
                const script = Object.assign(document.createElement("script"), held.dataset);
                held.replaceWith(script);
            }
        })</script>"#,
        "",
    ),
    (
        "delayed until the payer does something",
        r#"<script type="delayed" data-src="/gopay-checkout.js"></script>"#,
        r#"<script>addEventListener("pointermove", () => {
            const held = document.querySelector("[type=delayed]");
            held?.replaceWith(Object.assign(document.createElement("script"), { type: "module", src: held.dataset.src }));
        })</script>"#,
        "dispatchEvent(new PointerEvent('pointermove'))",
    ),
];

/// Serves the page `optimized_script` with this in its head and at its end.
fn serve(shop: &Shop, head: &str, end: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages/optimized_script/index.html");
    let page = fs::read_to_string(page).expect("the page is there");
    let loader = fs::read_to_string(dist().join("gopay-checkout.js")).expect("the loader is there");
    let page =
        page.replace("<!-- in the head -->", head).replace("<!-- at the end -->", &end.replace("LOADER", &loader));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |path: &str, text: &str| {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder in a temporary folder");
        fs::write(file, text).expect("a file in a temporary folder");
    };
    put("pages/optimized_script/index.html", &page);
    put("bundles/all.js", &format!("const shop = {{}};\n{loader}\nshop.loaded = true;"));
    put("assets/8f2e.min.js", &loader);
    shop.serves("", folder.path());
    shop.serves("assets/core", &dist().join("core"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_tag_that_an_optimizer_has_changed_still_leads_to_one_charge_and_a_payment() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for (name, head, end, does) in OPTIMIZERS {
        serve(&shop, head, end);
        let order = payer.opens("optimized_script").await;
        if !does.is_empty() {
            assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 0, "{name}: nothing runs yet");
            value(&payer, does).await;
        }
        payer.sees_qr_code().await;
        pays_and_sees_it(&shop, &payer, &order).await;
        assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1, "{name}");
        assert_eq!(payer.heard("gopay-charge").await.len(), 1, "{name}");
        assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "{name}");
    }
}
