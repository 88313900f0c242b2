//! The shop's one program: its pages at `/`, the checkout's backend at `/api/gopay`. How to build and start it:
//! `examples/hosts/README.md`.

use axum::Router;
use gopay_merchant::Settings;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, file_and_error_handler, generate_route_list};
use leptos_ssr::app::{App, shell};
use leptos_ssr::shop::Shop;
use std::env;
use std::net::SocketAddr;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // With cargo-leptos: `get_configuration(None)`.
    let options = LeptosOptions::builder()
        .output_name("leptos_ssr")
        .site_root(env::var("SITE_ROOT").unwrap_or_else(|_| "target/leptos-ssr".to_owned()))
        .site_addr(env::var("SITE_ADDR").unwrap_or_else(|_| "127.0.0.1:3000".to_owned()).parse::<SocketAddr>()?)
        .build();
    let shop = Shop::open(Settings::from_environment(None)?).await?;
    let listener = TcpListener::bind(options.site_addr).await?;

    let checkout = shop.checkout.clone();
    let app = Router::new()
        .nest("/api/gopay", checkout.router())
        .leptos_routes_with_context(&options, generate_route_list(App), move || provide_context(shop.clone()), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .fallback(file_and_error_handler::<LeptosOptions, _>(shell))
        .with_state(options);

    println!("http://{}", listener.local_addr()?);
    let stop = checkout.clone();
    let ctrl_c = async move {
        drop(tokio::signal::ctrl_c().await);
        stop.end_streams();
    };
    // With the peers' addresses: the backend's limits tell one client from another by them.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(ctrl_c).await?;
    checkout.stop().await;
    Ok(())
}
