//! Detection latency: from the payment to the paid screen, through the built dist, the merchant and the sandbox, in headless
//! Chromium. `cargo xtask bench` prints it; nothing is asserted. The sandbox's answer to "pay" is the moment of payment; then
//! come the signed notification, the merchant's confirmation by get-status, the push or the poll, and the screen.
#![allow(missing_docs, reason = "a benchmark's own")]

use gopay_e2e::{Device, Payer, Shop};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

const RUNS: usize = 12;

/// Records when the element says that it is paid, by the same clock as ours.
const RECORD_PAID_AT: &str = "const element = document.querySelector('gopay-checkout'); window.paidAt = null;
    new MutationObserver(() => { if (element.getAttribute('state') === 'settlement') window.paidAt ??= Date.now(); })
        .observe(element, { attributes: true, attributeFilter: ['state'] });";

#[derive(Clone, Copy)]
enum Way {
    Push,
    Ask,
    Return,
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}

async fn block_the_stream(payer: &Payer<'_>) {
    let blocked = json!({"urls": ["*/events"], "urlPatterns": [{"urlPattern": "*://*/*/events", "block": true}]});
    payer.browser().devtools("Network.enable", json!({})).await.expect("the browser can watch its network");
    payer.browser().devtools("Network.setBlockedURLs", blocked).await.expect("the browser can block addresses");
}

async fn one(way: Way) -> f64 {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    match way {
        Way::Push => {}
        Way::Ask | Way::Return => block_the_stream(&payer).await,
    }
    let order = payer.buys("kopi-gayo").await;
    payer.waits_for_state("pending").await;
    payer.evaluates(RECORD_PAID_AT).await.expect("the page runs it");
    if let Way::Return = way {
        let hide = "Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
            document.dispatchEvent(new Event('visibilitychange'))";
        payer.evaluates(hide).await.expect("the page runs it");
    }
    shop.sandbox.is_paid(&order.order_id).await;
    let mut begun = now();
    if let Way::Return = way {
        let show =
            "delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange')); return Date.now()";
        begun = payer.evaluates(show).await.expect("the page runs it").as_f64().unwrap_or(begun);
    }
    payer.waits_for_state("settlement").await;
    payer.evaluates("return window.paidAt").await.expect("the page runs it").as_f64().unwrap_or(f64::NAN) - begun
}

#[tokio::main]
async fn main() {
    println!("from payment to the paid screen, {RUNS} runs each, headless Chromium");
    for (name, way) in [("by push", Way::Push), ("by asking", Way::Ask), ("after coming back", Way::Return)] {
        let mut delays = Vec::new();
        for _ in 0..RUNS {
            delays.push(one(way).await);
        }
        delays.sort_by(f64::total_cmp);
        let at = |percent: usize| delays[(delays.len() - 1) * percent / 100];
        println!("  {name:<18} p50 {:>5.0} ms   p95 {:>5.0} ms   most {:>5.0} ms", at(50), at(95), at(100));
    }
}
