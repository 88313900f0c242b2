//! Executor of Leptos' effects on a page without a Leptos application. It runs them within the step that caused them.
//!
//! Leptos leaves effects to an executor, and the usual one runs them in a microtask: the screen would follow the payment
//! late, and a panic in an effect would belong to no element. With this one, code that has written a signal calls [`run`], and
//! the screen is right when that returns. A task that is woken at any other time runs in a microtask.
//!
//! A page has one executor. A Leptos application installs its own before it shows a [`Checkout`](crate::Checkout), and that
//! one stays: there [`run`] finds nothing to do, the screen follows in a microtask, and a panic in the view is the
//! application's. So nothing may read from the document what a step has just shown.

use super::promise::soon;
use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Wake, Waker};

struct Task {
    is_woken: Arc<Woken>,
    future: PinnedLocalFuture<()>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        if !self.0.swap(true, Relaxed) {
            soon(run);
        }
    }
}

thread_local! {
    static TASKS: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
}

struct LeptosExecutor;

impl CustomExecutor for LeptosExecutor {
    fn spawn(&self, task: PinnedFuture<()>) {
        self.spawn_local(task);
    }

    fn spawn_local(&self, future: PinnedLocalFuture<()>) {
        let is_woken = Arc::new(Woken(AtomicBool::new(false)));
        poll(Task { is_woken, future });
    }

    fn poll_local(&self) {
        run();
    }
}

/// Makes this the page's executor, unless the page's own application has installed one.
pub(crate) fn install() {
    let _installed = Executor::init_local_custom_executor(LeptosExecutor);
}

/// Runs every effect of this executor that is due.
pub(crate) fn run() {
    let due = || {
        TASKS.with_borrow_mut(|tasks| {
            let at = tasks.iter().position(|task| task.is_woken.0.swap(false, Relaxed))?;
            Some(tasks.remove(at))
        })
    };
    while let Some(task) = due() {
        poll(task);
    }
}

/// Nothing is borrowed meanwhile: a panic in here costs its own task and no other.
fn poll(mut task: Task) {
    let waker = Waker::from(Arc::clone(&task.is_woken));
    if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        TASKS.with_borrow_mut(|tasks| tasks.push(task));
    }
}
