//! What every route may reach.

use crate::background::Background;
use crate::cashier::Cashier;
use crate::faults::FaultDesk;
use crate::metrics::Metrics;
use crate::order_token::OrderTokens;
use crate::orders::Orders;
use crate::settings::BrowserSettings;
use crate::shop::OrderAuthorization;
use crate::status_board::StatusBoard;
use secrecy::SecretString;
use std::sync::Arc;

/// What every route may reach.
pub(crate) struct Merchant {
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) cashier: Arc<Cashier>,
    pub(crate) order_tokens: OrderTokens,
    /// The shop's own, instead of order tokens.
    pub(crate) authorization: Option<Arc<dyn OrderAuthorization>>,
    pub(crate) board: StatusBoard,
    pub(crate) metrics: Metrics,
    pub(crate) background: Background,
    pub(crate) server_key: SecretString,
    pub(crate) browser: BrowserSettings,
    pub(crate) trusted_host: Option<String>,
    /// There is one only where the settings want it.
    pub(crate) faults: Option<Arc<FaultDesk>>,
}
