//! A status, however it came: held against the charge, then believed or not. The rules of truth live here.

use super::charge::{check_money, needed, not_of_order, unknown_status};
use super::clock::{Moment, ServerClock};
use super::effect::News;
use super::heard::Heard;
use super::problem::{Problem, ProblemCode};
use super::stage::{Following, Stage};
use super::{Payment, pace};
use gopay_contract::{FraudStatus, OrderId, TransactionStatus};

/// How a status relates to the transaction that we follow.
enum Verdict {
    /// It is about our transaction.
    Ours(TransactionStatus),
    /// It is about a newer transaction of the same order.
    AnotherTransaction,
    /// It cannot be believed.
    Unbelievable(Problem),
}

/// A status that names another transaction is put before `charge-url` this often; after that the status is the one
/// that is wrong.
const MOST_CONTRADICTIONS: u32 = 2;

impl Payment {
    /// Takes in a status that was asked for, pushed, or answered to a cancel.
    pub(super) fn heard_status(&mut self, now: Moment, heard: &Heard) {
        let Stage::Following(following) = &mut self.stage else { return };
        match judge(following, &self.plan.terms.order_id, heard) {
            Verdict::Ours(status) => {
                following.failures = 0;
                following.unpaid |= std::mem::take(&mut following.returned);
                following.contradictions = 0;
                following.notice = following.notice.take().filter(|notice| notice.code == ProblemCode::QrImage);
                self.offline = false;
                self.server = ServerClock::corrected(self.server, heard.server_now, now);
                self.believe(now, &status, heard.answer.fraud_status.as_ref());
            }
            // What ended stays ended: no word about something else takes "Pembayaran berhasil" from the screen. Only
            // where a new attempt may follow is another transaction a reason to look.
            Verdict::Unbelievable(_) if !following.is_open() => self.follow_on(now),
            Verdict::AnotherTransaction if !following.is_open() && !following.may_be_retried() => self.follow_on(now),
            Verdict::AnotherTransaction if following.contradictions < MOST_CONTRADICTIONS => {
                let mut followed = following.clone();
                followed.watch = super::stage::Watch::Off;
                followed.asked = None;
                followed.cancelling = None;
                self.new_attempt(now, None, Some(followed));
            }
            Verdict::AnotherTransaction if !following.is_open() => self.follow_on(now),
            Verdict::AnotherTransaction => self.status_unusable(
                now,
                Problem::new(
                    ProblemCode::BadAnswer,
                    "the status names another transaction_id than the charge does, again and again",
                ),
            ),
            Verdict::Unbelievable(problem) => match problem.code {
                // Other money than was promised: nothing that this page shows may be paid.
                ProblemCode::AmountMismatch => self.stop(problem),
                ProblemCode::Config
                | ProblemCode::Offline
                | ProblemCode::MerchantUnreachable
                | ProblemCode::MerchantRefused
                | ProblemCode::BadAnswer
                | ProblemCode::UntrustedUrl
                | ProblemCode::ChargeRejected
                | ProblemCode::QrImage
                | ProblemCode::ServerKey
                | ProblemCode::Internal => self.status_unusable(now, problem),
            },
        }
    }

    /// The status that came with the charge itself.
    pub(super) fn first_status(&mut self, now: Moment, status: TransactionStatus, fraud: Option<&FraudStatus>) {
        let Stage::Following(following) = &mut self.stage else { return };
        let held = status.is_paid() && !FraudStatus::lets_pass(fraud);
        following.held = held;
        let first = if held { TransactionStatus::Pending } else { status };
        following.status = first.clone();
        self.tell_status(None, &first);
        self.follow_on(now);
    }

    /// A status about our transaction. It moves the payment only where contract §3.4 lets it.
    fn believe(&mut self, now: Moment, status: &TransactionStatus, fraud: Option<&FraudStatus>) {
        let Stage::Following(following) = &mut self.stage else { return };
        if status.is_paid() && !FraudStatus::lets_pass(fraud) {
            // Paid, but somebody has still to decide whether it counts. It does not, until then.
            following.held = following.is_open();
            return self.follow_on(now);
        }
        following.held = false;
        if following.status == *status || !following.status.may_become(status) {
            return self.follow_on(now);
        }
        let previous = std::mem::replace(&mut following.status, status.clone());
        following.asked_after_end = 0;
        self.effects.push(super::effect::Effect::Share);
        self.tell_status(Some(previous), status);
        self.follow_on(now);
    }

    fn tell_status(&mut self, previous: Option<TransactionStatus>, status: &TransactionStatus) {
        let Some(following) = self.following() else { return };
        let transaction_id = following.charge.transaction_id.clone();
        let gross_amount = following.charge.gross_amount;
        self.tell(News::Status {
            transaction_id: transaction_id.clone(),
            transaction_status: status.clone(),
            previous: previous.clone(),
        });
        let end = (transaction_id.clone(), status.clone());
        if status.is_final() && !self.told.contains(&end) {
            self.told.push(end);
            self.tell(News::Ended { transaction_id, transaction_status: status.clone(), previous, gross_amount });
        }
    }

    /// A status that cannot be used: said to the payer, asked again, never counted.
    pub(super) fn status_unusable(&mut self, now: Moment, problem: Problem) {
        let jitter = &mut self.jitter;
        let Stage::Following(following) = &mut self.stage else { return };
        following.failures += 1;
        let wait = jitter.around(pace::wait_after(following.failures, None));
        if following.is_open() {
            following.ask_at = Some(now.after(wait));
        }
        self.notice(problem);
    }

    /// Something the payer should know while we go on; told to the page once.
    pub(super) fn notice(&mut self, problem: Problem) {
        let Stage::Following(following) = &mut self.stage else { return };
        let known = following.notice.as_ref().is_some_and(|notice| notice.code == problem.code);
        following.notice = Some(problem.clone());
        if !known {
            self.tell(News::Problem(problem));
        }
    }
}

fn judge(following: &Following, order_id: &OrderId, heard: &Heard) -> Verdict {
    match believed(following, order_id, heard) {
        Ok(verdict) => verdict,
        Err(problem) => Verdict::Unbelievable(problem),
    }
}

fn believed(following: &Following, shop_order: &OrderId, heard: &Heard) -> Result<Verdict, Problem> {
    let answer = &heard.answer;
    let order_id = needed(answer.order_id.as_ref(), "order_id")?;
    let transaction_id = needed(answer.transaction_id.as_ref(), "transaction_id")?;
    let status = needed(answer.transaction_status.as_ref(), "transaction_status")?;
    let gross_amount = *needed(answer.gross_amount.as_ref(), "gross_amount")?;
    if !order_id.is_attempt_at(shop_order) {
        return Err(not_of_order(order_id, shop_order));
    }
    if *transaction_id != following.charge.transaction_id {
        return Ok(Verdict::AnotherTransaction);
    }
    if *order_id != following.charge.order_id {
        return Err(not_of_order(order_id, &following.charge.order_id));
    }
    check_money(gross_amount, answer.currency.as_ref(), Some(following.charge.gross_amount))?;
    if let TransactionStatus::Unknown(word) = status {
        return Err(unknown_status(word));
    }
    Ok(Verdict::Ours(status.clone()))
}
