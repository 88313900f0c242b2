//! DOM events in the card: the payer's clicks, and the QR image's `load` and `error`.

use super::driver::Driver;
use super::listener::Listener;
use crate::components::{Action, CopyResult};
use crate::payment::{Channel, Input};
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

/// Adds three listeners around the card; elements in it have none.
pub(super) fn listen(around: &Element, driver: Option<&Weak<Driver>>) -> [Listener; 3] {
    let (driver, loaded, failed) = (driver.cloned(), driver.cloned(), driver.cloned());
    [
        Listener::new(around, "click", move |event| clicked(&event, driver.as_ref())),
        // An image's events do not bubble.
        Listener::capturing(around, "load", move |_| image_loaded(true, loaded.as_ref())),
        Listener::capturing(around, "error", move |_| image_loaded(false, failed.as_ref())),
    ]
}

/// Handles a click in the card. Without a driver the only action is to reload the page.
fn clicked(event: &Event, driver: Option<&Weak<Driver>>) {
    match driver.map(Weak::upgrade) {
        Some(Some(driver)) => driver.run_guarded(|| act(event, Some(&driver))),
        Some(None) => None,
        None => act(event, None),
    };
}

/// Handles the end of loading an image. There is one at most, the QR code.
fn image_loaded(is_loaded: bool, driver: Option<&Weak<Driver>>) {
    if let Some(driver) = driver.and_then(Weak::upgrade) {
        driver.feed(if is_loaded { Input::QrLoaded } else { Input::QrFailed });
    }
}

fn act(event: &Event, driver: Option<&Rc<Driver>>) -> Option<()> {
    let pressed =
        event.target()?.dyn_into::<Element>().ok()?.closest(&["[", Action::ATTRIBUTE, "]"].concat()).ok()??;
    let input = match Action::parse(&pressed.get_attribute(Action::ATTRIBUTE)?)? {
        Action::Reload => {
            let _reloading = web_sys::window()?.location().reload();
            return None;
        }
        Action::Open => {
            if !driver?.may_open(&pressed.get_attribute("href")?) {
                event.prevent_default();
            }
            return None;
        }
        Action::CopyLink => {
            return copy_link(driver?);
        }
        Action::Enlarge => {
            // Fails only where an extension has removed it from the document.
            let _toggled = pressed.parent_element()?.unchecked_into::<HtmlElement>().toggle_popover();
            return None;
        }
        Action::Pay => Input::PayPressed,
        Action::Retry => Input::RetryPressed,
        Action::Refresh => Input::RefreshPressed,
        Action::Cancel => Input::CancelPressed,
        Action::ShowQr => Input::ChannelChosen(Channel::Qr),
        Action::ShowDeeplink => Input::ChannelChosen(Channel::Deeplink),
    };
    let driver = driver?;
    driver.feed(input);
    driver.keep_focus(pressed);
    Some(())
}

/// Copies the page's address, for another browser. If that fails, shows it to the payer.
fn copy_link(driver: &Rc<Driver>) -> Option<()> {
    let address = web_sys::window()?.location().href().ok()?;
    let says = |copied: CopyResult| {
        let driver = Rc::downgrade(driver);
        Closure::once_into_js(move || {
            if let Some(driver) = driver.upgrade() {
                driver.copied(copied);
            }
        })
    };
    match write_text(&address) {
        Ok(copying) => copying.then(&says(CopyResult::Link), &says(CopyResult::ByHand(address))),
        Err(_) => driver.copied(CopyResult::ByHand(address)),
    }
    Some(())
}
