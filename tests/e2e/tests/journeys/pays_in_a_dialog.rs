//! `pay()`: the checkout in the browser's own dialog.

use gopay_e2e::{Device, Shop, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_that_was_closed_while_pending_is_taken_up_again_and_paid_once() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("dialog").await;
    let press = "document.querySelector('#pay').click()";
    payer.evaluates(press).await.expect("the shop's button");
    payer.sees_qr_code().await;
    let modal = "return document.querySelector('dialog')?.matches(':modal') ?? false";
    assert_eq!(payer.evaluates(modal).await.expect("a dialog"), true);
    // The loader may have painted the code before the core has started.
    eventually("the shop is told of the charge", async || {
        let told = payer.evaluates("return window.told").await?;
        if told == serde_json::json!(["onPending"]) { Ok(()) } else { Err(told.to_string()) }
    })
    .await;

    payer.evaluates("window.handle.close()").await.expect("the handle closes it");
    eventually("the dialog is gone, and the shop is told", async || {
        let told = payer.evaluates("return [document.querySelector('dialog'), window.told]").await?;
        if told == serde_json::json!([null, ["onPending", "onClose"]]) { Ok(()) } else { Err(told.to_string()) }
    })
    .await;

    payer.evaluates(press).await.expect("once more");
    payer.sees_qr_code().await;
    payer.waits_for_state("pending").await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.waits_for_state("settlement").await;
    eventually("the shop is told that it is paid", async || {
        let told = payer.evaluates("return window.told").await?;
        let expected = serde_json::json!(["onPending", "onClose", "onPending", "onSuccess"]);
        if told == expected { Ok(()) } else { Err(told.to_string()) }
    })
    .await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "one order, one charge");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_opens_one_dialog_and_tells_everything_once() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("dialog").await;
    let presses = "const pay = document.querySelector('#pay'); pay.click(); pay.click()";
    payer.evaluates(presses).await.expect("the shop's button");
    payer.sees_qr_code().await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.waits_for_state("settlement").await;
    let close = "document.querySelectorAll('dialog').length === 1 && window.handle.close()";
    payer.evaluates(close).await.expect("either handle closes it");
    eventually("it is gone, and the shop was told of everything once", async || {
        let told = payer.evaluates("return [document.querySelector('dialog'), window.told]").await?;
        let expected = serde_json::json!([null, ["onPending", "onSuccess", "onClose"]]);
        if told == expected { Ok(()) } else { Err(told.to_string()) }
    })
    .await;
}
