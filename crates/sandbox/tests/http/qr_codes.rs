use crate::sandbox::{Answer, Sandbox};
use midtrans_sandbox::qris;
use reqwest::header;
use serde_json::json;

/// Width, height and what a scanner reads.
fn scan(png: &[u8]) -> (u32, u32, String) {
    let grey = image::load_from_memory_with_format(png, image::ImageFormat::Png).unwrap().to_luma8();
    let (width, height) = grey.dimensions();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
        grey.get_pixel(x as u32, y as u32).0[0]
    });
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1);
    (width, height, grids[0].decode().unwrap().1)
}

#[tokio::test]
async fn both_images_are_public_pngs_of_exactly_the_ledgers_qris_string() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let listed = sandbox.get("/sandbox/transactions/o-1").await;
    let expected = listed.text("qris");
    assert!(expected.starts_with("00020101021226") && expected.contains("540544000") && qris::crc_holds(expected));
    for (action, taller) in [("generate-qr-code", false), ("generate-qr-code-v2", true)] {
        let image = sandbox.client.get(charge.action(action)).send().await.unwrap();
        assert_eq!(image.status(), 200);
        assert_eq!(image.headers()[header::CONTENT_TYPE], "image/png");
        assert_eq!(image.headers()[header::CACHE_CONTROL], "no-cache");
        let (width, height, text) = scan(&image.bytes().await.unwrap());
        assert_eq!((height > width, text.as_str()), (taller, expected), "{action}");
    }
}

#[tokio::test]
async fn two_transactions_never_share_a_code() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    sandbox.charge("o-2").await;
    let list = sandbox.get("/sandbox/transactions").await.body;
    assert_ne!(list[0]["qris"], list[1]["qris"]);
}

#[tokio::test]
async fn the_image_of_an_unknown_transaction_is_a_404_in_json() {
    let sandbox = Sandbox::start().await;
    for path in ["/v2/gopay/nothing/qr-code", "/v4/qris/gopay/nothing/qr-code"] {
        assert_eq!(sandbox.get(path).await.summary(), (200, "404", ""), "{path}");
    }
}

#[tokio::test]
async fn the_image_outlives_the_payment_unless_the_switch_says_otherwise() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    sandbox.pay("o-1").await;
    let image = async || sandbox.client.get(charge.action("generate-qr-code")).send().await.unwrap();
    assert_eq!(image().await.headers()[header::CONTENT_TYPE], "image/png");
    sandbox.behave(json!({"qr_code_when_final": "refused"})).await;
    assert_eq!(Answer::of(image().await).await.text("status_code"), "404");
}

#[tokio::test]
async fn the_images_size_and_caching_are_switches() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let image = async || {
        let image = sandbox.client.get(charge.action("generate-qr-code")).send().await.unwrap();
        let caching = image.headers()[header::CACHE_CONTROL].to_str().unwrap().to_owned();
        let (width, height, _) = scan(&image.bytes().await.unwrap());
        (width, height, caching)
    };
    let (width, height, caching) = image().await;
    assert_eq!((width, caching.as_str()), (height, "no-cache"), "the plain one is square");
    sandbox.behave(json!({"qr_code_module_pixels": 4, "qr_code_cache_control": "max-age=60"})).await;
    assert_eq!(image().await, (width / 2, height / 2, "max-age=60".to_owned()));
}

#[tokio::test]
async fn without_a_finished_qris_set_up_the_image_is_a_503_in_json() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"qris_activated": false})).await;
    let charge = sandbox.charge("o-1").await;
    for action in ["generate-qr-code", "generate-qr-code-v2"] {
        let image = Answer::of(sandbox.client.get(charge.action(action)).send().await.unwrap()).await;
        assert_eq!(image.text("status_code"), "503", "{action}");
        assert!(image.text("status_message").contains("connection issues"), "{}", image.body);
    }
}
