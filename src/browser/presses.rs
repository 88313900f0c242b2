//! What the payer presses, and how the QR picture fares: three listeners on the card, and none on what comes and goes
//! in it.

use super::driver::Driver;
use super::listener::Listener;
use crate::payment::{Channel, Input};
use crate::view::{Copied, Press};
use std::rc::{Rc, Weak};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement};

#[wasm_bindgen]
extern "C" {
    type Copying;

    #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    fn write_text(text: &str) -> Result<Copying, JsValue>;

    #[wasm_bindgen(method)]
    fn then(this: &Copying, done: &JsValue, refused: &JsValue);
}

/// Listens on `card`'s parent. Without a driver nothing but the page itself can be loaded anew.
pub(super) fn listen(parent: &HtmlElement, driver: Option<&Rc<Driver>>) -> [Listener; 3] {
    let feed = |input: fn() -> Input| {
        let driver = driver.map(Rc::downgrade);
        move |_event: Event| {
            if let Some(driver) = driver.as_ref().and_then(Weak::upgrade) {
                driver.feed(input());
            }
        }
    };
    let pressed = driver.map(Rc::downgrade);
    [
        Listener::new(parent, "click", move |event| {
            let driver = pressed.as_ref().and_then(Weak::upgrade);
            let _pressed = press(&event, driver.as_ref());
        }),
        // These two do not bubble; there is one picture at most.
        Listener::capturing(parent, "load", feed(|| Input::QrLoaded)),
        Listener::capturing(parent, "error", feed(|| Input::QrFailed)),
    ]
}

fn press(event: &Event, driver: Option<&Rc<Driver>>) -> Option<()> {
    let pressed =
        event.target()?.dyn_into::<Element>().ok()?.closest(&["[", Press::ATTRIBUTE, "]"].concat()).ok()??;
    let press = Press::parse(&pressed.get_attribute(Press::ATTRIBUTE)?)?;
    let input = match press {
        Press::Reload => {
            let _reloading = web_sys::window()?.location().reload();
            return None;
        }
        Press::Open => {
            if !driver?.may_open(&pressed.get_attribute("href")?) {
                event.prevent_default();
            }
            return None;
        }
        Press::CopyLink => {
            return copy_link(driver?);
        }
        Press::Pay => Input::PayPressed,
        Press::Retry => Input::RetryPressed,
        Press::Refresh => Input::RefreshPressed,
        Press::Cancel => Input::CancelPressed,
        Press::ShowQr => Input::ChannelChosen(Channel::Qr),
        Press::ShowDeeplink => Input::ChannelChosen(Channel::Deeplink),
    };
    let card = pressed.closest("[part=card]").ok()??;
    driver?.feed(input);
    if !pressed.is_connected() {
        // The payer's own press took the button away, and the focus with it: on to what came of it.
        card.query_selector("[part=status]").ok()??.dyn_into::<HtmlElement>().ok()?.focus().ok()?;
    }
    Some(())
}

/// The page's address, for another browser. Where it cannot be copied, the payer gets to see it.
fn copy_link(driver: &Rc<Driver>) -> Option<()> {
    let address = web_sys::window()?.location().href().ok()?;
    let says = |copied: Copied| {
        let driver = Rc::downgrade(driver);
        Closure::once_into_js(move || {
            if let Some(driver) = driver.upgrade() {
                driver.copied(copied);
            }
        })
    };
    match write_text(&address) {
        Ok(copying) => copying.then(&says(Copied::Link), &says(Copied::ByHand(address))),
        Err(_) => driver.copied(Copied::ByHand(address)),
    }
    Some(())
}
