//! Where the pure parts meet the clock and the wire: every request goes through [`Sandbox::with_ledger`].

use crate::{
    Behaviour, Refusal, Settings,
    bodies::Writer,
    clock::Clock,
    core_api::StoredAnswer,
    faults::{FaultKind, Faults},
    ledger::{Charge, Denial, Gaps, IdempotentAnswers, Identity, Ledger, Stage, Transaction},
    lock::lock,
    notifier::{Mishap, Notifier, OutgoingNotification},
    settings::MERCHANT_ID,
};
use gopay_contract::{JakartaTime, TransactionId};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// All that the routes share.
pub(crate) struct Sandbox {
    pub(crate) clock: Arc<Clock>,
    pub(crate) notifier: Arc<Notifier>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) answers: Mutex<IdempotentAnswers<StoredAnswer>>,
    server_key: SecretString,
    public_url: String,
    notification_url: Mutex<Option<String>>,
    ledger: Mutex<Ledger>,
}

impl Sandbox {
    /// `public_url` without a slash at its end.
    pub(crate) fn new(settings: &Settings, public_url: String) -> Result<Self, reqwest::Error> {
        let clock = Arc::new(Clock::default());
        let notifier = Notifier::new(Arc::clone(&clock), settings.retry_scale, settings.notification_timeout)?;
        Ok(Self {
            clock,
            notifier: Arc::new(notifier),
            faults: Mutex::default(),
            answers: Mutex::default(),
            server_key: settings.server_key.clone(),
            public_url,
            notification_url: Mutex::new(settings.notification_url.as_ref().map(ToString::to_string)),
            ledger: Mutex::new(Ledger::new(settings.behaviour.clone())),
        })
    }

    /// Runs what is due, then `work`, then tells the merchant what has changed.
    pub(crate) fn with_ledger<T>(&self, work: impl FnOnce(&mut Ledger, JakartaTime) -> T) -> T {
        let mut ledger = lock(&self.ledger);
        let now = self.clock.now().jakarta();
        ledger.run_due_work(now);
        let result = work(&mut ledger, now);
        let changes = ledger.take_changes();
        for transaction in &changes {
            self.notify(transaction, &ledger.behaviour);
        }
        result
    }

    /// Makes the charge, with whatever is to go wrong with it.
    pub(crate) fn charge(&self, ledger: &mut Ledger, now: JakartaTime, charge: Charge) -> Result<Transaction, Refusal> {
        let mut faults = lock(&self.faults);
        let gaps = Gaps {
            no_expiry_time: faults.strikes(&FaultKind::MissingExpiryTime {}),
            no_generate_qr_code_v2: faults.strikes(&FaultKind::MissingGenerateQrCodeV2 {}),
            stuck_pending: faults.strikes(&FaultKind::StuckPending {}),
        };
        let denial = faults.strikes(&FaultKind::DenyNextCharge {}).then(Denial::default);
        drop(faults);
        let identity = new_identity(now)?;
        ledger.charge(now, charge, identity, gaps, denial)
    }

    /// Runs what is due.
    pub(crate) fn run_due_work(&self) {
        self.with_ledger(|_, _| ());
    }

    pub(crate) fn advance_clock(&self, by: Duration) {
        self.clock.advance(by);
        self.run_due_work();
        self.notifier.wake();
    }

    pub(crate) fn writer<'a>(&'a self, behaviour: &'a Behaviour) -> Writer<'a> {
        Writer {
            merchant_id: MERCHANT_ID,
            server_key: self.server_key.expose_secret(),
            public_url: &self.public_url,
            behaviour,
        }
    }

    pub(crate) fn behaviour(&self) -> Behaviour {
        lock(&self.ledger).behaviour.clone()
    }

    pub(crate) fn is_server_key(&self, key: &str) -> bool {
        self.server_key.expose_secret() == key
    }

    pub(crate) fn set_notification_url(&self, url: Option<String>) {
        *lock(&self.notification_url) = url;
    }

    /// Sends the last notification of this transaction once more; `false` if it never had one.
    pub(crate) fn resend(&self, transaction: &Transaction) -> bool {
        self.notifier.resend(transaction.charge.order_id.as_str(), &self.urls(transaction))
    }

    fn urls(&self, transaction: &Transaction) -> Vec<String> {
        transaction.charge.targets.urls(lock(&self.notification_url).as_deref())
    }

    fn notify(&self, transaction: &Transaction, behaviour: &Behaviour) {
        let status = transaction.transaction_status();
        let body = match serde_json::to_string(&self.writer(behaviour).notification(transaction)) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a notification could not be written");
                return;
            }
        };
        let notification = OutgoingNotification {
            order_id: transaction.charge.order_id.to_string(),
            transaction_id: transaction.transaction_id.to_string(),
            transaction_status: status.to_string(),
            body,
        };
        let mut faults = lock(&self.faults);
        let mut mishap =
            Mishap { lost: faults.loses(&status), doubled: faults.doubles(&status), delay: faults.delays(&status) };
        drop(faults);
        if transaction.stage == Stage::Pending {
            mishap.delay += Duration::from_millis(behaviour.pending_notification_delay_ms);
        }
        self.notifier.send(notification, &self.urls(transaction), mishap);
    }
}

/// A UUID, and GoPay's reference: `A1<UTC yyyymmddhhmmss><10 letters and digits>ID`.
fn new_identity(now: JakartaTime) -> Result<Identity, Refusal> {
    // A Jakarta time seven hours earlier reads as UTC.
    let utc = JakartaTime::from_unix_seconds(now.unix_seconds() - 7 * 3600).to_string();
    let stamp: String = utc.chars().filter(char::is_ascii_digit).collect();
    let chance = uuid::Uuid::new_v4().simple().to_string().to_ascii_uppercase();
    let transaction_id =
        TransactionId::parse(&uuid::Uuid::new_v4().to_string()).map_err(|_| Refusal::PartnerUnavailable)?;
    Ok(Identity { transaction_id, reference: format!("A1{stamp}{}ID", &chance[..10]) })
}
