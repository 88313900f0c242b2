//! What must be true afterwards: three sentences, each a function.

use crate::midtrans::{Charged, Delivery, Midtrans};
use crate::program::Program;
use crate::shop::{Placed, Shop};
use crate::store::Store;
use gopay_contract::{TransactionId, TransactionStatus};
use gopay_merchant::orders::{Order, Transaction};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Until everything that is known at Midtrans is known here. The sandbox's last retry comes after 35 s.
const DUST: Duration = Duration::from_secs(90);

/// What has been stored, by transaction.
pub(crate) struct Stored {
    orders: Vec<Order>,
}

impl Stored {
    /// Reads it. No process may run.
    pub(crate) async fn of(store: &Store, placed: &[Placed]) -> Self {
        let order_ids: Vec<String> = placed.iter().map(|placed| placed.order_id.clone()).collect();
        Self { orders: store.read(&order_ids).await }
    }

    fn transactions(&self) -> HashMap<&TransactionId, &Transaction> {
        let attempts = self.orders.iter().flat_map(|order| &order.attempts);
        attempts
            .filter_map(|attempt| attempt.transaction.as_ref())
            .map(|known| (&known.transaction_id, known))
            .collect()
    }

    /// No acknowledged notification is lost: what is stored is what it said, or what may come after that.
    pub(crate) fn has_every_acknowledged(&self, deliveries: &[Delivery]) {
        let stored = self.transactions();
        let is_of_ours = |delivery: &&Delivery| self.orders.iter().any(|order| is_of(order, &delivery.order_id));
        for told in deliveries.iter().filter(|delivery| delivery.is_acknowledged()).filter(is_of_ours) {
            let known = stored.get(&told.transaction_id).map(|known| &known.transaction_status);
            let told_of = &told.transaction_status;
            assert!(
                known.is_some_and(|known| known == told_of || told_of.may_become(known)),
                "{} was told of {told_of} and acknowledged it; stored is {known:?}",
                told.order_id
            );
        }
    }

    /// No order is charged twice: an attempt is one transaction, and not two of them can bring money.
    pub(crate) fn charged_each_attempt_once(&self, ledger: &[Charged]) {
        for order in &self.orders {
            let at_midtrans: Vec<&Charged> = ledger.iter().filter(|charged| is_of(order, &charged.order_id)).collect();
            for attempt in &order.attempts {
                let of_attempt = at_midtrans.iter().filter(|it| *it.order_id == *attempt.midtrans_order_id.as_str());
                let count = of_attempt.count();
                assert!(count <= 1, "{} was charged {count} times: {at_midtrans:?}", attempt.midtrans_order_id);
            }
            let unknown = at_midtrans
                .iter()
                .find(|it| !order.attempts.iter().any(|attempt| attempt.midtrans_order_id.as_str() == it.order_id));
            assert!(unknown.is_none(), "charged, and not known here: {unknown:?}");
            let can_bring_money =
                |charged: &&&Charged| charged.transaction_status.is_paid() || !charged.transaction_status.is_final();
            let count = at_midtrans.iter().filter(can_bring_money).count();
            assert!(count <= 1, "{} can be paid {count} times: {at_midtrans:?}", order.order_id);
        }
    }

    /// What of the ledger is not stored as it stands there. Every status has to be.
    fn disagreement(&self, ledger: &[Charged]) -> Option<String> {
        let stored = self.transactions();
        let mut of_ours = ledger.iter().filter(|it| self.orders.iter().any(|order| is_of(order, &it.order_id)));
        of_ours.find_map(|charged| {
            let known = stored.get(&charged.transaction_id).map(|known| &known.transaction_status);
            (known != Some(&charged.transaction_status)).then(|| format!("{charged:?} is stored as {known:?}"))
        })
    }
}

/// The three sentences, once everything is known that can be known. Returns Midtrans' ledger, and how many notifications
/// had been given up. No process runs afterwards.
pub(crate) async fn must_be_true_at_last(
    merchant: &mut Program,
    shop: &Shop,
    midtrans: &Midtrans,
    store: &Store,
    placed: &[Placed],
) -> (Vec<Charged>, usize) {
    let (started, mut resent) = (Instant::now(), 0);
    loop {
        resent += until_the_dust_settles(shop, midtrans, placed).await;
        merchant.stop().await;
        let (ledger, deliveries) = (midtrans.ledger().await, midtrans.deliveries().await);
        let stored = Stored::of(store, placed).await;
        stored.has_every_acknowledged(&deliveries);
        stored.charged_each_attempt_once(&ledger);
        // No payer is told how an attempt stands that another one has replaced: whoever was killed between its end at
        // Midtrans and ours finds it out in the background.
        let Some(disagreement) = stored.disagreement(&ledger) else { return (ledger, resent) };
        assert!(started.elapsed() < DUST, "not as at Midtrans: {disagreement}");
        merchant.start_again().await;
    }
}

/// Whether Midtrans' order id is the shop's, or one of its further attempts.
fn is_of(order: &Order, midtrans_order_id: &str) -> bool {
    midtrans_order_id.strip_prefix(order.order_id.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Waits until the merchant says of every order what Midtrans' ledger says of one of its transactions, and nothing that
/// was paid can be paid again. Returns how many notifications had been given up.
async fn until_the_dust_settles(shop: &Shop, midtrans: &Midtrans, placed: &[Placed]) -> usize {
    let started = Instant::now();
    let mut resent = 0;
    let mut unsettled: Vec<&Placed> = placed.iter().collect();
    loop {
        let (ledger, deliveries) = (midtrans.ledger().await, midtrans.deliveries().await);
        let mut still = Vec::new();
        for order in unsettled {
            let answer = shop.status(order).await;
            let is_of_order = |charged: &&Charged| charged.order_id.starts_with(&order.order_id);
            let of_order: Vec<&Charged> = ledger.iter().filter(is_of_order).collect();
            let is_known = of_order.iter().any(|charged| {
                Some(&charged.transaction_id) == answer.transaction_id.as_ref()
                    && Some(&charged.transaction_status) == answer.transaction_status.as_ref()
            });
            let is_paid = of_order.iter().any(|charged| charged.transaction_status.is_paid());
            let is_open = of_order.iter().any(|charged| !charged.transaction_status.is_final());
            if !is_known || (is_paid && is_open) {
                resent += midtrans.resend_given_up(&of_order, &deliveries).await;
                let told = answer.transaction_status;
                let heard: Vec<_> = deliveries.iter().filter(|it| it.order_id.starts_with(&order.order_id)).collect();
                still.push((order, format!("{told:?} is told of {of_order:?}, after {heard:?}")));
            }
        }
        if still.is_empty() {
            return resent;
        }
        assert!(started.elapsed() < DUST, "{} orders are not as at Midtrans: {}", still.len(), still[0].1);
        unsettled = still.into_iter().map(|(order, ..)| order).collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// How many of the ledger's transactions were paid.
pub(crate) fn count(ledger: &[Charged], status: &TransactionStatus) -> usize {
    ledger.iter().filter(|charged| charged.transaction_status == *status).count()
}
