//! A panic ends one element and leaves the others alive: the page shows `internal` where it happened, and the payer is
//! told what to do.
//!
//! A panic in wasm is a trap: nothing is unwound, nothing is dropped, and what was borrowed stays borrowed. So whatever
//! runs here borrows nothing for certain.

use super::driver::Driver;
use std::cell::RefCell;
use std::rc::Weak;
use std::sync::Once;

thread_local! {
    /// The elements that are being fed, the innermost last; and the one that was fed last, whose picture is painted
    /// in the turns after it.
    static FED: RefCell<(Vec<Weak<Driver>>, Weak<Driver>)> = const { RefCell::new((Vec::new(), Weak::new())) };
}

/// While this lives, a panic is `driver`'s.
pub(crate) struct Feeding;

impl Feeding {
    pub(crate) fn of(driver: &Weak<Driver>) -> Self {
        install();
        FED.with(|fed| {
            if let Ok(mut fed) = fed.try_borrow_mut() {
                fed.0.push(Weak::clone(driver));
                fed.1 = Weak::clone(driver);
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
            let driver = FED.with(|fed| {
                let mut fed = fed.try_borrow_mut().ok()?;
                // The trap runs no destructors: what was being fed is fed no more.
                let inner = fed.0.drain(..).next_back();
                inner.unwrap_or_else(|| Weak::clone(&fed.1)).upgrade()
            });
            if let Some(driver) = driver {
                driver.fail(&place);
            }
            before(info);
        }));
    });
}
