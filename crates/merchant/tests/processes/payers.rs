//! Payers, from placing an order to its end or to their leaving. Chance decides who does what.

use crate::midtrans::Midtrans;
use crate::shop::{Placed, Shop, transaction_id};
use gopay_contract::{TransactionId, TransactionStatus};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::time::{Duration, Instant};

/// How long a payer looks at a page that does not change.
const PATIENCE: Duration = Duration::from_secs(6);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Plan of a payer.
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
    /// Comes too late, is paid all the same, and starts over before anybody has heard of the money.
    ExpirePaidLateAndStartOver,
    /// Is refused by GoPay, and starts over.
    DeniedAndPay,
    /// Opens the page in three tabs at once, and leaves.
    LookInThreeTabs,
    /// Closes the page this soon after asking for the charge.
    LeaveWhileItCharges(Duration),
}

impl Intent {
    pub(crate) fn by_chance(chance: &mut StdRng) -> Self {
        match chance.random_range(0..100) {
            0..26 => Self::Pay,
            26..40 => Self::PayAndLeave,
            40..50 => Self::CancelAndPay,
            50..58 => Self::PayAndCancelAtOnce,
            58..67 => Self::ExpireAndPay,
            67..76 => Self::ExpireAndPayLate,
            76..82 => Self::ExpirePaidLateAndStartOver,
            82..88 => Self::DeniedAndPay,
            88..94 => Self::LeaveWhileItCharges(Duration::from_millis(chance.random_range(5..150))),
            _ => Self::LookInThreeTabs,
        }
    }

    /// How long the page stays open that asks for the charge.
    const fn stays(self) -> Duration {
        match self {
            Self::LeaveWhileItCharges(after) => after,
            Self::Pay
            | Self::PayAndLeave
            | Self::CancelAndPay
            | Self::PayAndCancelAtOnce
            | Self::ExpireAndPay
            | Self::ExpireAndPayLate
            | Self::ExpirePaidLateAndStartOver
            | Self::DeniedAndPay
            | Self::LookInThreeTabs => Duration::MAX,
        }
    }
}

/// Does it. Returns the order, however it ended.
pub(crate) async fn visit(shop: &Shop, midtrans: &Midtrans, intent: Intent) -> Placed {
    let order = shop.order().await;
    let Ok(charged) = tokio::time::timeout(intent.stays(), shop.charge(&order, None)).await else { return order };
    let first = transaction_id(&charged);
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
                let other = shop.entering_at(1);
                let (one, other) = tokio::join!(shop.charge(&order, Some(&first)), other.charge(&order, Some(&first)));
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
        Intent::ExpirePaidLateAndStartOver => {
            midtrans.act(&first, "expire").await;
            if until(shop, &order, &TransactionStatus::Expire).await && midtrans.pay_late(&first).await {
                let answer = transaction_id(&shop.charge(&order, Some(&first)).await);
                assert_eq!(answer, first, "{} was paid, and is charged again", order.order_id);
            }
        }
        Intent::DeniedAndPay => {
            midtrans.act(&first, "deny").await;
            if until(shop, &order, &TransactionStatus::Deny).await {
                start_over_and_pay(shop, midtrans, &order, &first).await;
            }
        }
        Intent::LookInThreeTabs => {
            let other = shop.entering_at(1);
            let (one, two, three) =
                tokio::join!(shop.charge(&order, None), other.charge(&order, None), shop.charge(&order, None));
            for charged in [one, two, three] {
                assert_eq!(transaction_id(&charged), first, "an order that waits is not charged again");
            }
        }
        // It was quick.
        Intent::LeaveWhileItCharges(_) => {}
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
