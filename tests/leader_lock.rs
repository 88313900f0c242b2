//! Leader election over Web Locks, in whatever order a browser tells what came of two requests.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gopay_checkout::browser::Mounted;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
const requests = [];
/** Locks of the leader election that are granted, and told stolen, when the test says so. All others are granted at once. */
export function takeLocks(element) {
  element.fetch = () => new Promise(() => {});
  navigator.locks.request = (name, options, granted) => {
    if (!name.startsWith("gopay-checkout:")) return Promise.resolve(granted({ name }));
    return new Promise((_, reject) => {
      requests.push({ grants: () => granted({ name }), steals: () => reject(new DOMException("", "AbortError")) });
    });
  };
}
export const count = () => requests.length;
/** Grants a lock. Whether it is still held when everything that waits for it has run. */
export const grants = (at) => Promise.race([requests[at].grants().then(() => false), turn().then(() => true)]);
export const steals = (at) => requests[at].steals();
export function turn() { return new Promise((resolve) => setTimeout(resolve, 0)); }
"#)]
extern "C" {
    #[wasm_bindgen(js_name = takeLocks)]
    fn take_locks(element: &HtmlElement);
    fn count() -> u32;
    async fn grants(at: u32) -> JsValue;
    fn steals(at: u32);
    fn turn() -> js_sys::Promise;
}

#[wasm_bindgen_test]
async fn an_element_that_has_asked_twice_does_not_wait_in_line_behind_itself() {
    let window = web_sys::window().unwrap();
    let element: HtmlElement = window.document().unwrap().create_element("div").unwrap().unchecked_into();
    for (name, value) in [("order-id", "order-101"), ("charge-url", "/charge"), ("status-url", "/status")] {
        element.set_attribute(name, value).unwrap();
    }
    take_locks(&element);
    let mounted = Mounted::on(element);
    // The payer looks here, before the first request is answered.
    window.dispatch_event(&web_sys::Event::new("focus").unwrap()).unwrap();
    assert_eq!(count(), 2);
    assert!(grants(0).await.is_falsy(), "the first is not held any more");
    assert!(grants(1).await.is_truthy(), "the second is");
    steals(0);
    JsFuture::from(turn()).await.unwrap();
    assert_eq!(count(), 2, "it is the leader, and asks for nothing");
    steals(1);
    JsFuture::from(turn()).await.unwrap();
    assert_eq!(count(), 3, "another tab took over: it waits in line");
    drop(mounted);
}
