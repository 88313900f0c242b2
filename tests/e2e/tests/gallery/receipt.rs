//! Receipt: the time of a payment, as the payer's own clock showed it.

use super::{in_chromium, shows};
use gopay_e2e::{Device, Shop, eventually};
use serde_json::json;

/// Shows a paid checkout whose payment was at this time of Jakarta's. Returns its receipt's time, and what `Intl` says.
const PAID_AT: &str = "
    const settlement_time = 'TIME';
    const paid = { status_code: '200', transaction_id: 'b1c2d3e4', order_id: 'order-101', gross_amount: '44000.00',
        payment_type: 'gopay', transaction_status: 'settlement', fraud_status: 'accept', settlement_time };
    const it = document.createElement('gopay-checkout');
    const attributes = { 'order-id': 'order-101', 'charge-url': '/api/gopay/charge?receipt', 'status-url': '/{order_id}', lang: 'id' };
    for (const name in attributes) it.setAttribute(name, attributes[name]);
    it.fetch = async () => new Response(JSON.stringify(paid), { headers: { Date: new Date().toUTCString() } });
    document.querySelector('#receipt')?.remove();
    it.id = 'receipt';
    document.body.prepend(it);
    const own = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' })
        .format(new Date(`${settlement_time.replace(' ', 'T')}+07:00`));
    return own === settlement_time ? `${own} WIB` : `${own} (${settlement_time} WIB)`";

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_has_the_payers_own_time_and_jakartas_beside_it_where_they_differ() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    shows(&shop, &payer, "screen=settlement&lang=id").await;
    for zone in ["Asia/Jakarta", "Asia/Makassar", "Asia/Kathmandu", "Pacific/Honolulu", "America/New_York"] {
        let emulated = payer.browser().devtools("Emulation.setTimezoneOverride", json!({"timezoneId": zone})).await;
        emulated.expect("Chromium emulates it");
        // New York's clocks go forward at 14:00 of Jakarta's on the second day, and back at 13:00 on the last.
        for time in ["2026-11-30 16:05:07", "2026-03-08 13:59:59", "2026-03-08 14:00:00", "2026-11-01 13:30:00"] {
            let wanted = payer.evaluates(&PAID_AT.replace("TIME", time)).await.expect("a paid checkout");
            let wanted = wanted.as_str().expect("a time");
            let receipt = "return document.querySelector('#receipt').shadowRoot.querySelector('[part=receipt]')?.innerText ?? null";
            eventually(&format!("{zone}: the receipt says {wanted}"), async || {
                let seen = payer.evaluates(receipt).await?;
                let says = seen.as_str().is_some_and(|seen| seen.contains(&format!("Waktu bayar\n{wanted}\n")));
                if says { Ok(()) } else { Err(seen.to_string()) }
            })
            .await;
        }
    }
}
