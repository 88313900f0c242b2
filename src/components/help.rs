//! Instructions: how to pay, in three steps, for each way to pay. They follow GoPay's own documents.

use super::ViewModel;
use super::keyed::keyed;
use crate::payment::Channel;
use leptos::prelude::*;

/// The instructions, open. The stylesheet hides them where nothing can be paid.
pub(super) fn help(model: &ViewModel) -> impl IntoView + use<> {
    let words = model.words();
    let (key, steps) = match model.screen.channel {
        Channel::Qr => (0, words.steps_qr),
        Channel::Deeplink => (1, words.steps_deeplink),
    };
    let label = words.how_to_pay;
    keyed(key, view! { <ol part="help" class="help" aria-label=label>{steps.map(|step| view! { <li>{step}</li> })}</ol> })
}
