//! Test harness of the state machine: a payment, a clock that the test moves, and a merchant that replies as it is told.
//! It remembers which requests are in flight, so that a reply answers the right one.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(missing_docs, unreachable_pub, reason = "a test's own")]

use gopay_checkout::payment::{
    Channel, Effect, Expected, HostEvent, Input, Moment, Payment, PaymentOptions, RequestError, RequestId, Screen,
    ServerResponse, Trust, UnixMillis,
};
use gopay_contract::{Answer, GrossAmount, OrderId, TransactionId, TransactionStatus};
use serde_json::json;

/// A reply of the merchant.
#[derive(Clone, Debug)]
pub enum Reply {
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
    /// The answer to an abandoned request.
    LateSettlement,
}

/// The server's clock when the page's clock shows 0: 2026-01-31 10:00:00 in Jakarta.
pub const SERVER_START: i64 = 1_769_828_400_000;

#[derive(Clone)]
pub struct Harness {
    pub payment: Payment,
    pub now: Moment,
    /// Time for which the page's clock stood still while the server's went on.
    pub server_ahead: i64,
    pub charge: Option<RequestId>,
    pub poll: Option<RequestId>,
    pub cancel: Option<RequestId>,
    pub stream: Option<RequestId>,
    pub abandoned: Option<RequestId>,
    pub is_hidden: bool,
    pub charges_sent: u32,
    pub retry_of: Option<TransactionId>,
    pub attempts: Vec<u32>,
    pub charges_made: u32,
    pub emitted_final: Vec<(TransactionId, TransactionStatus)>,
    pub trail: Vec<usize>,
}

pub fn options() -> PaymentOptions {
    PaymentOptions {
        expected: Expected {
            order_id: OrderId::parse("order-101").expect("valid"),
            gross_amount: GrossAmount::from_rupiah(44_000),
            trust: Trust::default(),
        },
        channel: Channel::Qr,
        auto_start: true,
        can_push: true,
        can_cancel: true,
        seed: 1,
    }
}

impl Harness {
    pub fn new() -> Self {
        Self::with(options())
    }

    pub fn with(options: PaymentOptions) -> Self {
        Self {
            payment: Payment::new(options),
            now: Moment(0),
            server_ahead: 0,
            charge: None,
            poll: None,
            cancel: None,
            stream: None,
            abandoned: None,
            is_hidden: false,
            charges_sent: 0,
            retry_of: None,
            attempts: Vec::new(),
            charges_made: 0,
            emitted_final: Vec::new(),
            trail: Vec::new(),
        }
    }

    /// Feeds one input, and remembers the requests that it causes.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        if matches!(input, Input::Hidden | Input::Resumed | Input::ReturnedFromApp) {
            self.is_hidden = matches!(input, Input::Hidden);
        }
        let effects = self.payment.step(self.now, input);
        for effect in &effects {
            match effect {
                Effect::SendCharge { request, attempt, retry_of } => {
                    assert!(self.charge.is_none(), "two charges in flight: {:?}", self.trail);
                    self.charge = Some(*request);
                    self.charges_sent += 1;
                    self.attempts.push(attempt.0);
                    self.retry_of.clone_from(retry_of);
                }
                Effect::PollStatus { request, .. } => {
                    assert!(self.poll.is_none(), "two polls in flight: {:?}", self.trail);
                    self.poll = Some(*request);
                }
                Effect::SendCancel { request, .. } => self.cancel = Some(*request),
                Effect::OpenStream { request, .. } => {
                    assert!(self.stream.is_none(), "two streams: {:?}", self.trail);
                    self.stream = Some(*request);
                }
                Effect::CloseStream => self.stream = None,
                Effect::AbortRequest(request) => {
                    self.abandoned = Some(*request);
                    for slot in [&mut self.charge, &mut self.poll, &mut self.cancel] {
                        if *slot == Some(*request) {
                            *slot = None;
                        }
                    }
                }
                Effect::JoinElection | Effect::NotifyPeers | Effect::Emit(_) => {}
            }
        }
        effects
    }

    /// Lets `ms` pass, and fires the timer whenever the machine wants to be woken.
    pub fn wait(&mut self, ms: i64) -> Vec<Effect> {
        let until = self.now.after(ms);
        let mut effects = Vec::new();
        for _ in 0..10_000 {
            match self.payment.wakeup(self.now).filter(|at| *at <= until) {
                Some(at) => {
                    self.now = self.now.max(at);
                    effects.extend(self.step(Input::TimerFired));
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
        format!("transaction-{}", self.charges_made)
    }

    pub fn server_now(&self) -> UnixMillis {
        UnixMillis(SERVER_START + self.now.0 + self.server_ahead)
    }

    pub fn response(&self, answer: Answer) -> ServerResponse {
        ServerResponse { answer: Box::new(answer), server_now: Some(self.server_now()) }
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

    /// The merchant replies, if there is a request that `reply` can answer.
    pub fn reply(&mut self, reply: &Reply) -> Option<Vec<Effect>> {
        let unreachable = || Err(RequestError::no_answer("the network failed"));
        let input = match reply {
            Reply::Charge(status) => {
                let request = self.charge.take()?;
                if self.charges_made == 0 || self.retry_of.is_some() {
                    self.charges_made += 1;
                }
                Input::ChargeAnswered(request, Ok(self.response(self.charge_answer(status))))
            }
            Reply::ChargeBody(http_status, body) => {
                let error = gopay_checkout::payment::read_answer(*http_status, body).expect_err("an error");
                Input::ChargeAnswered(self.charge.take()?, Err(error))
            }
            Reply::ChargeOtherAmount => {
                let mut answer = self.charge_answer(&TransactionStatus::Pending);
                answer.gross_amount = GrossAmount::from_rupiah(1);
                Input::ChargeAnswered(self.charge.take()?, Ok(self.response(answer)))
            }
            Reply::ChargeUntrusted => {
                let mut answer = self.charge_answer(&TransactionStatus::Pending);
                for action in &mut answer.actions {
                    action.url = "https://evil.example/qr-code".to_owned();
                }
                Input::ChargeAnswered(self.charge.take()?, Ok(self.response(answer)))
            }
            Reply::ChargeUnreachable => Input::ChargeAnswered(self.charge.take()?, unreachable()),
            Reply::Status(status) => {
                Input::StatusAnswered(self.poll.take()?, Ok(self.response(self.status_answer(status))))
            }
            Reply::StatusOfAnother(status) => {
                let mut answer = self.status_answer(status);
                answer.transaction_id = TransactionId::parse("transaction-of-another-attempt").ok();
                Input::StatusAnswered(self.poll.take()?, Ok(self.response(answer)))
            }
            Reply::StatusOtherAmount(status) => {
                let mut answer = self.status_answer(status);
                answer.gross_amount = GrossAmount::from_rupiah(1);
                Input::StatusAnswered(self.poll.take()?, Ok(self.response(answer)))
            }
            Reply::StatusChallenged => {
                let mut answer = self.status_answer(&TransactionStatus::Settlement);
                answer.fraud_status = Some(gopay_contract::FraudStatus::Challenge);
                Input::StatusAnswered(self.poll.take()?, Ok(self.response(answer)))
            }
            Reply::LateSettlement => {
                let (request, response) =
                    (self.abandoned?, self.response(self.charge_answer(&TransactionStatus::Settlement)));
                let mut effects = self.step(Input::StatusAnswered(request, Ok(response.clone())));
                effects.extend(self.step(Input::ChargeAnswered(request, Ok(response.clone()))));
                effects.extend(self.step(Input::CancelAnswered(request, Ok(response))));
                return Some(effects);
            }
            Reply::StatusFraudDenied => {
                let mut answer = self.status_answer(&TransactionStatus::Settlement);
                answer.fraud_status = Some(gopay_contract::FraudStatus::Deny);
                Input::StatusAnswered(self.poll.take()?, Ok(self.response(answer)))
            }
            Reply::StatusBody(http_status, body) => {
                let error = gopay_checkout::payment::read_answer(*http_status, body).expect_err("an error");
                Input::StatusAnswered(self.poll.take()?, Err(error))
            }
            Reply::Cancelled => {
                let response = self.response(self.status_answer(&TransactionStatus::Cancel));
                Input::CancelAnswered(self.cancel.take()?, Ok(response))
            }
            Reply::StatusUnreachable => Input::StatusAnswered(self.poll.take()?, unreachable()),
            Reply::Pushed(status) => Input::StatusPushed(self.stream?, self.response(self.status_answer(status))),
            Reply::CancelRefused => {
                let error = gopay_checkout::payment::read_answer(
                    200,
                    r#"{"status_code":"412","status_message":"Transaction status cannot be updated."}"#,
                );
                Input::CancelAnswered(self.cancel.take()?, Err(error.expect_err("412 is an error")))
            }
        };
        Some(self.step(input))
    }

    pub fn screen(&self) -> Screen {
        self.payment.screen(self.now)
    }

    pub fn check_emitted_once(&mut self, effects: &[Effect], trail: &impl Fn() -> String) {
        for effect in effects {
            if let Effect::Emit(HostEvent::Ended { transaction_id, transaction_status, .. }) = effect {
                let end = (transaction_id.clone(), transaction_status.clone());
                let allowed_twice = *transaction_status == TransactionStatus::PartialRefund;
                assert!(allowed_twice || !self.emitted_final.contains(&end), "told twice: {}", trail());
                self.emitted_final.push(end);
            }
        }
    }

    pub fn check_one_charge_in_flight(&self, trail: &impl Fn() -> String) {
        let following = self.payment.transaction_id().is_some();
        assert!(self.charge.is_none() || self.poll.is_none() || !following, "polls while it charges: {}", trail());
    }

    pub fn check_no_hidden_stream(&self, trail: &impl Fn() -> String) {
        assert!(self.stream.is_none() || !self.is_hidden, "a stream on a hidden page: {}", trail());
    }

    pub fn check_wakeup(&self, trail: &impl Fn() -> String) {
        if let Some(at) = self.payment.wakeup(self.now) {
            // One timer does everything that is due, and then nothing is due any more.
            let mut woken = self.payment.clone();
            let moment = self.now.max(at);
            let _ = woken.step(moment, Input::TimerFired);
            assert!(woken.wakeup(moment).is_none_or(|next| next > moment), "the machine spins: {}", trail());
        }
    }
}

pub fn answer(json: serde_json::Value) -> Answer {
    serde_json::from_value(json).expect("a test's answer is readable")
}
