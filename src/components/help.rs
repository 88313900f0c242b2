//! Instructions: how to pay, step by step, for each way to pay. They follow GoPay's own documents.

use super::ViewModel;
use super::keyed::keyed;
use crate::payment::Channel;
use leptos::prelude::*;

/// The instructions. In other states than `pending` the stylesheet hides them but keeps their place, so that elements below
/// the card do not move when the payment ends.
pub(super) fn help(model: &ViewModel) -> impl IntoView + use<> {
    let words = model.words();
    let (key, steps) = match model.screen.channel {
        Channel::Qr => (0, words.steps_qr),
        Channel::Deeplink => (1, words.steps_deeplink),
    };
    keyed(
        key,
        view! {
            <details part="help" class="help">
                <summary>{words.how_to_pay}</summary>
                <ol>{steps.map(|step| view! { <li>{step}</li> })}</ol>
            </details>
        },
    )
}
