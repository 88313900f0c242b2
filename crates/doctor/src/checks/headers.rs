//! Headers of the answers.

use crate::case::Case;
use crate::check::{Check, CheckResult, Group, expect};
use crate::merchant::Caller;
use crate::response::Response;
use gopay_contract::TransactionStatus;
use reqwest::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS,
};
use serde_json::json;
use uuid::Uuid;

/// A foreign site's origin.
const FOREIGN: &str = "https://doctor.invalid";

pub(crate) const CHECKS: &[Check] = &[
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
