//! Content Security Policies, each with the sources that the README lists and no others.

use super::host::Page;
use super::{loader_integrity, pays_on, refuses};
use gopay_e2e::{Engine, WidgetBuild};

const NOTHING_ELSE: &str =
    "; style-src 'self'; connect-src 'self'; img-src {qr} 'self'; base-uri 'none'; frame-ancestors 'self'";
const TRUSTED_TYPES: &str = "; require-trusted-types-for 'script'; trusted-types 'none'";
const OUR_TRUSTED_TYPES: &str = "; require-trusted-types-for 'script'; trusted-types gopay-checkout";

fn policy(script_src: &str, more: &str) -> Page {
    Page { policy: Some(format!("default-src 'none'; script-src {script_src}{NOTHING_ELSE}{more}")), ..Page::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_allows_webassembly_and_nothing_more_is_enough() {
    pays_on(policy("'self' 'wasm-unsafe-eval'", ""), WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_webassembly_runs_the_javascript_build() {
    pays_on(policy("'self'", ""), WidgetBuild::Js).await;
}

/// WebKit compares no hash of what it preloads, and its Trusted Types let no script have an address without a policy.
fn compares_hashes_under_trusted_types_none() -> bool {
    Engine::from_env() != Engine::Webkit
}

async fn under_trusted_types_that_allow_nothing(script_src: &str, build: WidgetBuild) {
    let page = policy(script_src, TRUSTED_TYPES);
    if compares_hashes_under_trusted_types_none() {
        pays_on(page, build).await;
    } else {
        refuses(page, "trusted-types gopay-checkout").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_types_that_allow_nothing_have_nothing_to_refuse_or_nothing_runs() {
    under_trusted_types_that_allow_nothing("'self' 'wasm-unsafe-eval'", WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_types_that_allow_nothing_run_the_javascript_build_or_nothing() {
    under_trusted_types_that_allow_nothing("'self'", WidgetBuild::Js).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_types_that_allow_our_policy_have_nothing_to_refuse() {
    pays_on(policy("'self' 'wasm-unsafe-eval'", OUR_TRUSTED_TYPES), WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_types_that_allow_our_policy_have_nothing_to_refuse_in_the_javascript_build() {
    pays_on(policy("'self'", OUR_TRUSTED_TYPES), WidgetBuild::Js).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_alone_is_enough() {
    pays_on(policy("'nonce-{nonce}' 'wasm-unsafe-eval'", ""), WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_and_strict_dynamic_are_enough() {
    pays_on(policy("'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'", ""), WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_and_strict_dynamic_without_webassembly_run_the_javascript_build() {
    pays_on(policy("'nonce-{nonce}' 'strict-dynamic'", OUR_TRUSTED_TYPES), WidgetBuild::Js).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_isolated_page_has_its_qr_code_too() {
    let headers = vec![
        ("cross-origin-opener-policy", "same-origin"),
        // `require-corp` would ask a header of Midtrans' pictures that they do not have.
        ("cross-origin-embedder-policy", "credentialless"),
    ];
    pays_on(Page { headers, ..policy("'self' 'wasm-unsafe-eval'", "") }, WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_of_another_origin_may_carry_its_hash() {
    let script = format!("crossorigin integrity=\"{}\"", loader_integrity());
    let policy = Some("default-src 'none'; script-src 'self' {cdn} 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' {cdn}; img-src {qr} 'self'; base-uri 'none'; frame-ancestors 'self'".to_owned());
    pays_on(Page { policy, script, from_cdn: true, ..Page::default() }, WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_has_no_webassembly_at_all_runs_the_javascript_build() {
    pays_on(Page { before: "delete window.WebAssembly;", ..policy("'self'", "") }, WidgetBuild::Js).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_whose_webassembly_is_too_old_for_ours_runs_the_javascript_build() {
    // It takes the empty module of the probe, and no other.
    let before = "const { instantiate } = WebAssembly;
        WebAssembly.instantiate = (bytes, ...rest) => bytes.byteLength > 8
            ? Promise.reject(new WebAssembly.CompileError('too new')) : instantiate.call(WebAssembly, bytes, ...rest);
        WebAssembly.instantiateStreaming = undefined;";
    let page = Page { before, ..policy("'self' 'wasm-unsafe-eval'", "") };
    super::pays_with_both_fetched(page).await;
}
