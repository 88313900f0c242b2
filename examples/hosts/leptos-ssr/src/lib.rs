//! A shop whose pages a server renders: what its program (`main.rs`) and the browser share.

// It is built as one of the two. As neither, when the whole workspace is built, there is nothing of it.
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod app;
#[cfg(feature = "ssr")]
pub mod shop;

/// Takes over, in the browser, the page that the server has rendered. The script of `HydrationScripts` calls it.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
