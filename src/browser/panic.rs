//! A panic ends one element and leaves the others alive: the page shows `internal` where it happened, and the payer is
//! told what to do.
//!
//! A panic in wasm is a trap: nothing is unwound, nothing is dropped, and what was borrowed stays borrowed. So whatever
//! runs here borrows nothing for certain.

use std::cell::RefCell;
use std::rc::Weak;
use std::sync::Once;

/// What can be told that a panic happened in it.
pub(crate) trait Fails {
    /// It happened at `place`.
    fn fail(&self, place: &str);
}

/// An element that was fed, if it is still there.
type Fed = Weak<dyn Fails>;

thread_local! {
    /// The elements that are being fed, the innermost last; and the one that was fed last, whose picture is painted
    /// in the turns after it.
    static FED: RefCell<(Vec<Fed>, Option<Fed>)> = const { RefCell::new((Vec::new(), None)) };
}

/// While this lives, a panic is the element's that is being fed.
pub(crate) struct Feeding;

impl Feeding {
    pub(crate) fn of(element: Weak<dyn Fails>) -> Self {
        install();
        FED.with(|fed| {
            if let Ok(mut fed) = fed.try_borrow_mut() {
                fed.0.push(Weak::clone(&element));
                fed.1 = Some(element);
            }
        });
        Self
    }
}

impl Drop for Feeding {
    fn drop(&mut self) {
        FED.with(|fed| {
            if let Ok(mut fed) = fed.try_borrow_mut() {
                fed.0.pop();
            }
        });
    }
}

fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
            let element = FED.with(|fed| {
                let mut fed = fed.try_borrow_mut().ok()?;
                // The trap runs no destructors: what was being fed is fed no more.
                let inner = fed.0.drain(..).next_back();
                inner.or_else(|| fed.1.clone())?.upgrade()
            });
            if let Some(element) = element {
                element.fail(&place);
            }
            before(info);
        }));
    });
}
