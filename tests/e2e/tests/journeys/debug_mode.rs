//! `?gopay-debug`: a shop's developer sees what happens, on a machine of their own.

use gopay_e2e::{Device, Engine, Payer, Shop, eventually};

const PANEL: &str = "return [...(document.querySelector('gopay-debug')?.shadowRoot.querySelectorAll('li') ?? [])].map((it) => it.textContent)";

/// What debug.js is part of: names of files that the page has fetched.
const FETCHED: &str =
    "return performance.getEntriesByType('resource').filter((it) => it.name.includes('debug')).map((it) => it.name)";

async fn reads_in_panel(payer: &Payer<'_>, wanted: &[&str]) {
    eventually(&format!("the panel tells {wanted:?}"), async || {
        let lines = payer.looks(PANEL).await?;
        let lines: Vec<_> = lines.as_array().into_iter().flatten().filter_map(|line| line.as_str()).collect();
        let told = |wanted: &&&str| lines.iter().any(|line| line.contains(**wanted));
        if wanted.iter().all(|it| told(&it)) { Ok(()) } else { Err(lines.join("\n")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_sees_states_inputs_requests_and_events_and_no_secret() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("gopay-debug");
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    payer.asks_now().await;
    payer.keeps_picture("debug").await;
    shop.sandbox.is_paid(&order.order_id).await;
    let wanted = [
        "input Begun",
        "input ChargeAnswered",
        "event gopay-charge",
        "state pending",
        "request GET /api/gopay/orders/",
        "→ 200 201 pending",
        "input RefreshPressed",
        "event gopay-settlement transaction_status=settlement",
        "state settlement",
    ];
    reads_in_panel(&payer, &wanted).await;
    let all = payer.looks(PANEL).await.expect("the panel").to_string() + &payer.browser().console().await.join("\n");
    assert!(all.contains("input Begun"), "the console tells it too: {all}");
    assert!(!all.contains(&order.order_token) && !all.contains("Bearer"), "a token is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_fetches_what_is_for_developers() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    assert_eq!(payer.looks(FETCHED).await, Ok([""; 0].as_slice().into()), "nobody has asked for it");

    // WebKit asks the system for such names, which not every system knows.
    if Engine::asked_for() != Engine::Webkit {
        let elsewhere = shop.address("/?gopay-debug").replace("127.0.0.1", "toko.localhost");
        let payer = shop.welcomes(Device::Desktop).await;
        payer.goes_to(&elsewhere).await;
        let buys = "const beli = document.querySelector('button[data-sku]'); beli?.click(); return Boolean(beli)";
        eventually("the shop has something to buy", async || {
            let bought = payer.looks(buys).await?;
            if bought == true { Ok(()) } else { Err(bought.to_string()) }
        })
        .await;
        payer.waits_for_state("pending").await;
        assert_eq!(payer.looks(FETCHED).await, Ok([""; 0].as_slice().into()), "this is not the machine itself");
    }
}
