//! Connects the pure parts with the clock and the network: every request goes through [`Sandbox::with_ledger`].

use crate::{
    ApiError, Behaviour, Settings,
    allowed_callers::AllowedHosts,
    application::MERCHANT_ID,
    bodies::Writer,
    clock::Clock,
    dashboard::{ActivityEvent, ActivityLog},
    faults::{FaultRegistry, Operation},
    ledger::{Charge, IdempotentAnswers, Identity, Ledger, Stage, Transaction},
    lock,
    notifier::AccountNotification,
    notifier::{Attempt, Notifier, OutgoingNotification},
    state::{State, StoredAnswer},
};
use gopay_contract::{JakartaTime, TransactionId};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

/// The state that all routes share.
pub(crate) struct Sandbox {
    pub(crate) clock: Arc<Clock>,
    pub(crate) notifier: Arc<Notifier>,
    pub(crate) faults: Mutex<FaultRegistry>,
    pub(crate) answers: Mutex<IdempotentAnswers<StoredAnswer>>,
    pub(crate) activity: Mutex<ActivityLog>,
    pub(crate) changes: Arc<Changes>,
    /// Signals requests that have changed nothing, such as polls: for the dashboard, not for the state file.
    pub(crate) requests: Arc<Changes>,
    pub(crate) allowed_hosts: Arc<AllowedHosts>,
    pub(crate) time_limit: Duration,
    server_key: SecretString,
    public_url: String,
    notification_url: Mutex<Option<String>>,
    ledger: Mutex<Ledger>,
}

impl Sandbox {
    /// `public_url` without a slash at its end. What `state` holds goes on; what the settings say otherwise counts.
    pub(crate) fn new(settings: &Settings, public_url: String, state: State) -> Result<Self, reqwest::Error> {
        let clock = Arc::new(Clock::ahead_by(state.clock_ahead_millis));
        let changes = Arc::new(Changes::default());
        let (scale, timeout) = (settings.retry_scale, settings.notification_timeout);
        let notifier = Notifier::new(state.notifications, Arc::clone(&clock), Arc::clone(&changes), scale, timeout)?;
        let named = settings.behaviour != Behaviour::default();
        let behaviour = if named { settings.behaviour.clone() } else { state.behaviour };
        let mut faults = state.faults;
        if settings.chaos.is_some() && settings.chaos.as_ref() != faults.chaos() {
            faults.set_chaos(settings.chaos.clone());
        }
        let notification_url = settings.notification_url.as_ref().map(ToString::to_string).or(state.notification_url);
        Ok(Self {
            clock,
            notifier: Arc::new(notifier),
            faults: Mutex::new(faults),
            answers: Mutex::new(state.answers.into_iter().collect()),
            activity: Mutex::default(),
            changes,
            requests: Arc::default(),
            allowed_hosts: Arc::new(AllowedHosts::new(settings.public_url.as_ref(), &settings.allowed_hosts)),
            time_limit: settings.time_limit,
            server_key: settings.server_key.clone(),
            public_url,
            notification_url: Mutex::new(notification_url),
            ledger: Mutex::new(Ledger::resume(state.transactions, state.refunds_made, behaviour)),
        })
    }

    /// A snapshot of all state at one moment: a change and its notification are both in it, or neither.
    pub(crate) fn state(&self) -> State {
        let ledger = lock(&self.ledger);
        State {
            clock_ahead_millis: self.clock.ahead_millis(),
            behaviour: ledger.behaviour.clone(),
            notification_url: self.notification_url(),
            transactions: ledger.transactions().to_vec(),
            refunds_made: ledger.refunds_made(),
            answers: lock(&self.answers).kept(),
            notifications: self.notifier.with_queue(|queue| queue.clone()),
            faults: lock(&self.faults).clone(),
        }
    }

    /// Runs due jobs, then `work`, then sends notifications of the changes.
    pub(crate) fn with_ledger<T>(&self, work: impl FnOnce(&mut Ledger, JakartaTime) -> T) -> T {
        let mut ledger = lock(&self.ledger);
        let now = self.clock.now().jakarta();
        ledger.run_due_work(now);
        let result = work(&mut ledger, now);
        let changes = ledger.take_changes();
        for transaction in &changes {
            let status = ActivityEvent::Status(transaction.transaction_status());
            lock(&self.activity).record(transaction.transaction_id.as_str(), now, status);
            self.notify(now, transaction, &ledger.behaviour);
        }
        if !changes.is_empty() {
            self.changes.notify();
        }
        result
    }

    /// Makes the charge, with its faults.
    pub(crate) fn charge(
        &self,
        ledger: &mut Ledger,
        now: JakartaTime,
        charge: Charge,
    ) -> Result<Transaction, ApiError> {
        let (omissions, is_denied) = lock(&self.faults).new_transaction(now, charge.order_id.as_str());
        let denial = is_denied.then_some(ledger.behaviour.denial);
        let identity = new_identity(now)?;
        ledger.charge(now, charge, identity, omissions, denial)
    }

    /// Records the merchant's request about a transaction, for the dashboard's timeline.
    pub(crate) fn record_request(&self, transaction_id: &str, operation: Operation, status_code: u16) {
        let now = self.clock.now().jakarta();
        lock(&self.activity).record(transaction_id, now, ActivityEvent::Request { operation, status_code });
        self.requests.notify();
    }

    /// Runs due jobs.
    pub(crate) fn run_due_work(&self) {
        self.with_ledger(|_, _| ());
    }

    pub(crate) fn advance_clock(&self, by: Duration) {
        self.clock.advance(by);
        self.run_due_work();
        self.notifier.wake();
        self.changes.notify();
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

    pub(crate) fn public_url(&self) -> &str {
        &self.public_url
    }

    pub(crate) fn notification_url(&self) -> Option<String> {
        lock(&self.notification_url).clone()
    }

    pub(crate) fn set_notification_url(&self, url: Option<String>) {
        *lock(&self.notification_url) = url;
        self.changes.notify();
    }

    /// Seconds until the batch job expires the next transaction, if one is pending.
    pub(crate) fn until_next_expiry(&self) -> Option<u64> {
        self.with_ledger(|ledger, now| {
            let pending =
                ledger.transactions().iter().filter(|it| it.stage == Stage::Pending && !it.omissions.stuck_pending);
            let next = pending.map(|it| it.charge.expiry_time.unix_seconds()).min()?;
            let due = next + i64::from(ledger.behaviour.expiry_job_delay_seconds) - now.unix_seconds();
            Some(u64::try_from(due).unwrap_or(0))
        })
    }

    /// Sends the last notification of this transaction once more; `false` if it never had one.
    pub(crate) fn resend(&self, transaction: &Transaction) -> bool {
        self.notifier.resend_last(transaction.charge.order_id.as_str(), &self.urls(transaction))
    }

    /// Sends a notification about none of the transactions to the configured URL, and returns the attempt.
    ///
    /// # Errors
    /// When there is no URL.
    pub(crate) async fn send_account_notification(&self, notification: AccountNotification) -> Result<Attempt, String> {
        let url = self.notification_url().ok_or("there is no URL to send notifications to")?;
        Ok(self.notifier.send_once(notification.signed(self.server_key.expose_secret()), url).await)
    }

    fn urls(&self, transaction: &Transaction) -> Vec<String> {
        transaction.charge.targets.urls(lock(&self.notification_url).as_deref())
    }

    fn notify(&self, now: JakartaTime, transaction: &Transaction, behaviour: &Behaviour) {
        let status = transaction.transaction_status();
        let body = match serde_json::to_string(&self.writer(behaviour).notification(transaction)) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a notification could not be written");
                return;
            }
        };
        let notification = OutgoingNotification {
            number: 0,
            order_id: transaction.charge.order_id.to_string(),
            transaction_id: transaction.transaction_id.to_string(),
            transaction_status: status.to_string(),
            body,
        };
        let mut fault = lock(&self.faults).notification(now, &notification.order_id, &status);
        if transaction.stage == Stage::Pending {
            fault.delay += Duration::from_millis(behaviour.pending_notification_delay_ms);
        }
        self.notifier.send(notification, &self.urls(transaction), fault);
    }
}

/// A new UUID, and GoPay's reference: `A1<UTC yyyymmddhhmmss><10 letters and digits>ID`.
fn new_identity(now: JakartaTime) -> Result<Identity, ApiError> {
    // A Jakarta time seven hours earlier reads as UTC.
    let utc = JakartaTime::from_unix_seconds(now.unix_seconds() - 7 * 3600).to_string();
    let stamp: String = utc.chars().filter(char::is_ascii_digit).collect();
    let chance = uuid::Uuid::new_v4().simple().to_string().to_ascii_uppercase();
    let transaction_id =
        TransactionId::parse(&uuid::Uuid::new_v4().to_string()).map_err(|_| ApiError::PartnerUnavailable)?;
    Ok(Identity { transaction_id, reference: format!("A1{stamp}{}ID", &chance[..10]) })
}

/// Signals changes to listeners: the number of changes so far, or `None` once the sandbox stops. A listener reads for
/// itself what has changed.
#[derive(Debug)]
pub(crate) struct Changes(watch::Sender<Option<u64>>);

impl Default for Changes {
    fn default() -> Self {
        Self(watch::Sender::new(Some(0)))
    }
}

impl Changes {
    pub(crate) fn notify(&self) {
        self.0.send_modify(|count| *count = count.map(|count| count + 1));
    }

    /// Signals the end.
    pub(crate) fn end(&self) {
        self.0.send_replace(None);
    }

    pub(crate) fn listen(&self) -> watch::Receiver<Option<u64>> {
        self.0.subscribe()
    }
}
