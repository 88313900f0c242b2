//! Access to an order: only its own page, with its token (contract §1, `order-token`); and the headers of the answers, which keep
//! other pages and caches out.

use crate::case::Case;
use crate::check::{Check, CheckError, CheckResult, Group, expect};
use crate::merchant::Caller;
use crate::orders::Order;
use crate::response::Response;
use gopay_contract::TransactionStatus;
use reqwest::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "token-guards-the-charge",
        group: Group::Access,
        rule: "contract §1, §4",
        promise: "Without the order's own token nothing is charged: no token, a wrong one, another order's.",
        why: "Who can charge an order of somebody else's gets that order's QR code and link.",
        fix: "Make a token with each order (an HMAC over its id and an expiry), and check it before the body is believed.",
        orders: 2,
        run: |case| Box::pin(guards_the_charge(case)),
    },
    Check {
        id: "token-guards-the-status",
        group: Group::Access,
        rule: "contract §1, §4",
        promise: "Without the order's own token no status is told: no token, a wrong one, another order's.",
        why: "Order ids can be guessed; what was bought for how much is the payer's business alone.",
        fix: "Check the order's token before the status is read.",
        orders: 2,
        run: |case| Box::pin(guards_the_status(case)),
    },
    Check {
        id: "token-guards-the-events",
        group: Group::Access,
        rule: "contract §1, §4",
        promise: "Without the order's own token no stream is opened: no token, a wrong one, another order's.",
        why: "As for the status; and open streams of strangers are connections that payers need.",
        fix: "Check the order's token before the stream is opened.",
        orders: 2,
        run: |case| Box::pin(guards_the_events(case)),
    },
    Check {
        id: "token-guards-the-cancel",
        group: Group::Access,
        rule: "contract §1, §4",
        promise: "Without the order's own token nothing is cancelled, and the charge goes on: no token, a wrong one, another order's.",
        why: "Else anybody can stop a competitor's sales, order by order.",
        fix: "Check the order's token before Midtrans is asked to cancel.",
        orders: 2,
        run: |case| Box::pin(guards_the_cancel(case)),
    },
    Check {
        id: "foreign-origins-get-no-credentials",
        group: Group::Access,
        rule: "contract §1, credentials",
        promise: "A page of another origin is not let in together with the payer's cookies.",
        why: "Any site that a payer visits could ask in their name, and read the answers.",
        fix: "Allow the origins that you know, by name. Never send the request's Origin back with Allow-Credentials.",
        orders: 1,
        run: |case| Box::pin(no_credentials(case)),
    },
    Check {
        id: "foreign-forms-change-nothing",
        group: Group::Access,
        rule: "contract §1, credentials",
        promise: "A form on a page of another origin neither charges nor cancels, although the browser sends the shop's cookies with it.",
        why: "Any site that a payer visits could cancel the payment that is under way, or charge another one.",
        fix: "Let a header decide that no form can set, as the order's token; or refuse what changes something where Origin or Sec-Fetch-Site is another site's.",
        orders: 2,
        run: |case| Box::pin(forms_change_nothing(case)),
    },
    Check {
        id: "answers-are-not-kept",
        group: Group::Access,
        rule: "contract §2.2: a status is as of now",
        promise: "Charge, status, cancel and errors say Cache-Control: no-store; a stream no-store or no-cache.",
        why: "A status out of a cache says pending to who has paid, or shows one payer's link to another.",
        fix: "Set Cache-Control: no-store on everything below these URLs.",
        orders: 1,
        run: |case| Box::pin(are_not_kept(case)),
    },
    Check {
        id: "answers-are-not-sniffed",
        group: Group::Access,
        rule: "WHATWG Fetch, nosniff",
        promise: "Answers say X-Content-Type-Options: nosniff.",
        why: "What the shop echoes (a name, an order id) must never be run as a page or a script.",
        fix: "Set X-Content-Type-Options: nosniff on everything.",
        orders: 1,
        run: |case| Box::pin(are_not_sniffed(case)),
    },
];

/// All callers that must not have access to `order`, each with a name for the report. Where orders have no tokens, only
/// nobody is one: a cookie from the command line may open every order.
fn strangers(order: &Order, other: &Order) -> Vec<(&'static str, Caller)> {
    let mut strangers = vec![("nobody", Caller::Nobody)];
    let Some(token) = &order.order_token else { return strangers };
    strangers.push(("a token that is none", Caller::Holder(SecretString::from("doctor"))));
    strangers.push(("a token with one letter changed", Caller::Holder(one_letter_changed(token))));
    if let Some(token) = &other.order_token {
        strangers.push(("another order's token", Caller::Holder(token.clone())));
    }
    strangers
}

/// Changes a letter near the token's end, where signatures are; not the last letter, which in base64 may have bits that
/// say nothing.
fn one_letter_changed(token: &SecretString) -> SecretString {
    let mut letters: Vec<char> = token.expose_secret().chars().collect();
    let place = letters.len().saturating_sub(4);
    if let Some(letter) = letters.get_mut(place) {
        *letter = if *letter == 'A' { 'B' } else { 'A' };
    }
    letters.into_iter().collect::<String>().into()
}

fn shut_out(seen: &Response, who: &str) -> CheckResult {
    expect(seen.is_refusal(), || format!("{}, to {who}", seen.outline()), "401 or 403, and nothing about the order")
}

async fn guards_the_charge(case: &Case) -> CheckResult {
    let (order, other) = (case.order(0)?, case.order(1)?);
    for (name, who) in strangers(order, other) {
        let seen = case.merchant.charge(order, Uuid::new_v4(), &json!({}), &who).await?;
        let is_charged = !case.ledger(order).await?.is_empty();
        expect(
            !is_charged,
            || format!("{}, to {name}, and Midtrans was charged", seen.outline()),
            "401 or 403, and no charge",
        )?;
        shut_out(&seen, name)?;
    }
    case.charged(order).await.map(drop)
}

async fn guards_the_status(case: &Case) -> CheckResult {
    let (order, other) = (case.order(0)?, case.order(1)?);
    case.charged(order).await?;
    for (name, who) in strangers(order, other) {
        shut_out(&case.merchant.status(order, &who).await?, name)?;
    }
    case.status(order).await?.answer().map(drop)
}

async fn guards_the_events(case: &Case) -> CheckResult {
    let (order, other) = (case.order(0)?, case.order(1)?);
    case.charged(order).await?;
    // First whether it is offered at all.
    drop(case.merchant.events(order, &Caller::ItsPage).await?);
    for (name, who) in strangers(order, other) {
        let events = case.merchant.events(order, &who).await?;
        let is_out = (400..500).contains(&events.head.http);
        expect(is_out, || format!("{}, to {name}", events.head.head()), "HTTP 401 or 403")?;
    }
    Ok(())
}

async fn guards_the_cancel(case: &Case) -> CheckResult {
    let (order, other) = (case.order(0)?, case.order(1)?);
    case.charged(order).await?;
    for (name, who) in strangers(order, other) {
        let seen = case.merchant.cancel(order, &who).await?;
        let known = case.only_transaction(order).await?.transaction_status;
        let told = || format!("{}, to {name}; at Midtrans it is {}", seen.outline(), known.as_str());
        expect(known == TransactionStatus::Pending, told, "401 or 403, and still pending")?;
        shut_out(&seen, name)?;
    }
    // A 404 to strangers is a refusal only if the page itself is let in.
    match case.merchant.cancel(order, &Caller::ItsPage).await {
        Ok(seen) if seen.transaction_status() == Some(TransactionStatus::Cancel) => Ok(()),
        Ok(seen) => Err(CheckError::failed(seen.outline(), "transaction_status cancel, for the order's own page")),
        Err(error) => Err(error),
    }
}

/// No answer contains the server key.
pub(crate) const SERVER_KEY: &[Check] = &[Check {
    id: "server-key-stays-home",
    group: Group::Access,
    rule: "contract §2, §2.5 server-key",
    promise: "In no answer and no header, of whatever was asked here, is the server key; nor in base64, nor another one.",
    why: "With it anybody cancels, refunds and signs in the shop's name.",
    fix: "Keep it in the backend alone; log and answer errors without the request that was sent to Midtrans.",
    orders: 2,
    run: |case| Box::pin(stays_home(case)),
}];

async fn stays_home(case: &Case) -> CheckResult {
    // Where backends talk too much: when Midtrans refuses them, or a notification is not right.
    for (number, fault) in [
        json!({"fault": "error", "status_code": 401, "http_status": 401, "on": ["charge"], "times": 1}),
        json!({"fault": "html_403", "on": ["charge"], "times": 1}),
    ]
    .into_iter()
    .enumerate()
    {
        case.sandbox.fault(fault).await?;
        let asked = case.charge(case.order(number)?).await;
        case.sandbox.clear_faults().await?;
        asked?;
    }
    let wrong = json!({"order_id": case.order(0)?.order_id.as_str(), "status_code": "200", "gross_amount": "1.00",
        "transaction_id": "00000000-0000-4000-8000-000000000000", "transaction_status": "settlement", "signature_key": "0"});
    case.merchant.notify(&wrong).await?;
    let leaks = case.merchant.leaks();
    let told = || {
        format!(
            "{}{}",
            leaks.first().map_or("", String::as_str),
            if leaks.len() > 1 { format!(", and {} more", leaks.len() - 1) } else { String::new() }
        )
    };
    expect(leaks.is_empty(), told, "a server key nowhere")
}

/// A foreign site's origin.
const FOREIGN: &str = "https://doctor.invalid";

async fn no_credentials(case: &Case) -> CheckResult {
    let order = case.order(0)?;
    let page = Caller::PageAt(FOREIGN);
    let charge = case.merchant.charge(order, Uuid::new_v4(), &json!({}), &page).await?;
    for seen in [charge, case.merchant.status(order, &page).await?, case.merchant.preflight(order, FOREIGN).await?] {
        let origin = seen.header(ACCESS_CONTROL_ALLOW_ORIGIN).unwrap_or("none").to_owned();
        let with_cookies = seen.header(ACCESS_CONTROL_ALLOW_CREDENTIALS).is_some_and(|word| word == "true");
        let is_let_in = with_cookies && (origin == FOREIGN || origin == "*");
        let told = || format!("{}, Access-Control-Allow-Origin: {origin}, with credentials", seen.outline());
        expect(!is_let_in, told, "no Access-Control-Allow-Credentials for an origin that is not allowed by name")?;
    }
    Ok(())
}

async fn forms_change_nothing(case: &Case) -> CheckResult {
    let (open, new) = (case.order(0)?, case.order(1)?);
    case.charged(open).await?;
    if let Ok(seen) = case.merchant.cancel_by_form(open, FOREIGN).await {
        let known = case.only_transaction(open).await?.transaction_status;
        let told = || format!("{}; at Midtrans it is {}", seen.outline(), known.as_str());
        expect(known == TransactionStatus::Pending, told, "401, 403 or 415, and still pending")?;
    }
    let seen = case.merchant.charge_by_form(new, FOREIGN).await?;
    let is_charged = !case.ledger(new).await?.is_empty();
    expect(!is_charged, || format!("{}, and Midtrans was charged", seen.outline()), "401, 403 or 415, and no charge")
}

/// One answer of each kind; the last is an error.
async fn one_of_each(case: &Case) -> CheckResult<Vec<Response>> {
    let order = case.order(0)?;
    let mut all = vec![case.charge(order).await?, case.status(order).await?];
    all.push(case.merchant.charge_with(order, "application/json", "{".to_owned(), "JSON that breaks off").await?);
    if let Ok(seen) = case.merchant.cancel(order, &Caller::ItsPage).await {
        all.push(seen);
    }
    Ok(all)
}

async fn are_not_kept(case: &Case) -> CheckResult {
    for seen in one_of_each(case).await? {
        let said = seen.header(CACHE_CONTROL).unwrap_or("none").to_ascii_lowercase();
        expect(
            said.contains("no-store"),
            || format!("{}, Cache-Control: {said}", seen.outline()),
            "Cache-Control: no-store",
        )?;
    }
    if let Ok(events) = case.merchant.events(case.order(0)?, &Caller::ItsPage).await {
        let said = events.head.header(CACHE_CONTROL).unwrap_or("none").to_ascii_lowercase();
        let is_fresh = said.contains("no-store") || said.contains("no-cache");
        expect(is_fresh, || format!("{}, Cache-Control: {said}", events.head.head()), "Cache-Control: no-cache")?;
    }
    Ok(())
}

async fn are_not_sniffed(case: &Case) -> CheckResult {
    for seen in one_of_each(case).await? {
        let said = seen.header(X_CONTENT_TYPE_OPTIONS).unwrap_or("none").to_ascii_lowercase();
        expect(said == "nosniff", || format!("{}, X-Content-Type-Options: {said}", seen.outline()), "nosniff")?;
    }
    Ok(())
}
