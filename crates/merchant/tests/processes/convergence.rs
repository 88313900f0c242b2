//! Invariants after a run: three sentences, each a function.

use crate::midtrans::{Charged, Delivery, Midtrans};
use crate::program::Program;
use crate::shop::Placed;
use crate::store::{Line, Store};
use gopay_contract::{TransactionId, TransactionStatus};
use gopay_merchant::orders::{Order, Transaction};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Until everything that is known at Midtrans is known here.
const CONVERGE_TIMEOUT: Duration = Duration::from_secs(90);
/// How much time is said to have passed, again and again. Looks that are put off as long as possible are some hours apart.
const CLOCK_STEP: Duration = Duration::from_secs(10 * 60);
/// How long to wait for what is due then.
const LOOKS: Duration = Duration::from_secs(3);

/// Stored attempts, by transaction.
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

    /// Statuses equal Midtrans' ledger: each transaction of it is stored as it stands there, and no other is stored.
    pub(crate) fn is_as_the_ledger(&self, ledger: &[Charged]) {
        let stored = self.transactions();
        for charged in ledger {
            let order = self.orders.iter().find(|order| is_of(order, &charged.order_id));
            let order = order.unwrap_or_else(|| panic!("nobody placed this: {charged:?}"));
            assert_eq!(charged.gross_amount, order.gross_amount, "charged is another amount: {charged:?}");
            let known = stored.get(&charged.transaction_id).unwrap_or_else(|| panic!("not stored: {charged:?}"));
            let is_so = known.transaction_status == charged.transaction_status
                && known.status.gross_amount == Some(charged.gross_amount);
            assert!(is_so, "{charged:?} is stored as {known:?}");
        }
        assert_eq!(stored.len(), ledger.len(), "more is stored than Midtrans has");
    }
}

/// The three sentences, found out by nobody but the merchant: no status is asked for here, nothing is sent again. Time
/// passes for the merchant, so that what it has put off is due. Returns Midtrans' ledger. No process runs afterwards.
pub(crate) async fn assert_converges(
    merchants: &mut [Program],
    midtrans: &Midtrans,
    store: &Store,
    placed: &[Placed],
) -> Vec<Charged> {
    until_it_is_found_out(midtrans, store).await;
    for merchant in merchants {
        merchant.stop().await;
    }
    let (ledger, deliveries) = (midtrans.ledger().await, midtrans.deliveries().await);
    let stored = Stored::of(store, placed).await;
    stored.has_every_acknowledged(&deliveries);
    stored.charged_each_attempt_once(&ledger);
    stored.is_as_the_ledger(&ledger);
    ledger
}

/// Waits until the merchant's database says what Midtrans' ledger says, hop by hop.
pub(crate) async fn until_it_is_found_out(midtrans: &Midtrans, store: &Store) {
    let started = Instant::now();
    loop {
        store.time_passes(CLOCK_STEP).await;
        let hopped = Instant::now();
        while hopped.elapsed() < LOOKS {
            let unknown = not_known(&store.lines().await, &midtrans.ledger().await);
            if unknown.is_empty() {
                return;
            }
            assert!(started.elapsed() < CONVERGE_TIMEOUT, "{} are not as at Midtrans: {}", unknown.len(), unknown[0]);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Differences from Midtrans, and attempts that must not stay as they are there.
pub(crate) fn not_known(lines: &[Line], ledger: &[Charged]) -> Vec<String> {
    let by_order_id: HashMap<&str, &Line> = lines.iter().map(|line| (line.midtrans_order_id.as_str(), line)).collect();
    let mut paid: HashMap<&str, &Charged> = HashMap::new();
    for charged in ledger.iter().filter(|charged| charged.transaction_status.is_paid()) {
        paid.extend(by_order_id.get(charged.order_id.as_str()).map(|line| (line.order_id.as_str(), charged)));
    }
    let unknown = |charged: &Charged| {
        let line = by_order_id.get(charged.order_id.as_str());
        let known = line.and_then(|line| line.transaction.as_ref());
        let is_known = known.is_some_and(|(id, status)| {
            *id == charged.transaction_id.as_str() && *status == charged.transaction_status.as_str()
        });
        let paid = line.and_then(|line| paid.get(line.order_id.as_str()));
        match paid {
            _ if !is_known => Some(format!("{charged:?} is stored as {line:?}")),
            Some(paid) if !charged.transaction_status.is_final() => {
                Some(format!("{charged:?} can be paid beside {paid:?}"))
            }
            Some(_) | None => None,
        }
    };
    ledger.iter().filter_map(unknown).collect()
}

/// True if Midtrans' order id is the shop's, or one of its further attempts.
fn is_of(order: &Order, midtrans_order_id: &str) -> bool {
    midtrans_order_id.strip_prefix(order.order_id.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// How many of the ledger's transactions were paid.
pub(crate) fn count(ledger: &[Charged], status: &TransactionStatus) -> usize {
    ledger.iter().filter(|charged| charged.transaction_status == *status).count()
}
