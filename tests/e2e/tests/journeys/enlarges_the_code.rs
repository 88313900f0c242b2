//! QR code enlarged to the whole window, for a phone that does not read it from where it is.

use fantoccini::actions::{InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use gopay_e2e::{Device, Payer, Shop, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';

/// In a script: the button and the quiet zone, which is the popover.
const CODE: &str = "const root = document.querySelector('gopay-checkout').shadowRoot;
    const button = root.querySelector('[part~=enlarge]');
    const zone = button?.parentElement;
    const image = zone?.querySelector('img');";

async fn value(payer: &Payer<'_>, script: &str) -> Value {
    payer.evaluates(&format!("{CODE} {script}")).await.expect("the page runs it")
}

async fn sees(payer: &Payer<'_>, what: &str, script: &str, wanted: Value) {
    eventually(what, async || {
        let seen = payer.evaluates(&format!("{CODE} {script}")).await?;
        if seen == wanted { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

async fn presses(payer: &Payer<'_>, key: char) {
    let keys =
        KeyActions::new("keyboard".to_owned()).then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
    payer.browser().client().perform_actions(keys).await.expect("a key");
}

/// Presses the middle of the window.
async fn presses_the_middle(payer: &Payer<'_>) {
    let middle = value(payer, "return [innerWidth / 2, innerHeight / 2].map(Math.round)").await;
    let at = |index: usize| middle[index].as_f64().expect("a number");
    let duration = Some(Duration::ZERO);
    let mouse = MouseActions::new("mouse".to_owned())
        .then(PointerAction::MoveTo { duration, x: at(0), y: at(1) })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    payer.browser().client().perform_actions(mouse).await.expect("a press");
}

const IS_OPEN: &str = "return zone.matches(':popover-open')";
/// What is open: it fills the window, with the same image, larger than in the card, and these words.
const FILLS_THE_WINDOW: &str = "const { left, top, width, height } = zone.getBoundingClientRect();
    const words = zone.innerText.trim().split(/\\s*\\n\\s*/);
    const fills = [left, top, width, height].map(Math.round).join() === [0, 0, document.documentElement.clientWidth, innerHeight].join();
    const side = Math.min(image.clientWidth, image.clientHeight);
    return { open: zone.matches(':popover-open'), fills, sameImage: image === window.image, larger: side > window.side, words }";
const REQUESTS: &str =
    "return performance.getEntriesByType('resource').filter((it) => it.name === window.image.src).length";
const FOCUSED: &str = "return root.activeElement?.getAttribute('part')";

#[tokio::test(flavor = "multi_thread")]
async fn an_enlarged_code_fills_the_window_is_scanned_and_closes_by_key_by_press_and_when_it_is_paid() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    sees(&payer, "there is a button", "return button?.checkVisibility()", json!(true)).await;
    let before = "window.image = image; window.side = image.clientWidth; button.focus()";
    value(&payer, before).await;
    assert_eq!(value(&payer, "return zone.innerText.trim()").await, "Layar penuh");

    presses(&payer, ENTER).await;
    let words = ["Naikkan kecerahan layar.", "Layar penuh"];
    let enlarged = json!({"open": true, "fills": true, "sameImage": true, "larger": true, "words": words});
    sees(&payer, "the code fills the window", FILLS_THE_WINDOW, enlarged).await;
    presses(&payer, ESCAPE).await;
    sees(&payer, "Escape closes it", IS_OPEN, json!(false)).await;
    assert_eq!(value(&payer, FOCUSED).await, "enlarge", "the focus is where it was");

    payer.presses_button("Layar penuh").await;
    sees(&payer, "it is open again", IS_OPEN, json!(true)).await;
    presses_the_middle(&payer).await;
    sees(&payer, "a press closes it", IS_OPEN, json!(false)).await;

    value(&payer, "button.focus()").await;
    presses(&payer, ENTER).await;
    sees(&payer, "and again", IS_OPEN, json!(true)).await;
    payer.keeps_screenshot("enlarges-the-code").await;
    let charged = payer.heard("gopay-charge").await.len();
    assert_eq!((value(&payer, REQUESTS).await, charged), (json!(1), 1), "one image was fetched, of one charge");
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    sees(&payer, "the code is gone, and the focus at the result", FOCUSED, json!("status")).await;
    payer.reads("status", "Pembayaran berhasil").await;
    let settlement = payer.waits_to_hear("gopay-settlement").await;
    assert_eq!(settlement["order_id"], order.order_id.as_str());
}
