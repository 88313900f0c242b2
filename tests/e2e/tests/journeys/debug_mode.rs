//! Debug panel (`?gopay-debug`), for a shop's developer on their own machine.

use gopay_e2e::{Device, Engine, Payer, Shop, WidgetBuild, eventually};

const PANEL: &str = "return [...(document.querySelector('gopay-debug')?.shadowRoot.querySelectorAll('li') ?? [])].map((it) => it.textContent)";

/// Returns the names of the files that the page has fetched; `debug.js` would be one.
const FETCHED: &str =
    "return performance.getEntriesByType('resource').filter((it) => it.name.includes('debug')).map((it) => it.name)";

async fn reads_in_panel(payer: &Payer<'_>, wanted: &[&str]) {
    eventually(&format!("the panel tells {wanted:?}"), async || {
        let lines = payer.evaluates(PANEL).await?;
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
    payer.refreshes().await;
    payer.keeps_screenshot("debug").await;
    shop.sandbox.is_paid(&order.order_id).await;
    let wanted = [
        "input Started",
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
    let all =
        payer.evaluates(PANEL).await.expect("the panel").to_string() + &payer.browser().console().await.join("\n");
    assert!(all.contains("input Started"), "the console tells it too: {all}");
    assert!(!all.contains(&order.order_token) && !all.contains("Bearer"), "a token is told");
}

/// A line of the console holds each of `wanted`, and no second line does.
async fn is_in_the_console_once(payer: &Payer<'_>, wanted: &[&str]) {
    let mut lines = Vec::new();
    eventually(&format!("the console tells {wanted:?}"), async || {
        let console = payer.browser().console().await;
        // Chromium tells what is new; the others all of it.
        if Engine::from_env() != Engine::Chromium {
            lines.clear();
        }
        lines.extend(console);
        let told = |wanted: &&&str| lines.iter().any(|line| line.contains(**wanted));
        if wanted.iter().all(|it| told(&it)) { Ok(()) } else { Err(lines.clone()) }
    })
    .await;
    for one in wanted {
        assert_eq!(lines.iter().filter(|line| line.contains(one)).count(), 1, "{one} in {lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_is_told_what_of_the_markup_cannot_be_meant_and_what_to_write() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("gopay-debug");
    payer.opens("resource_counter").await;
    // As a page comes out of React 18, of a template engine that took `{order_id}` for its own, and of `<gopay-checkout/>`.
    let put = "document.body.insertAdjacentHTML('beforeend', `
        <gopay-checkout order-id=order-1 charge-url=/api/gopay/charge status-url=/api/gopay/orders/ start=press
            orderId=order-1 gross_amount=44000 headers='[object Object]' data-channel=x class=x />
        <p>Terima kasih</p><footer>Kedai Senja</footer>`)";
    payer.evaluates(put).await.expect("it is on the page");
    payer.waits_for_state("ready").await;
    let wanted = [
        "<footer> is inside <gopay-checkout>",
        "attribute orderid is not known: write order-id",
        "attribute gross_amount is not known: write gross-amount",
        "attribute headers does nothing",
        "attribute status-url is \"/api/gopay/orders/\"; expected {order_id} in it",
    ];
    reads_in_panel(&payer, &wanted).await;
    // Chromium's console writes marks like `<` and `"` in its own way.
    let bare =
        [" is inside ", ": write order-id", ": write gross-amount", "attribute headers does", "{order_id} in it"];
    is_in_the_console_once(&payer, &bare).await;
    let lines = payer.evaluates(PANEL).await.expect("the panel").to_string();
    for right in ["data-channel", "class", "write start"] {
        assert!(!lines.contains(&format!("attribute {right}")), "{lines}");
    }

    // What a framework sets afterwards is looked at, too.
    let set = "document.querySelector('gopay-checkout').setAttribute('fetch', 'x')";
    payer.evaluates(set).await.expect("it is set");
    reads_in_panel(&payer, &["attribute fetch does nothing"]).await;
}

/// Runs only in engines where a script can see the answers to its requests.
#[tokio::test(flavor = "multi_thread")]
async fn a_developer_is_told_which_files_were_not_where_the_page_says() {
    let why = "a page's fetch sees the files of the wasm build only";
    if Engine::from_env() != Engine::Chromium || !WidgetBuild::Wasm.is_tried(why) {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("gopay-debug");
    payer.opens("core_fails_at_first").await;
    let mut lines = Vec::new();
    eventually("the loader has tried in vain, and says so without the panel", async || {
        lines.extend(payer.browser().console().await);
        // The browser names the address; the loader says that it could not load.
        let told = |text: &str| lines.iter().any(|line| line.contains(text));
        if told("gopay-checkout:") && told("/nowhere/core/") { Ok(()) } else { Err(lines.clone()) }
    })
    .await;
    let right = "document.querySelector('link[rel=gopay-checkout]').href = '/'";
    payer.evaluates(right).await.expect("it is set");
    payer.waits_for_state("pending").await;
    reads_in_panel(&payer, &["/nowhere/core/gopay-checkout.", "answered 404", "<link rel=\"gopay-checkout\""]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panel_covers_no_button_and_counts_what_repeats() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("gopay-debug");
    payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    reads_in_panel(&payer, &["state pending"]).await;
    let covered = "
        const box = document.querySelector('gopay-debug').getBoundingClientRect();
        const all = (root) => [...root.querySelectorAll('a, button, summary, input')];
        const met = (it) => {
            const { top, right, bottom, left, width } = it.getBoundingClientRect();
            return width > 0 && left < box.right && right > box.left && top < box.bottom && bottom > box.top;
        };
        const buttons = [...all(document), ...all(document.querySelector('gopay-checkout').shadowRoot)];
        return [box.height > 0, buttons.length > 0, buttons.filter(met).map((it) => it.outerHTML)]";
    assert_eq!(payer.evaluates(covered).await, Ok(serde_json::json!([true, true, []])));

    let repeats = "for (let i = 0; i < 50; i += 1) document.querySelector('gopay-checkout').debugInput(0)";
    payer.evaluates(repeats).await.expect("the panel takes inputs");
    let lines = payer.evaluates(PANEL).await.expect("the panel");
    let lines: Vec<_> = lines.as_array().into_iter().flatten().filter_map(|line| line.as_str()).collect();
    let told: Vec<_> = lines.iter().filter(|line| line.contains("input Started")).collect();
    assert!(told.len() <= 2 && told.last().is_some_and(|line| line.ends_with("Started ×50")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_fetches_what_is_for_developers() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    assert_eq!(payer.evaluates(FETCHED).await, Ok([""; 0].as_slice().into()), "nobody has asked for it");

    // WebKit asks the system for such names, which not every system knows.
    if Engine::from_env() != Engine::Webkit {
        let elsewhere = shop.address("/?gopay-debug").replace("127.0.0.1", "toko.localhost");
        let payer = shop.welcomes(Device::Desktop).await;
        payer.goes_to(&elsewhere).await;
        let buys = "const beli = document.querySelector('button[data-sku]'); beli?.click(); return Boolean(beli)";
        eventually("the shop has something to buy", async || {
            let bought = payer.evaluates(buys).await?;
            if bought == true { Ok(()) } else { Err(bought.to_string()) }
        })
        .await;
        payer.waits_for_state("pending").await;
        assert_eq!(payer.evaluates(FETCHED).await, Ok([""; 0].as_slice().into()), "this is not the machine itself");
    }
}
