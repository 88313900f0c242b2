//! Servers that deliver the widget's files in their own way.

use super::host::{Delivery, Page};
use super::pays_on;
use gopay_e2e::WidgetBuild;

async fn delivered(delivery: Delivery) {
    pays_on(Page { delivery, ..Page::default() }, WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_know_what_wasm_is_will_do() {
    delivered(Delivery::As("text/plain")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_compressed_beforehand_are_the_same_files() {
    delivered(Delivery::Coded("gzip")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_behind_a_redirect_are_found() {
    delivered(Delivery::Redirected).await;
}
