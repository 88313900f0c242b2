//! What the payer presses, and how the QR picture fares: three listeners on the card, and none on what comes and goes
//! in it.

use super::driver::Driver;
use super::listener::Listener;
use crate::payment::{Channel, Input};
use crate::view::Press;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

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
            let _pressed = press(&event, driver.as_deref());
        }),
        // These two do not bubble; there is one picture at most.
        Listener::capturing(parent, "load", feed(|| Input::QrLoaded)),
        Listener::capturing(parent, "error", feed(|| Input::QrFailed)),
    ]
}

fn press(event: &Event, driver: Option<&Driver>) -> Option<()> {
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
        Press::Pay => Input::PayPressed,
        Press::Retry => Input::RetryPressed,
        Press::Refresh => Input::RefreshPressed,
        Press::Cancel => Input::CancelPressed,
        Press::ShowQr => Input::ChannelChosen(Channel::Qr),
        Press::ShowDeeplink => Input::ChannelChosen(Channel::Deeplink),
    };
    driver?.feed(input);
    Some(())
}
