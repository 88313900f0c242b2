//! Mount point of an element's view: its shadow root, and the language of the document around it.

use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

/// The language around the element, through the borders of other shadow roots.
pub(super) fn nearest_lang(element: &HtmlElement) -> Option<String> {
    let mut from: Element = element.clone().into();
    loop {
        if let Some(found) = from.closest("[lang]").ok().flatten().and_then(|found| lang_of(&from, &found)) {
            return Some(found);
        }
        from = from.get_root_node().dyn_into::<ShadowRoot>().ok()?.host();
    }
}

/// The `lang` of an element of the page, read by a method of `ours`: a form's own methods may be its fields.
fn lang_of(ours: &Element, found: &Element) -> Option<String> {
    let read: Function = Reflect::get(ours, &"getAttribute".into()).ok()?.dyn_into().ok()?;
    read.call1(found, &"lang".into()).ok()?.as_string()
}

/// The element's shadow root; a second mount finds the first one's.
pub(super) fn shadow_root(element: &HtmlElement) -> Option<ShadowRoot> {
    element.shadow_root().or_else(|| element.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).ok())
}
