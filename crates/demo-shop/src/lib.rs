//! The demo shop: products, pages and order ids around the reference merchant, and faults on request. A real shop has the
//! first three already, and never the last.
//!
//! `shop.rs` is what a shop's own code does: it looks the amount up, gives the order to the merchant, and hands its page the
//! order's token.

mod products;
mod shop;
mod site;

use axum::Router;
use axum::middleware::from_fn_with_state;
use fault_proxy::{Faults, control_routes, inject};
use gopay_merchant::{Application, CheckoutBackend, Settings, StartError};
use std::path::PathBuf;
use std::time::Duration;

pub use site::SitePolicy;

/// Settings of the demo shop beside the merchant's.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// A folder of static files served at `/`: the built `dist/`.
    pub site_dir: Option<PathBuf>,
    /// The `Content-Security-Policy` of its pages.
    pub site_policy: SitePolicy,
    /// The `custom_expiry` of orders; without it Midtrans' fifteen minutes hold.
    pub payable_for: Option<Duration>,
}

/// Why the demo shop does not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Visitors would order demo goods for real money.
    #[error("MIDTRANS_BASE_URL takes real money, and the demo shop sells demo goods: run gopay-merchant there")]
    RealMoney,
    /// The merchant does not start.
    #[error(transparent)]
    Merchant(#[from] StartError),
}

impl Demo {
    /// Starts the merchant with the demo shop around it. With a sandbox of your own in Midtrans' place, `/faults` steers the
    /// faults of the payment routes, for everybody who reaches this port.
    ///
    /// # Errors
    /// [`DemoError`]
    pub async fn build(self, settings: Settings) -> Result<Application, DemoError> {
        if settings.midtrans.takes_real_money() {
            return Err(DemoError::RealMoney);
        }
        let (has_faults, trusted_host) = (!settings.midtrans.is_midtrans(), settings.midtrans.trusted_host());
        let app = |checkout: &CheckoutBackend| {
            let pages = site::routes(self.site_dir.as_deref(), &self.site_policy, trusted_host.as_deref());
            let shop = shop::routes(checkout.clone(), self.payable_for, trusted_host);
            let (payment, control) = if has_faults { faulty(checkout) } else { (checkout.router(), Router::new()) };
            Router::new()
                .nest("/api/gopay", payment)
                .nest("/api/shop", checkout.api_layers(shop))
                .merge(control)
                .merge(checkout.page_layers(pages))
        };
        Ok(Application::build_with(settings, app).await?)
    }
}

/// The payment routes with faults before them, and the routes that steer these.
fn faulty(checkout: &CheckoutBackend) -> (Router, Router) {
    tracing::warn!("faults are on: any client that reaches this port can break its answers at /faults");
    let faults = Faults::default();
    let (stopping, waiting) = (checkout.stopping(), faults.clone());
    tokio::spawn(async move {
        stopping.await;
        waiting.close();
    });
    let payment = checkout.router().layer(from_fn_with_state(faults.clone(), inject));
    (payment, checkout.api_layers(control_routes("/faults", faults)))
}
