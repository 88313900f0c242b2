//! `GET /selesai/`: where a `callback_url` lands when the merchant serves no site of its own. It shows, and never
//! decides: `?result=success` in the address is a hint of the GoPay app, and not an answer.

use axum::response::Html;

pub(crate) async fn finish() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"id\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Selesai</title><p>Terima kasih. Kembali ke halaman toko untuk melihat status pembayaran.</p></html>",
    )
}
