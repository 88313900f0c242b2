//! Checks the documents' promises about their own examples, beyond that they run.

use super::javascript::play;
use gopay_documents::documents;
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::path::Path;

type Promise = (&'static str, fn() -> Result<(), String>);

pub(crate) fn trials() -> Vec<Trial> {
    let promises: [Promise; 4] = [
        ("counting_sends_each_kind_once_and_no_order_amount_transaction_or_link", counting),
        ("who_goes_on_when_it_is_paid_goes_to_the_orders_own_page", going_on),
        ("a_shop_that_comes_from_snap_opens_one_element_with_its_token", from_snap),
        ("a_shop_inside_the_gopay_app_hands_the_link_to_its_sdk", inside_the_gopay_app),
    ];
    promises.into_iter().map(|(name, keeps)| Trial::test(name, move || keeps().map_err(Failed::from))).collect()
}

/// The result of the only script of `document` that contains `mark`.
fn played(document: &str, mark: &str) -> Result<Value, String> {
    play(&script(document, mark)?)
}

/// The only script of `document` that holds `mark`.
fn script(document: &str, mark: &str) -> Result<String, String> {
    let all = documents();
    let document = all.iter().find(|it| it.path == Path::new(document)).ok_or("no such document")?;
    let mut found = document.snippets().into_iter().filter(|it| it.language == "js" && it.code.contains(mark));
    match (found.next(), found.next()) {
        (Some(snippet), None) => Ok(snippet.code),
        (None, _) => Err(format!("no script with {mark}")),
        (Some(_), Some(_)) => Err(format!("more than one script with {mark}")),
    }
}

fn counting() -> Result<(), String> {
    let told = played("docs/events.md", "sendBeacon")?;
    let sent = told["sent"].as_array().cloned().unwrap_or_default();
    let by = |by: &str| sent.iter().filter(|it| it["by"] == by).cloned().collect::<Vec<_>>();
    let (beacons, fetched) = (by("beacon"), by("fetch"));
    // The stage has ten events, and its queue is full every second time.
    if (beacons.len(), fetched.len()) != (8, 4) || !fetched.iter().all(|it| it["keepalive"] == true) {
        return Err(format!("eight kinds are to be counted, four of them by fetch: {sent:?}"));
    }
    for request in &sent {
        let body = request["body"].as_str().unwrap_or_default();
        let kind: Value = serde_json::from_str(body).map_err(|error| format!("{body}: {error}"))?;
        if !kind["event"].as_str().is_some_and(|name| name.starts_with("gopay-")) {
            return Err(format!("{body} does not say what happened"));
        }
        for secret in ["order-101", "44000", "5f1f0f3e", "gopay.co.id", "tref", "v1.the.token", "no network"] {
            if body.contains(secret) || request["url"].as_str().is_some_and(|url| url.contains(secret)) {
                return Err(format!("{body} holds {secret}"));
            }
        }
    }
    Ok(())
}

fn going_on() -> Result<(), String> {
    let went = &played("docs/events.md", "location.assign")?["went"];
    if *went == json!(["/pesanan/order-101"]) { Ok(()) } else { Err(format!("went to {went}")) }
}

fn from_snap() -> Result<(), String> {
    let told = played("docs/from-snap.md", "pay(")?;
    let expected = json!([[
        ["order-id", "order-101"],
        ["order-token", "v1.the.token"],
        ["charge-url", "/api/gopay/charge"],
        ["status-url", "/api/gopay/orders/{order_id}"],
        ["events-url", "/api/gopay/orders/{order_id}/events"],
        ["gross-amount", "44000"],
    ]]);
    if told["elements"] != expected {
        return Err(format!("the dialog holds {}", told["elements"]));
    }
    if told["went"] == json!(["/pesanan/order-101"]) { Ok(()) } else { Err(format!("went to {}", told["went"])) }
}

/// Against a stub of the SDK that tells what it was given, and whether the tap was prevented.
const MINI_APP: &str = "globalThis.miniAppSdk = { triggerPayment: ({ deeplink }) => {
    navigator.sendBeacon('/given', deeplink);
    return Promise.resolve({ success: true });
} };";

fn inside_the_gopay_app() -> Result<(), String> {
    let recipe = script("docs/site-builders.md", "miniAppSdk")?;
    let after = "document.addEventListener('gopay-open', (event) => navigator.sendBeacon('/prevented', String(event.defaultPrevented)));";
    let sent = |code: &str| -> Result<Vec<(String, String)>, String> {
        let told = play(code)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let sent = told["sent"].as_array().cloned().unwrap_or_default();
        Ok(sent.iter().map(|it| (text(&it["url"]), text(&it["body"]))).collect())
    };
    let own = |url: &str, body: &str| (url.to_owned(), body.to_owned());
    let given = own("/given", "https://gopay.co.id/app/merchanttransfer?tref=A1");
    let inside = sent(&[MINI_APP, &recipe, after].join("\n"))?;
    if inside != [given, own("/prevented", "true")] {
        return Err(format!("inside the app: {inside:?}"));
    }
    let outside = sent(&[&recipe, after].join("\n"))?;
    if outside == [own("/prevented", "false")] { Ok(()) } else { Err(format!("in a browser: {outside:?}")) }
}
