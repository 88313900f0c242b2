//! The pages: `/` sells, `/bayar/{order_id}` has the checkout.

use gopay_checkout::Checkout;
use gopay_checkout::payment::HostEvent;
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::hooks::use_params_map;
use leptos_router::{SsrMode, path};
use serde::{Deserialize, Serialize};

/// An order as the checkout needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The shop's own id.
    pub order_id: String,
    /// Opens this order's endpoints, and no other's.
    pub order_token: String,
    /// In rupiah.
    pub gross_amount: u64,
    /// Where QR pictures come from while the shop is tried against the sandbox; else nothing.
    pub trusted_hosts: Option<String>,
}

/// Makes an order, gives its token to the payer's browser in a cookie, and leads to its page.
#[server]
async fn buy(sku: String) -> Result<(), ServerFnError> {
    use axum::http::{HeaderValue, header};
    use leptos_axum::ResponseOptions;

    let sold = expect_context::<crate::shop::Shop>().sell(&sku).map_err(ServerFnError::new)?;
    // On the web, `Secure` belongs to it too.
    let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Lax", sold.order_id, sold.order_token);
    expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, HeaderValue::from_str(&cookie)?);
    leptos_axum::redirect(&format!("/bayar/{}", sold.order_id));
    Ok(())
}

/// The order under this id, for the browser that has bought it.
#[server]
async fn find_order(order_id: String) -> Result<Order, ServerFnError> {
    use axum::http::{HeaderMap, HeaderValue, header};
    use leptos_axum::ResponseOptions;

    let headers: HeaderMap = leptos_axum::extract().await?;
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let order_token = cookies
        .find_map(|line| line.split("; ").find_map(|cookie| cookie.strip_prefix(&order_id)?.strip_prefix('=')))
        .ok_or_else(|| ServerFnError::new("this browser has not bought it"))?;
    // The page holds the token: it is for this browser alone.
    expect_context::<ResponseOptions>().insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    expect_context::<crate::shop::Shop>().find(&order_id, order_token).map_err(ServerFnError::new)
}

/// The document around every page.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="id">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width" />
                <link rel="icon" href="data:," />
                <title>"Kedai Senja, in Leptos, from a server"</title>
                <HydrationScripts options />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// All pages.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <main>
                <Routes fallback=|| "Halaman ini tidak ada.">
                    <Route path=path!("/") view=Products />
                    // Whole before it is sent: without a script, too, the payer reads what is going on.
                    <Route path=path!("/bayar/:order_id") view=Pay ssr=SsrMode::Async />
                </Routes>
            </main>
        </Router>
    }
}

/// A form: it works before the page is hydrated, and without any script.
#[component]
fn Products() -> impl IntoView {
    let buy = ServerAction::<Buy>::new();
    view! {
        <ActionForm action=buy>
            <input type="hidden" name="sku" value="kopi-gayo" />
            <button id="buy">"Beli kopi Gayo"</button>
        </ActionForm>
    }
}

/// The checkout of the order that the address names.
#[component]
fn Pay() -> impl IntoView {
    let params = use_params_map();
    let order = Resource::new(move || params.read().get("order_id").unwrap_or_default(), find_order);
    let paid = RwSignal::new(None::<String>);
    let on_settlement = move |event| {
        if let HostEvent::Ended { gross_amount, .. } = event {
            paid.set(Some(gross_amount.to_rupiah_text()));
        }
    };
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match order.await {
                    Ok(order) => {
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
                            >
                                <p>"Pembayaran sedang disiapkan. "<a href="/">"Kembali ke toko"</a></p>
                            </Checkout>
                        }
                            .into_any()
                    }
                    Err(_) => view! { <p>"Pesanan ini tidak ada, atau dibuat di browser lain."</p> }.into_any(),
                }
            })}
        </Suspense>
        {move || paid.get().map(|rupiah| view! { <p id="thanks">"Terima kasih! "{rupiah}" sudah kami terima."</p> })}
    }
}
