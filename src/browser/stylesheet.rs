//! Stylesheet of the Leptos component, constructed once and shared by all its instances. A `<style>` element would violate a
//! page's `style-src 'self'`. The custom element gets its stylesheets from the loader.

use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;
use web_sys::{CssStyleSheet, ShadowRoot};

thread_local! {
    static SHEET: Option<CssStyleSheet> = {
        let sheet = CssStyleSheet::new().ok();
        if let Some(sheet) = &sheet {
            // Fails only for @import rules, and there are none.
            let css = concat!(
                include_str!("../../style/box.css"),
                include_str!("../../style/checkout.css"),
                include_str!("../../style/later.css")
            );
            let _replaced = sheet.replace_sync(css);
        }
        sheet
    };
}

/// Adds the stylesheet to `root`. Browsers without constructed stylesheets show the view without styles.
pub(crate) fn adopt(root: &ShadowRoot) {
    SHEET.with(|sheet| {
        if let Some(sheet) = sheet {
            let _set = Reflect::set(root, &JsValue::from_str("adoptedStyleSheets"), &Array::of1(sheet));
        }
    });
}
