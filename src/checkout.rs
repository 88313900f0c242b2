//! Checkout: the view in a shadow root, and the component for Leptos applications around it.

#[cfg(target_arch = "wasm32")]
mod view {
    use crate::components::{ViewModel, card, early};
    use leptos::prelude::*;

    /// The card of `model`, rebuilt whenever that changes: Leptos leaves alone in the document what is the same. The custom element mounts this, and so does [`Checkout`].
    ///
    /// It has no `on:` attributes: Leptos adds such a listener anew whenever its element is rebuilt, which here is every second,
    /// and binds it to a thread, which costs 2 kB. Three listeners around the card do (`browser/dom_events.rs`).
    ///
    /// [`Checkout`]: crate::Checkout
    #[component]
    #[expect(unreachable_pub, reason = "the macro writes `pub`")]
    pub(crate) fn CheckoutView(
        /// View model to show.
        model: ArcRwSignal<ViewModel>,
    ) -> impl IntoView {
        early::element("div", "", (), move || model.with(card))
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use view::CheckoutView;

#[cfg(not(feature = "element"))]
mod component {
    use crate::payment::HostEvent;
    use crate::text::Lang;
    use leptos::html::{self, Div};
    use leptos::prelude::*;

    /// Checkout for one order, as a component for Leptos applications.
    ///
    /// ```no_run
    /// use gopay_checkout::Checkout;
    /// use leptos::prelude::*;
    ///
    /// #[component]
    /// fn Pay(order_id: String, order_token: String) -> impl IntoView {
    ///     let paid = RwSignal::new(false);
    ///     view! {
    ///         <Checkout
    ///             order_id
    ///             order_token
    ///             charge_url="/api/gopay/charge"
    ///             status_url="/api/gopay/orders/{order_id}"
    ///             on_settlement=move |_| paid.set(true)
    ///         />
    ///         <Show when=move || paid.get()>
    ///             <p>"Terima kasih!"</p>
    ///         </Show>
    ///     }
    /// }
    /// ```
    ///
    /// # Props
    /// They are the attributes of `<gopay-checkout>`, and are read in the same way: a value that cannot be used is a
    /// [`Problem`](crate::payment::Problem), with which `on_problem` is called. All of them may change. `lang` and `theme`
    /// change how the same payment looks; `order_token` and `credentials` are used from the next request on. Any other begins
    /// again and abandons the requests before: an order that can be paid already is resumed by that, not charged twice.
    ///
    /// # Callbacks
    /// Each is called with the [`HostEvent`] that its name says, after the screen shows the same. The same is dispatched as a
    /// DOM event on the component's `<div>`, from where it bubbles. A callback may remove the component. None is called once
    /// the component is gone, and none of them proves a payment: goods leave when the shop's backend has heard of it.
    ///
    /// # Servers
    /// A server renders the `<div>` with the children in it, or else with a line that says that the payment is being prepared.
    /// The browser shows that until it has hydrated the component; nothing is charged before.
    ///
    /// # End
    /// The cleanup of its owner ends every request, timer, stream and listener that it has started.
    #[component]
    #[expect(unreachable_pub, reason = "re-exported at the crate's root; the macro hides that from the lint")]
    pub fn Checkout(
        /// The shop's order: 1 to 50 of `A-Z a-z 0-9 - _ ~ .`.
        #[prop(into)]
        order_id: Signal<String>,
        /// URL of the merchant that makes the charge: `POST`.
        #[prop(into)]
        charge_url: Signal<String>,
        /// URL of the merchant for the status: `GET`. `{order_id}` and `{transaction_id}` are replaced.
        #[prop(into)]
        status_url: Signal<String>,
        /// URL of the merchant that pushes statuses, as server-sent events. The same is replaced. None: they are polled.
        #[prop(into, optional)]
        events_url: MaybeProp<String>,
        /// URL of the merchant that cancels: `POST`. The same is replaced. None: the payer cannot cancel.
        #[prop(into, optional)]
        cancel_url: MaybeProp<String>,
        /// Sent to these four URLs as `Authorization: Bearer …`, and to nothing else.
        #[prop(into, optional)]
        order_token: MaybeProp<String>,
        /// Amount that the page promises the payer, in whole rupiah. A charge of another amount is refused.
        #[prop(into, optional)]
        gross_amount: MaybeProp<u64>,
        /// URL to which the GoPay app returns the payer.
        #[prop(into, optional)]
        callback_url: MaybeProp<String>,
        /// Way to pay that is shown first: `auto` (by the device), `qr` or `deeplink`.
        #[prop(into, optional)]
        channel: MaybeProp<String>,
        /// Start of the charge: `auto` (as soon as it is displayed) or `press` (when the payer presses the button).
        #[prop(into, optional)]
        start: MaybeProp<String>,
        /// `id` or `en`. None: the nearest `lang` around the component, else `id`.
        #[prop(into, optional)]
        lang: MaybeProp<String>,
        /// `auto` (as the device is set), `light` or `dark`.
        #[prop(into, optional)]
        theme: MaybeProp<String>,
        /// Cookies of those requests: `same-origin`, `include` or `omit`.
        #[prop(into, optional)]
        credentials: MaybeProp<String>,
        /// Hosts that QR images and deeplinks may point to beside Midtrans' and GoPay's, separated by spaces: a sandbox's.
        #[prop(into, optional)]
        trusted_hosts: MaybeProp<String>,
        /// There is something to pay: a new charge, or the same one resumed ([`HostEvent::Charge`]).
        #[prop(into, optional)]
        on_charge: Option<Callback<HostEvent>>,
        /// `transaction_status` has changed ([`HostEvent::Status`]).
        #[prop(into, optional)]
        on_status: Option<Callback<HostEvent>>,
        /// The order is paid ([`HostEvent::Ended`], as the next four).
        #[prop(into, optional)]
        on_settlement: Option<Callback<HostEvent>>,
        /// The order was not paid in time.
        #[prop(into, optional)]
        on_expire: Option<Callback<HostEvent>>,
        /// The charge is cancelled.
        #[prop(into, optional)]
        on_cancel: Option<Callback<HostEvent>>,
        /// GoPay has denied it.
        #[prop(into, optional)]
        on_deny: Option<Callback<HostEvent>>,
        /// The money was given back, in part or whole.
        #[prop(into, optional)]
        on_refund: Option<Callback<HostEvent>>,
        /// The payer has switched between QR code and deeplink ([`HostEvent::Channel`]).
        #[prop(into, optional)]
        on_channel: Option<Callback<HostEvent>>,
        /// Something that the payer or the shop must know ([`HostEvent::Problem`]).
        #[prop(into, optional)]
        on_problem: Option<Callback<HostEvent>>,
        /// The shop's other way to pay, as the children of `<gopay-checkout>` are: shown on servers, in the browser until the
        /// checkout itself is, and again where this order cannot be paid by GoPay. Children with a `slot` attribute are for the
        /// slots of that name.
        #[prop(optional)]
        children: Option<Children>,
    ) -> impl IntoView {
        let node = NodeRef::<Div>::new();
        let attributes = move || {
            [
                ("order-id", Some(order_id.get())),
                ("charge-url", Some(charge_url.get())),
                ("status-url", Some(status_url.get())),
                ("events-url", events_url.get()),
                ("cancel-url", cancel_url.get()),
                ("order-token", order_token.get()),
                ("gross-amount", gross_amount.get().map(|rupiah| rupiah.to_string())),
                ("callback-url", callback_url.get()),
                ("channel", channel.get()),
                ("start", start.get()),
                ("lang", lang.get()),
                ("theme", theme.get()),
                ("credentials", credentials.get()),
                ("trusted-hosts", trusted_hosts.get()),
            ]
        };
        let callbacks = [
            ("gopay-charge", on_charge),
            ("gopay-status", on_status),
            ("gopay-settlement", on_settlement),
            ("gopay-expire", on_expire),
            ("gopay-cancel", on_cancel),
            ("gopay-deny", on_deny),
            ("gopay-refund", on_refund),
            ("gopay-channel", on_channel),
            ("gopay-problem", on_problem),
        ];
        mount(node, attributes, callbacks);
        let lang = lang.get_untracked().as_deref().and_then(Lang::from_tag).unwrap_or(Lang::Id);
        let placeholder = match children {
            Some(children) => children(),
            // In a slot that no card has: it is not what the shop offers in place of GoPay.
            None => view! { <p slot="placeholder">{lang.words().charging.headline}</p> }.into_any(),
        };
        html::div().node_ref(node).child(placeholder)
    }

    type Attributes = [(&'static str, Option<String>); 14];
    type Callbacks = [(&'static str, Option<Callback<HostEvent>>); 9];

    /// Mounts the checkout once its `<div>` is there, follows the props, and ends it with the component.
    #[cfg(target_arch = "wasm32")]
    fn mount(node: NodeRef<Div>, attributes: impl Fn() -> Attributes + Send + Sync + 'static, callbacks: Callbacks) {
        use crate::browser::displayed::{Waiting, is_displayed, when_displayed};
        use crate::browser::{HostEventCallback, Mounted};
        use std::cell::RefCell;
        use std::rc::Rc;
        use web_sys::HtmlElement;

        enum State {
            New,
            /// Until somebody may see it: nothing is charged for what is not displayed.
            Waiting {
                _until: Waiting,
            },
            Mounted(Mounted),
        }

        let state = StoredValue::new_local(Rc::new(RefCell::new(State::New)));
        Effect::new(move |_| {
            let attributes = attributes();
            let Some(div) = node.get() else { return };
            for (name, value) in attributes {
                // Fails only for a name that is no attribute name.
                let _set = match value {
                    Some(value) => div.set_attribute(name, &value),
                    None => div.remove_attribute(name),
                };
            }
            state.with_value(|state| {
                match &mut *state.borrow_mut() {
                    State::Mounted(mounted) => return mounted.attributes_changed(),
                    State::Waiting { .. } => return,
                    State::New => {}
                }
                let call: HostEventCallback = Rc::new(move |event: &HostEvent| {
                    let named = callbacks.iter().find(|(name, _)| *name == event.name());
                    if let Some(callback) = named.and_then(|(_, callback)| *callback) {
                        // It goes with the owner that has made it, which may be another than the component's.
                        let _called = callback.try_run(event.clone());
                    }
                });
                let div: HtmlElement = div.into();
                let (weak, element) = (Rc::downgrade(state), div.clone());
                let mount = move || {
                    let Some(state) = weak.upgrade() else { return };
                    if !matches!(*state.borrow(), State::Mounted(_)) {
                        let mounted = Mounted::with_callback(element.clone(), Rc::clone(&call));
                        state.replace(State::Mounted(mounted));
                    }
                };
                if is_displayed(&div) {
                    return mount();
                }
                match when_displayed(&div, mount.clone()) {
                    Some(waiting) => drop(state.replace(State::Waiting { _until: waiting })),
                    None => mount(),
                }
            });
        });
        on_cleanup(move || {
            // The value itself may outlive this owner for a moment; the checkout must not.
            let ended = state.try_with_value(|state| state.replace(State::New));
            if let Some(State::Mounted(mounted)) = ended {
                mounted.unmount();
            }
        });
    }

    /// On a server nothing is mounted.
    #[cfg(not(target_arch = "wasm32"))]
    fn mount(_node: NodeRef<Div>, _attributes: impl Fn() -> Attributes, _callbacks: Callbacks) {}
}

#[cfg(not(feature = "element"))]
pub use component::Checkout;
