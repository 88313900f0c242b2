//! A panic ends one element and leaves the others alive: the page shows `internal` where it happened, and the payer is
//! told what to do.
//!
//! A panic in wasm is a trap: nothing is unwound, nothing is dropped, and what was borrowed stays borrowed. So whatever
//! runs here borrows nothing for certain. It needs no panic hook either, with which came all the formatting of messages
//! that no payer reads: whoever is still being fed when the browser has nothing left to run has trapped.

use super::wire::soon;
use std::cell::RefCell;
use std::rc::Weak;

/// What can be told that a panic happened in it.
pub(crate) trait Fails {
    /// It happened.
    fn fail(&self);
}

/// An element that was fed, if it is still there.
type Fed = Weak<dyn Fails>;

thread_local! {
/// The elements that are being fed, the innermost last.
static FED: RefCell<Vec<Fed>> = const { RefCell::new(Vec::new()) };}

/// While this lives, a panic is the element's that is being fed.
pub(crate) struct Feeding;

impl Feeding {
    pub(crate) fn of(element: Fed) -> Self {
        let is_outermost = FED.with(|fed| {
            fed.try_borrow_mut().is_ok_and(|mut fed| {
                fed.push(element);
                fed.len() == 1
            })
        });
        if is_outermost {
            // It runs when the browser's call into this code is over, however it was.
            soon(look);
        }
        Self
    }
}

impl Drop for Feeding {
    fn drop(&mut self) {
        FED.with(|fed| {
            if let Ok(mut fed) = fed.try_borrow_mut() {
                fed.pop();
            }
        });
    }
}

/// Looks, once everything that was running has ended, for whoever has not.
fn look() {
    let trapped = FED.with(|fed| fed.try_borrow_mut().map(|mut fed| fed.drain(..).next_back()));
    if let Some(element) = trapped.ok().flatten().and_then(|element| element.upgrade()) {
        element.fail();
    }
}
