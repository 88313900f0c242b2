//! The one stylesheet, constructed once and shared by every element: no `<style>`, so a page's `style-src 'self'` has
//! nothing to refuse. For the Leptos component alone: the loader dresses its elements before this code is there.

use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;
use web_sys::{CssStyleSheet, ShadowRoot};

thread_local! {
    static SHEET: Option<CssStyleSheet> = {
        let sheet = CssStyleSheet::new().ok();
        if let Some(sheet) = &sheet {
            // Fails only for @import rules, and there are none.
            let css = concat!(include_str!("../../style/box.css"), include_str!("../../style/checkout.css"));
            let _replaced = sheet.replace_sync(css);
        }
        sheet
    };
}

/// Dresses `root`. A browser without constructed stylesheets shows the bare elements, which still say everything.
pub(crate) fn adopt(root: &ShadowRoot) {
    SHEET.with(|sheet| {
        if let Some(sheet) = sheet {
            let _set = Reflect::set(root, &JsValue::from_str("adoptedStyleSheets"), &Array::of1(sheet));
        }
    });
}
