//! Where in the document an element's picture stands, and what is around it.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

/// The language around the element, through the borders of other shadow roots.
pub(super) fn nearest_lang(element: &HtmlElement) -> Option<String> {
    let mut from: Element = element.clone().into();
    loop {
        if let Some(found) = from.closest("[lang]").ok().flatten().and_then(|found| found.get_attribute("lang")) {
            return Some(found);
        }
        from = from.get_root_node().dyn_into::<ShadowRoot>().ok()?.host();
    }
}

/// The element's shadow root; a second mount finds the first one's.
pub(super) fn shadow_root(element: &HtmlElement) -> Option<ShadowRoot> {
    element.shadow_root().or_else(|| element.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).ok())
}

/// An empty `<div>` in `root`, and nothing beside it: whatever stood there (the fallback's slot, an earlier mount) goes.
pub(super) fn make(root: &ShadowRoot) -> Option<HtmlElement> {
    let div = root.owner_document()?.create_element("div").ok()?;
    root.replace_children_with_node_1(&div);
    div.dyn_into().ok()
}
