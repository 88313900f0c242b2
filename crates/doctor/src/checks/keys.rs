//! No answer contains the server key.

use crate::case::Case;
use crate::check::{Check, Group};
use crate::check_error::{CheckResult, expect};
use serde_json::json;

pub(crate) const CHECKS: &[Check] = &[Check {
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
