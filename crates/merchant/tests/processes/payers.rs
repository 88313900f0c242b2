//! What payers do, from placing an order to its end or to their leaving. Chance decides who does what.

use crate::midtrans::Midtrans;
use crate::shop::{Placed, Shop, transaction_id};
use gopay_contract::{TransactionId, TransactionStatus};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::time::{Duration, Instant};

/// How long a payer looks at a page that does not change.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// What a payer came to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Intent {
    /// Pays and waits for the word.
    Pay,
    /// Pays and leaves.
    PayAndLeave,
    /// Cancels, starts over and pays.
    CancelAndPay,
    /// Pays while a second tab cancels: one of the two wins.
    PayAndCancelAtOnce,
    /// Comes too late, starts over from two tabs at once, and pays.
    ExpireAndPay,
    /// Comes too late, starts over, and then the money for the first attempt arrives after all.
    ExpireAndPayLate,
    /// Is refused by GoPay, and starts over.
    DeniedAndPay,
    /// Opens the page in three tabs at once, and leaves.
    LookInThreeTabs,
}

impl Intent {
    pub(crate) fn by_chance(chance: &mut StdRng) -> Self {
        match chance.random_range(0..100) {
            0..30 => Self::Pay,
            30..45 => Self::PayAndLeave,
            45..55 => Self::CancelAndPay,
            55..63 => Self::PayAndCancelAtOnce,
            63..73 => Self::ExpireAndPay,
            73..83 => Self::ExpireAndPayLate,
            83..90 => Self::DeniedAndPay,
            _ => Self::LookInThreeTabs,
        }
    }
}

/// Does it. Returns the order, however it ended.
pub(crate) async fn visit(shop: &Shop, midtrans: &Midtrans, intent: Intent) -> Placed {
    let order = shop.order().await;
    let first = transaction_id(&shop.charge(&order, None).await);
    match intent {
        Intent::Pay => {
            midtrans.act(&first, "pay").await;
            until(shop, &order, &TransactionStatus::Settlement).await;
        }
        Intent::PayAndLeave => {
            midtrans.act(&first, "pay").await;
        }
        Intent::CancelAndPay => {
            shop.cancel(&order).await;
            start_over_and_pay(shop, midtrans, &order, &first).await;
        }
        Intent::PayAndCancelAtOnce => {
            tokio::join!(shop.cancel(&order), midtrans.act(&first, "pay"));
        }
        Intent::ExpireAndPay => {
            midtrans.act(&first, "expire").await;
            if until(shop, &order, &TransactionStatus::Expire).await {
                let again = || shop.charge(&order, Some(&first));
                let (one, other) = tokio::join!(again(), again());
                assert_eq!(transaction_id(&one), transaction_id(&other), "the same retry_of is the same attempt");
                midtrans.act(&transaction_id(&one), "pay").await;
                until(shop, &order, &TransactionStatus::Settlement).await;
            }
        }
        Intent::ExpireAndPayLate => {
            midtrans.act(&first, "expire").await;
            if until(shop, &order, &TransactionStatus::Expire).await {
                shop.charge(&order, Some(&first)).await;
                midtrans.pay_late(&first).await;
            }
        }
        Intent::DeniedAndPay => {
            midtrans.act(&first, "deny").await;
            if until(shop, &order, &TransactionStatus::Deny).await {
                start_over_and_pay(shop, midtrans, &order, &first).await;
            }
        }
        Intent::LookInThreeTabs => {
            let tab = || shop.charge(&order, None);
            let (one, two, three) = tokio::join!(tab(), tab(), tab());
            for charged in [one, two, three] {
                assert_eq!(transaction_id(&charged), first, "an order that waits is not charged again");
            }
        }
    }
    order
}

async fn start_over_and_pay(shop: &Shop, midtrans: &Midtrans, order: &Placed, ended: &TransactionId) {
    let next = transaction_id(&shop.charge(order, Some(ended)).await);
    midtrans.act(&next, "pay").await;
    until(shop, order, &TransactionStatus::Settlement).await;
}

/// Looks until the status is there, or loses patience: `false`.
async fn until(shop: &Shop, order: &Placed, status: &TransactionStatus) -> bool {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if shop.status(order).await.transaction_status.as_ref() == Some(status) {
            return true;
        }
        tokio::time::sleep(PAUSE).await;
    }
    false
}
