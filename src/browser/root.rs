//! View root of a checkout in an element's shadow root: a reactive owner without parent, and one signal with the view model,
//! which only the driver writes.

use super::driver::Driver;
use super::listener::Listener;
use super::promise::soon;
use super::{clock, dom_events, leptos_executor};
use crate::checkout::CheckoutView;
use crate::components::{CopyResult, InAppContext, ViewModel, early};
use crate::config::Theme;
use crate::payment::{AppReturnNotice, Channel, Screen, StateName, in_app_browser, way_out};
use crate::text::Lang;
use gopay_contract::JakartaTime;
use leptos::prelude::*;
use leptos::tachys::view::{Mountable, Render};
use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlImageElement, ShadowRoot};

/// View root of one checkout. The view is removed when it is dropped.
pub(crate) struct Root {
    shadow: ShadowRoot,
    model: ArcRwSignal<ViewModel>,
    mounted: RefCell<Option<MountedView>>,
    /// Receiver of the payer's actions; none for an error card, whose only action is to reload the page.
    driver: OnceCell<Weak<Driver>>,
}

/// The view while it is in the document.
struct MountedView {
    owner: Owner,
    view: Box<dyn Mountable>,
    _listeners: Option<[Listener; 3]>,
}

impl Root {
    /// Makes an empty view root.
    pub(crate) fn new(shadow: ShadowRoot, lang: Lang, theme: Theme) -> Rc<Self> {
        leptos_executor::install();
        let screen = Screen::empty(StateName::Loading, Channel::Qr);
        let place = InAppContext::default();
        let model = ViewModel {
            screen,
            seconds_left: None,
            lang,
            theme,
            place,
            copied: None,
            utc_offset: JakartaTime::UTC_OFFSET,
        };
        Rc::new(Self { shadow, model: ArcRwSignal::new(model), mounted: RefCell::default(), driver: OnceCell::new() })
    }

    /// Sends the payer's actions to `driver`.
    pub(crate) fn listen_for(&self, driver: Weak<Driver>) {
        // There is one driver for a root.
        let _set = self.driver.set(driver);
    }

    /// Shows another screen, or the same with less time left. Returns whether it adopted elements that the loader has painted,
    /// whose events may have fired before there was a listener: see [`Root::qr_is_drawn`].
    pub(crate) fn show(&self, screen: Screen, seconds_left: Option<i64>) -> bool {
        let not_opened = screen.app_notice == AppReturnNotice::NotOpened;
        let place = if not_opened { in_app_context() } else { InAppContext::default() };
        let paid_at = screen.receipt.as_ref().and_then(|receipt| receipt.settlement_time);
        let utc_offset = paid_at.map_or(JakartaTime::UTC_OFFSET, clock::utc_offset);
        let mut next = self.model.with_untracked(|before| {
            let copied = before.copied.clone().filter(|_| not_opened);
            ViewModel { screen, seconds_left, place, copied, utc_offset, lang: before.lang, theme: before.theme }
        });
        self.update(&mut |model| {
            std::mem::swap(model, &mut next);
            *model != next
        })
    }

    /// Shows the same in another language and other colours.
    pub(crate) fn restyle(&self, lang: Lang, theme: Theme) {
        let _adopted = self.update(&mut |model| {
            (model.lang, model.theme) = (lang, theme);
            true
        });
    }

    /// Shows the result of "Salin tautan".
    pub(crate) fn copied(&self, copied: CopyResult) {
        let mut copied = Some(copied);
        let _adopted = self.update(&mut |model| {
            model.copied = copied.take();
            true
        });
    }

    /// Outcome of loading the QR image in the document: `Some(true)` if it is drawn, `Some(false)` if it failed, `None` while it
    /// loads and where there is none.
    ///
    /// For the loader's image only, whose `load` or `error` may have fired before there was a listener. Other images fire them
    /// to `dom_events.rs`; and where a Leptos application runs the effects, the document still holds the previous image.
    pub(crate) fn qr_is_drawn(&self) -> Option<bool> {
        let image = self.shadow.query_selector("img").ok()??.dyn_into::<HtmlImageElement>().ok()?;
        image.complete().then(|| image.natural_width() > 0)
    }

    /// Moves the focus to the headline, if what was just shown has removed `button`, which had it. In a Leptos application it is shown
    /// a microtask later.
    pub(crate) fn keep_focus(&self, button: Element) {
        let shadow = self.shadow.clone();
        soon(move || {
            if !button.is_connected()
                && let Ok(Some(headline)) = shadow.query_selector("[part=status]")
            {
                let _focused = headline.unchecked_into::<HtmlElement>().focus();
            }
        });
    }

    /// Forgets the view after a panic: its cells may be borrowed for ever.
    pub(crate) fn abandon(&self) {
        if let Ok(mut mounted) = self.mounted.try_borrow_mut() {
            std::mem::forget(mounted.take());
        }
    }

    /// Changes the model, and shows it where `change` returns true. Returns whether it adopted elements that the loader has
    /// painted.
    fn update(&self, change: &mut dyn FnMut(&mut ViewModel) -> bool) -> bool {
        self.model.maybe_update(change);
        let is_mounted = self.mounted.borrow().is_some();
        if is_mounted {
            // An enlarged QR code has the focus, and goes when the payment ends.
            let button = self.shadow.active_element().filter(|focused| focused.matches(":popover-open *") == Ok(true));
            leptos_executor::run();
            if let Some(button) = button {
                self.keep_focus(button);
            }
        }
        !is_mounted && self.mount()
    }

    /// Mounts the view, around what the loader has painted: what can be paid stays where it stands. Until that is shown
    /// here too, all of the loader's card stays. Returns whether there was any.
    fn mount(&self) -> bool {
        let painted = painted_by_loader(&self.shadow);
        let state = self.model.with_untracked(|model| model.screen.state);
        let has_painted = !painted.is_empty();
        if has_painted && matches!(state, StateName::Loading | StateName::Ready | StateName::Charging) {
            return false;
        }
        let owner = Owner::new_root(None);
        let view = owner.with(|| {
            early::adopting(painted, || {
                let model = self.model.clone();
                let mut view = view! { <CheckoutView model /> }.build();
                remove_all_but(&self.shadow, view.elements().first());
                // Leptos accepts only elements as parents, but calls nothing that a shadow root lacks.
                view.mount(self.shadow.unchecked_ref(), None);
                Box::new(view) as Box<dyn Mountable>
            })
        });
        let listeners = view.elements().first().map(|around| dom_events::listen(around, self.driver.get()));
        *self.mounted.borrow_mut() = Some(MountedView { owner, view, _listeners: listeners });
        has_painted
    }
}

/// The element that the loader has marked, and what it stands in up to the shadow root.
fn painted_by_loader(shadow: &ShadowRoot) -> Vec<Element> {
    let marked = shadow.query_selector(&["[", early::MARK, "]"].concat()).ok().flatten();
    std::iter::successors(marked, |element| element.parent_element()).collect()
}

/// Removes everything else in the shadow root: the fallback's slot, an earlier mount.
fn remove_all_but(shadow: &ShadowRoot, kept: Option<&Element>) {
    let kept = kept.map(|kept| -> &web_sys::Node { kept });
    while let Some(gone) = shadow.first_child().filter(|child| !child.is_same_node(kept)) {
        let _removed = shadow.remove_child(&gone);
    }
    while let Some(gone) = shadow.last_child().filter(|child| !child.is_same_node(kept)) {
        let _removed = shadow.remove_child(&gone);
    }
}

/// Detects an in-app browser.
fn in_app_context() -> InAppContext {
    let Some(window) = web_sys::window() else { return InAppContext::default() };
    let user_agent = window.navigator().user_agent().unwrap_or_default();
    let app = in_app_browser(&user_agent);
    let href = window.location().href().unwrap_or_default();
    InAppContext { app, way_out: app.and_then(|app| way_out(app, &user_agent, &href)) }
}

impl Drop for Root {
    fn drop(&mut self) {
        // After a panic it may be borrowed for ever.
        let mounted = self.mounted.try_borrow_mut().ok().and_then(|mut mounted| mounted.take());
        if let Some(MountedView { owner, mut view, .. }) = mounted {
            view.unmount();
            drop(view);
            owner.cleanup();
            leptos_executor::run();
        }
    }
}
