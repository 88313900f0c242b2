//! A tablet has a big screen to scan from, and since iPadOS 13 it says that it is a Mac.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn an_ipad_that_says_it_is_a_mac_shows_the_qr_code() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::IpadThatSaysMac).await;
    payer.buys("kopi-gayo").await;
    let says =
        payer.evaluates("return [navigator.userAgent.includes('Macintosh'), navigator.maxTouchPoints > 0]").await;
    assert_eq!(says, Ok([true, true].as_slice().into()), "or this is no such iPad");
    payer.sees_qr_code().await;
    payer.keeps_screenshot("ipad").await;
    assert_eq!(payer.waits_to_hear("gopay-charge").await["channel"], "qr");
}
