//! Soak tests: a thousand elements come and go without leaks, and an idle element does almost nothing.

use gopay_e2e::{Device, Engine, Payer, Shop, WidgetBuild, eventually};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Elements that come and go before measuring, until caches are full and hot code is compiled: about eight hundred with the
/// JavaScript build.
const WARM_UP: u32 = 1_000;
/// Elements that come and go while measuring.
const ELEMENTS: u32 = 1_000;
/// Tolerated growth of the JavaScript heap in bytes: far less than a kilobyte for each element.
const TOLERANCE: f64 = 200_000.0;

/// Sets `window.here` to the module `lifecycles.js`, once it has fetched a charge and a status from the merchant.
async fn prepares(payer: &Payer<'_>) {
    // By a script element: scripts of the driver cannot import in every engine.
    let brings = "const script = document.createElement('script');
        script.type = 'module';
        script.textContent = \"import * as here from '/pages/long_life/lifecycles.js';\"
            + 'await here.learn(window.order); window.here = here';
        document.head.append(script)";
    payer.evaluates(brings).await.expect("the page takes a script");
    eventually("the page has learnt what the merchant answers", async || {
        let is_ready = payer.evaluates("return 'here' in window").await?;
        if is_ready == true { Ok(()) } else { Err(is_ready) }
    })
    .await;
}

/// Runs an asynchronous `script`.
async fn runs(payer: &Payer<'_>, script: &str) -> Value {
    payer.evaluates(&format!("return (async () => {{ {script} }})()")).await.expect("the script runs")
}

/// In batches, because of the driver's time limit for scripts.
async fn live(payer: &Payer<'_>, count: u32) {
    for _ in 0..count / 50 {
        runs(payer, "await here.lives(50)").await;
    }
}

/// Bytes of JavaScript after a garbage collection, and of WebAssembly.
async fn memory(payer: &Payer<'_>) -> (f64, f64) {
    let browser = payer.browser();
    // Twice: the first collection makes more garbage.
    for _ in 0..2 {
        browser.devtools("HeapProfiler.collectGarbage", json!({})).await.expect("garbage is collected");
    }
    let heap = browser.devtools("Runtime.getHeapUsage", json!({})).await.expect("Chromium knows its heap");
    let wasm = payer.evaluates("return wasmBytes()").await.expect("the page keeps it");
    (heap["usedSize"].as_f64().expect("a number"), wasm.as_f64().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_elements_come_and_go_and_no_memory_goes_with_them() {
    if Engine::from_env() != Engine::Chromium {
        let said = writeln!(io::stderr(), "skipped in {:?}: it does not tell its heap", Engine::from_env());
        said.expect("somebody reads it");
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("long_life").await;
    prepares(&payer).await;
    live(&payer, WARM_UP).await;
    let (heap_before, wasm_before) = memory(&payer).await;
    live(&payer, ELEMENTS).await;
    let (heap_after, wasm_after) = memory(&payer).await;
    println!("after {WARM_UP} elements: {heap_before} bytes of JavaScript, {wasm_before} of WebAssembly");
    println!("after {ELEMENTS} more: {heap_after} bytes of JavaScript, {wasm_after} of WebAssembly");

    let requests = runs(&payer, "return here.requests").await;
    assert_eq!(requests["charge"], WARM_UP + ELEMENTS, "each of them charged");
    assert_eq!(runs(&payer, "return here.streams.size").await, 0, "each of them has closed its stream");
    match WidgetBuild::from_env() {
        WidgetBuild::Wasm => assert!(wasm_before > 0.0, "there is none to be measured"),
        WidgetBuild::Js => {}
    }
    assert!((wasm_after - wasm_before).abs() < 1.0, "WebAssembly's grew from {wasm_before} to {wasm_after}");
    let grown = heap_after - heap_before;
    assert!(grown < TOLERANCE, "JavaScript's grew by {grown} bytes, from {heap_before} to {heap_after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_elements_come_and_go_and_nothing_is_left_running() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("resource_counter").await;
    prepares(&payer).await;
    let before = payer.evaluates("return running()").await.expect("the page counts");
    live(&payer, ELEMENTS).await;
    eventually("nothing is left", async || {
        let left = payer.evaluates("return running()").await?;
        if left == before { Ok(()) } else { Err(format!("{left}, and before: {before}")) }
    })
    .await;
    assert_eq!(before["timers"], 0, "{before}");
    assert_eq!(runs(&payer, "return here.requests.charge").await, ELEMENTS);
    assert_eq!(runs(&payer, "return here.streams.size").await, 0);
}

/// Lets these minutes pass, with the merchant's keep-alive comments. Returns the work done in them.
fn minutes(count: u32) -> String {
    let steps = 6 * count;
    format!(
        "const requests = () => here.requests.status + here.requests.events;
        const before = requests();
        for (let step = 0; step < {steps}; step += 1) {{ here.keepAlive(); await clock.passes(10_000); }}
        return {{ ...clock.done(), requests: requests() - before }};"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_happens_it_moves_its_countdown_and_checks_twice_a_minute_and_hidden_it_only_checks() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("clock=by-hand");
    payer.opens("long_life").await;
    prepares(&payer).await;
    let begins = "const widget = await here.begin(); clock.watches(widget.shadowRoot); await clock.passes(40_000);";
    runs(&payer, begins).await;
    payer.waits_for_state("pending").await;
    assert_eq!(runs(&payer, "clock.done(); return here.streams.size").await, 1, "it listens to the push stream");

    let at_most = |seen: &Value, most: [(&str, u64); 4]| {
        for (what, most) in most {
            assert!(seen[what].as_u64().is_some_and(|it| it <= most), "{what} more than {most}: {seen}");
        }
    };
    let seen = runs(&payer, &minutes(1)).await;
    println!("in a minute of nothing: {seen}");
    // Sixty ticks of the countdown, and at most two polls, each with its time limit.
    at_most(&seen, [("timers", 64), ("changes", 64), ("frames", 0), ("requests", 2)]);
    assert!(seen["changes"].as_u64().is_some_and(|it| it >= 55), "the observer sees changes: {seen}");

    let hide = "Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
        document.dispatchEvent(new Event('visibilitychange')); await clock.passes(1_000); clock.done()";
    runs(&payer, hide).await;
    let hidden = runs(&payer, &minutes(10)).await;
    println!("in ten hidden minutes of nothing: {hidden}");
    // No countdown and no stream while hidden. A poll every thirty seconds, give or take a tenth; it moves the countdown when it is
    // sent and when it is answered.
    at_most(&hidden, [("timers", 23), ("changes", 46), ("frames", 0), ("requests", 23)]);
    assert_eq!(runs(&payer, "return here.streams.size").await, 0);
}
