//! A shop's page in Leptos: it makes an order, then shows the checkout as a component. No custom element, no script tag.
//!
//! Beside a merchant on port 7080: `cargo build --example leptos_page --features csr --target wasm32-unknown-unknown`, then Trunk or
//! wasm-bindgen as for any Leptos page.

#[cfg(target_arch = "wasm32")]
mod page {
    use gloo_net::http::Request;
    use gopay_checkout::Checkout;
    use gopay_checkout::payment::HostEvent;
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use serde_json::{Value, json};

    /// An order that the shop has just made.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Order {
        order_id: String,
        order_token: String,
        gross_amount: u64,
        /// While the shop is tried against the sandbox: where its QR pictures come from.
        trusted_hosts: String,
    }

    impl Order {
        /// Asks the shop's backend for one.
        async fn make(sku: &str) -> Option<Self> {
            let body = json!({ "items": [{ "sku": sku, "quantity": 1 }] }).to_string();
            let request = Request::post("/api/shop/orders").header("Content-Type", "application/json").body(body);
            let text = request.ok()?.send().await.ok()?.text().await.ok()?;
            let order: Value = serde_json::from_str(&text).ok()?;
            let field = |name: &str| order[name].as_str().map(str::to_owned);
            Some(Self {
                order_id: field("order_id")?,
                order_token: field("order_token")?,
                gross_amount: order["gross_amount"].as_u64()?,
                trusted_hosts: order["trusted_hosts"]
                    .as_array()?
                    .iter()
                    .filter_map(Value::as_str)
                    .collect::<Vec<_>>()
                    .join(" "),
            })
        }
    }

    #[component]
    fn Page() -> impl IntoView {
        let order = RwSignal::new(None::<Order>);
        let paid = RwSignal::new(None::<String>);
        let buy = move |_| {
            spawn_local(async move {
                // The page may be gone by now.
                let _set = order.try_set(Order::make("kopi-gayo").await);
            });
        };
        let on_settlement = move |event| {
            if let HostEvent::Ended { gross_amount, .. } = event {
                paid.set(Some(gross_amount.to_rupiah_text()));
            }
        };
        view! {
            <main>
                <button id="buy" on:click=buy>"Beli kopi Gayo"</button>
                {move || {
                    order.get().map(|order| {
                        view! {
                            <Checkout
                                order_id=order.order_id
                                order_token=order.order_token
                                gross_amount=order.gross_amount
                                trusted_hosts=order.trusted_hosts
                                charge_url="/api/gopay/charge"
                                status_url="/api/gopay/orders/{order_id}"
                                events_url="/api/gopay/orders/{order_id}/events"
                                on_settlement
                            />
                        }
                    })
                }}
                {move || paid.get().map(|rupiah| view! { <p id="thanks">"Terima kasih! " {rupiah} " sudah kami terima."</p> })}
            </main>
        }
    }

    pub(super) fn run() {
        leptos::mount::mount_to_body(Page);
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    page::run();
}
