//! A payment at the counter: the machine, a clock that a test turns, and a merchant that says what it is told to say.
//! It remembers which requests are out, so that a word of the merchant answers the right one.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(missing_docs, unreachable_pub, reason = "a test's own")]

use gopay_checkout::payment::{
    Channel, Effect, Heard, Input, Moment, News, Payment, Plan, RequestId, Screen, Terms, Trouble, Trust, UnixMillis,
};
use gopay_contract::{Answer, GrossAmount, OrderId, TransactionId, TransactionStatus};
use serde_json::json;

/// What the merchant says.
#[derive(Clone, Debug)]
pub enum Word {
    Charge(TransactionStatus),
    ChargeUnreachable,
    /// An answer of this HTTP status and body.
    ChargeBody(u16, &'static str),
    ChargeOtherAmount,
    ChargeUntrusted,
    Status(TransactionStatus),
    StatusOfAnother(TransactionStatus),
    StatusOtherAmount(TransactionStatus),
    StatusChallenged,
    StatusFraudDenied,
    StatusUnreachable,
    StatusBody(u16, &'static str),
    Pushed(TransactionStatus),
    CancelRefused,
    Cancelled,
    /// The answer to a request that nobody waits for any more.
    LateSettlement,
}

/// The server's clock when the page's clock shows 0: 2026-01-31 10:00:00 in Jakarta.
pub const NOON: i64 = 1_769_828_400_000;

#[derive(Clone)]
pub struct Counter {
    pub payment: Payment,
    pub now: Moment,
    /// How far the payer's page and the server are apart is not the machine's to know; how far the server's clock has
    /// gone on while the page slept is.
    pub server_ahead: i64,
    pub charging: Option<RequestId>,
    pub asking: Option<RequestId>,
    pub cancelling: Option<RequestId>,
    pub watching: Option<RequestId>,
    pub abandoned: Option<RequestId>,
    pub charges_sent: u32,
    pub retry_of: Option<TransactionId>,
    pub attempts: Vec<u32>,
    pub made: u32,
    pub ended: Vec<(TransactionId, TransactionStatus)>,
    pub trail: Vec<usize>,
}

pub fn plan() -> Plan {
    Plan {
        terms: Terms {
            order_id: OrderId::parse("order-101").expect("valid"),
            gross_amount: GrossAmount::from_rupiah(44_000),
            trust: Trust::default(),
        },
        channel: Channel::Qr,
        can_watch: true,
        can_cancel: true,
        seed: 1,
    }
}

impl Counter {
    pub fn new() -> Self {
        Self::with(plan())
    }

    pub fn with(plan: Plan) -> Self {
        Self {
            payment: Payment::new(plan),
            now: Moment(0),
            server_ahead: 0,
            charging: None,
            asking: None,
            cancelling: None,
            watching: None,
            abandoned: None,
            charges_sent: 0,
            retry_of: None,
            attempts: Vec::new(),
            made: 0,
            ended: Vec::new(),
            trail: Vec::new(),
        }
    }

    /// One input; remembers what was asked for.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.payment.step(self.now, input);
        for effect in &effects {
            match effect {
                Effect::SendCharge { request, attempt, retry_of } => {
                    assert!(self.charging.is_none(), "two charges in flight: {:?}", self.trail);
                    self.charging = Some(*request);
                    self.charges_sent += 1;
                    self.attempts.push(attempt.0);
                    self.retry_of.clone_from(retry_of);
                }
                Effect::AskStatus { request, .. } => {
                    assert!(self.asking.is_none(), "two asks in flight: {:?}", self.trail);
                    self.asking = Some(*request);
                }
                Effect::SendCancel { request, .. } => self.cancelling = Some(*request),
                Effect::StartWatching { request, .. } => {
                    assert!(self.watching.is_none(), "two streams: {:?}", self.trail);
                    self.watching = Some(*request);
                }
                Effect::StopWatching => self.watching = None,
                Effect::Abandon(request) => {
                    self.abandoned = Some(*request);
                    for slot in [&mut self.charging, &mut self.asking, &mut self.cancelling] {
                        if *slot == Some(*request) {
                            *slot = None;
                        }
                    }
                }
                Effect::Share | Effect::Tell(_) => {}
            }
        }
        effects
    }

    /// Turns the clock to `ms` later, waking the machine whenever it wants to be woken.
    pub fn wait(&mut self, ms: i64) -> Vec<Effect> {
        let until = self.now.after(ms);
        let mut effects = Vec::new();
        for _ in 0..10_000 {
            match self.payment.wakeup(self.now).filter(|at| *at <= until) {
                Some(at) => {
                    self.now = self.now.max(at);
                    effects.extend(self.step(Input::Woken));
                }
                None => {
                    self.now = until;
                    return effects;
                }
            }
        }
        panic!("the machine spins: {:?}", self.trail);
    }

    fn transaction_id(&self) -> String {
        format!("transaction-{}", self.made)
    }

    pub fn server_now(&self) -> UnixMillis {
        UnixMillis(NOON + self.now.0 + self.server_ahead)
    }

    pub fn heard(&self, answer: Answer) -> Heard {
        Heard { answer: Box::new(answer), server_now: Some(self.server_now()) }
    }

    pub fn status_answer(&self, status: &TransactionStatus) -> Answer {
        answer(json!({
            "status_code": "200", "order_id": "order-101", "transaction_id": self.transaction_id(),
            "gross_amount": "44000.00", "currency": "IDR", "transaction_status": status.as_str(),
            "fraud_status": "accept",
        }))
    }

    pub fn charge_answer(&self, status: &TransactionStatus) -> Answer {
        let id = self.transaction_id();
        let mut charge = self.status_answer(status);
        let more = answer(json!({
            "transaction_time": "2026-01-31 10:00:00", "expiry_time": "2026-01-31 10:15:00",
            "actions": [
                { "name": "generate-qr-code", "method": "GET", "url": format!("https://api.sandbox.midtrans.com/v2/gopay/{id}/qr-code") },
                { "name": "deeplink-redirect", "method": "GET", "url": format!("https://gopay.co.id/app/merchanttransfer?tref={id}") },
            ],
        }));
        charge.actions = more.actions;
        charge.expiry_time = more.expiry_time;
        charge.transaction_time = more.transaction_time;
        charge
    }

    /// The merchant says `word`, if there is a request that it can answer.
    pub fn hear(&mut self, word: &Word) -> Option<Vec<Effect>> {
        let unreachable = || Err(Trouble::no_answer("the network failed"));
        let input = match word {
            Word::Charge(status) => {
                let request = self.charging.take()?;
                if self.made == 0 || self.retry_of.is_some() {
                    self.made += 1;
                }
                Input::ChargeAnswered(request, Ok(self.heard(self.charge_answer(status))))
            }
            Word::ChargeBody(http_status, body) => {
                let trouble = gopay_checkout::payment::read_answer(*http_status, body).expect_err("a trouble");
                Input::ChargeAnswered(self.charging.take()?, Err(trouble))
            }
            Word::ChargeOtherAmount => {
                let mut answer = self.charge_answer(&TransactionStatus::Pending);
                answer.gross_amount = GrossAmount::from_rupiah(1);
                Input::ChargeAnswered(self.charging.take()?, Ok(self.heard(answer)))
            }
            Word::ChargeUntrusted => {
                let mut answer = self.charge_answer(&TransactionStatus::Pending);
                answer.actions[0].url = "https://evil.example/qr-code".to_owned();
                Input::ChargeAnswered(self.charging.take()?, Ok(self.heard(answer)))
            }
            Word::ChargeUnreachable => Input::ChargeAnswered(self.charging.take()?, unreachable()),
            Word::Status(status) => {
                Input::StatusAnswered(self.asking.take()?, Ok(self.heard(self.status_answer(status))))
            }
            Word::StatusOfAnother(status) => {
                let mut answer = self.status_answer(status);
                answer.transaction_id = TransactionId::parse("transaction-of-another-attempt").ok();
                Input::StatusAnswered(self.asking.take()?, Ok(self.heard(answer)))
            }
            Word::StatusOtherAmount(status) => {
                let mut answer = self.status_answer(status);
                answer.gross_amount = GrossAmount::from_rupiah(1);
                Input::StatusAnswered(self.asking.take()?, Ok(self.heard(answer)))
            }
            Word::StatusChallenged => {
                let mut answer = self.status_answer(&TransactionStatus::Settlement);
                answer.fraud_status = Some(gopay_contract::FraudStatus::Challenge);
                Input::StatusAnswered(self.asking.take()?, Ok(self.heard(answer)))
            }
            Word::LateSettlement => {
                let (request, heard) =
                    (self.abandoned?, self.heard(self.charge_answer(&TransactionStatus::Settlement)));
                let mut effects = self.step(Input::StatusAnswered(request, Ok(heard.clone())));
                effects.extend(self.step(Input::ChargeAnswered(request, Ok(heard.clone()))));
                effects.extend(self.step(Input::CancelAnswered(request, Ok(heard))));
                return Some(effects);
            }
            Word::StatusFraudDenied => {
                let mut answer = self.status_answer(&TransactionStatus::Settlement);
                answer.fraud_status = Some(gopay_contract::FraudStatus::Deny);
                Input::StatusAnswered(self.asking.take()?, Ok(self.heard(answer)))
            }
            Word::StatusBody(http_status, body) => {
                let trouble = gopay_checkout::payment::read_answer(*http_status, body).expect_err("a trouble");
                Input::StatusAnswered(self.asking.take()?, Err(trouble))
            }
            Word::Cancelled => {
                let heard = self.heard(self.status_answer(&TransactionStatus::Cancel));
                Input::CancelAnswered(self.cancelling.take()?, Ok(heard))
            }
            Word::StatusUnreachable => Input::StatusAnswered(self.asking.take()?, unreachable()),
            Word::Pushed(status) => Input::StatusPushed(self.watching?, self.heard(self.status_answer(status))),
            Word::CancelRefused => {
                let trouble = gopay_checkout::payment::read_answer(
                    200,
                    r#"{"status_code":"412","status_message":"Transaction status cannot be updated."}"#,
                );
                Input::CancelAnswered(self.cancelling.take()?, Err(trouble.expect_err("412 is a trouble")))
            }
        };
        Some(self.step(input))
    }

    pub fn screen(&self) -> Screen {
        self.payment.screen(self.now)
    }

    pub fn check_told(&mut self, effects: &[Effect], trail: &impl Fn() -> String) {
        for effect in effects {
            if let Effect::Tell(News::Ended { transaction_id, transaction_status, .. }) = effect {
                let end = (transaction_id.clone(), transaction_status.clone());
                let allowed_twice = *transaction_status == TransactionStatus::PartialRefund;
                assert!(allowed_twice || !self.ended.contains(&end), "told twice: {}", trail());
                self.ended.push(end);
            }
        }
    }

    pub fn check_one_charge_in_flight(&self, trail: &impl Fn() -> String) {
        let following = self.payment.transaction_id().is_some();
        assert!(self.charging.is_none() || self.asking.is_none() || !following, "asks while it charges: {}", trail());
    }

    pub fn check_wakeup(&self, trail: &impl Fn() -> String) {
        if let Some(at) = self.payment.wakeup(self.now) {
            // What is due now is carried out by one waking, and then is due no more.
            let mut woken = self.payment.clone();
            let moment = self.now.max(at);
            let _ = woken.step(moment, Input::Woken);
            assert!(woken.wakeup(moment).is_none_or(|next| next > moment), "the machine spins: {}", trail());
        }
    }
}

pub fn answer(json: serde_json::Value) -> Answer {
    serde_json::from_value(json).expect("a test's answer is readable")
}
