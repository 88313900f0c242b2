//! Panic guard: a panic ends one element and leaves the others alive. That element shows the problem `internal` and what to
//! do.
//!
//! A panic in wasm is a trap: nothing is unwound, nothing is dropped, and what was borrowed stays borrowed. So whatever
//! runs here borrows nothing for certain. It needs no panic hook either, with which came all the formatting of messages
//! that no payer reads: an element that is still active in the next microtask has trapped.

use super::promise::soon;
use std::cell::RefCell;
use std::rc::Weak;

/// An element that can end after a panic in its code.
pub(crate) trait OnPanic {
    /// Ends the element.
    fn fail(&self);
}

/// An element whose code is running, if it is still there.
type ActiveElement = Weak<dyn OnPanic>;

thread_local! {
    /// The elements whose code is running, the innermost last.
    static ACTIVE: RefCell<Vec<ActiveElement>> = const { RefCell::new(Vec::new()) };
}

/// Scope guard that attributes a panic to an element.
pub(crate) struct PanicScope;

impl PanicScope {
    pub(crate) fn of(element: ActiveElement) -> Self {
        let is_outermost = ACTIVE.with(|active| {
            active.try_borrow_mut().is_ok_and(|mut active| {
                active.push(element);
                active.len() == 1
            })
        });
        if is_outermost {
            // Runs after the browser's call into this code has ended, by return or by trap.
            soon(fail_trapped);
        }
        Self
    }
}

impl Drop for PanicScope {
    fn drop(&mut self) {
        ACTIVE.with(|active| {
            if let Ok(mut active) = active.try_borrow_mut() {
                active.pop();
            }
        });
    }
}

/// Microtask that fails the element whose call never returned.
fn fail_trapped() {
    let trapped = ACTIVE.with(|active| active.try_borrow_mut().map(|mut active| active.drain(..).next_back()));
    if let Some(element) = trapped.ok().flatten().and_then(|element| element.upgrade()) {
        element.fail();
    }
}
