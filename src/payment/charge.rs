//! A charge's answer, checked against what the page promised.

use super::clock::UnixMillis;
use super::problem::{Problem, ProblemCode};
use super::trust::{Trust, TrustedUrl};
use gopay_contract::{ActionName, Answer, Currency, GrossAmount, OrderId, TransactionId, TransactionStatus, shortened};

/// What the page promised the payer, and what it trusts: every answer is held against it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Terms {
    /// The shop's order.
    pub order_id: OrderId,
    /// The amount that the page shows, if it told us.
    pub gross_amount: Option<GrossAmount>,
    /// Where pictures and links may lead.
    pub trust: Trust,
}

/// A transaction that was accepted as the one for this order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Charge {
    /// Midtrans' order id: the shop's, or an attempt's.
    pub order_id: OrderId,
    /// Midtrans' record.
    pub transaction_id: TransactionId,
    /// How much.
    pub gross_amount: GrossAmount,
    /// Until when, by the server's clock.
    pub expiry_time: Option<UnixMillis>,
    /// When it was made, by the server's clock.
    pub transaction_time: Option<UnixMillis>,
    /// The QR picture, then its stand-ins.
    pub qr_codes: Vec<TrustedUrl>,
    /// The link that opens the app.
    pub deeplink: Option<TrustedUrl>,
}

/// GoPay's default where an old account leaves `expiry_time` out (facts §6).
const DEFAULT_LIFE_MS: i64 = 15 * 60 * 1000;

impl Charge {
    /// Reads the answer to a charge: the transaction and where it stands.
    ///
    /// # Errors
    /// `bad-answer`, `amount-mismatch` or `untrusted-url`; in each of these cases nothing of it may be shown.
    pub fn read(answer: &Answer, terms: &Terms) -> Result<(Self, TransactionStatus), Problem> {
        let order_id = needed(answer.order_id.as_ref(), "order_id")?;
        if !order_id.is_attempt_at(&terms.order_id) {
            return Err(not_of_order(order_id, &terms.order_id));
        }
        let transaction_id = needed(answer.transaction_id.as_ref(), "transaction_id")?;
        let status = needed(answer.transaction_status.as_ref(), "transaction_status")?;
        let gross_amount = *needed(answer.gross_amount.as_ref(), "gross_amount")?;
        check_money(gross_amount, answer.currency.as_ref(), terms.gross_amount)?;
        if let TransactionStatus::Unknown(word) = status {
            return Err(unknown_status(word));
        }
        let (qr_codes, deeplink) = if status.is_final() { (Vec::new(), None) } else { ways_to_pay(answer, terms)? };
        let transaction_time = answer.transaction_time.map(|time| UnixMillis(time.unix_millis()));
        let expiry_time = answer
            .expiry_time
            .map(|time| UnixMillis(time.unix_millis()))
            .or_else(|| transaction_time.map(|UnixMillis(ms)| UnixMillis(ms + DEFAULT_LIFE_MS)));
        let charge = Self {
            order_id: order_id.clone(),
            transaction_id: transaction_id.clone(),
            gross_amount,
            expiry_time,
            transaction_time,
            qr_codes,
            deeplink,
        };
        Ok((charge, status.clone()))
    }
}

/// The same money, in the same currency, or no payment.
pub(crate) fn check_money(
    found: GrossAmount,
    currency: Option<&Currency>,
    expected: Option<GrossAmount>,
) -> Result<(), Problem> {
    if let Some(Currency::Other(currency)) = currency {
        let message = ["currency \"", &shortened(currency), "\" is not IDR"].concat();
        return Err(Problem::new(ProblemCode::AmountMismatch, message));
    }
    match expected {
        Some(expected) if expected != found => {
            let message =
                ["gross_amount ", &found.to_wire_text(), " is not the expected ", &expected.to_wire_text()].concat();
            Err(Problem::new(ProblemCode::AmountMismatch, message))
        }
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn needed<'a, T>(field: Option<&'a T>, name: &str) -> Result<&'a T, Problem> {
    field.ok_or_else(|| Problem::new(ProblemCode::BadAnswer, ["the merchant's answer has no ", name].concat()))
}

pub(crate) fn not_of_order(order_id: &OrderId, order: &OrderId) -> Problem {
    let message = ["order_id ", order_id.as_str(), " does not belong to order ", order.as_str()].concat();
    Problem::new(ProblemCode::BadAnswer, message)
}

pub(crate) fn unknown_status(word: &str) -> Problem {
    let message = ["transaction_status \"", &shortened(word), "\" is not one that GoPay has"].concat();
    Problem::new(ProblemCode::BadAnswer, message)
}

type WaysToPay = (Vec<TrustedUrl>, Option<TrustedUrl>);

/// The QR pictures and the deeplink of a pending charge. One that leads elsewhere condemns the whole answer: whoever
/// changed one URL may have changed more. Only the framed picture (`-v2`), a mere stand-in, is passed over.
fn ways_to_pay(answer: &Answer, terms: &Terms) -> Result<WaysToPay, Problem> {
    let untrusted = |name: &ActionName| {
        let message = [
            "the URL of action ",
            name.as_str(),
            " is not at a host that GoPay payments live at; add it to trusted-hosts only if it is your own simulator",
        ]
        .concat();
        Problem::new(ProblemCode::UntrustedUrl, message)
    };
    let mut qr_codes = Vec::new();
    if let Some(url) = answer.action_url(&ActionName::GenerateQrCode) {
        qr_codes.push(terms.trust.qr(url).ok_or_else(|| untrusted(&ActionName::GenerateQrCode))?);
    }
    qr_codes.extend(answer.action_url(&ActionName::GenerateQrCodeV2).and_then(|url| terms.trust.qr(url)));
    let deeplink = match answer.action_url(&ActionName::DeeplinkRedirect) {
        Some(url) => Some(terms.trust.deeplink(url).ok_or_else(|| untrusted(&ActionName::DeeplinkRedirect))?),
        None => None,
    };
    if qr_codes.is_empty() && deeplink.is_none() {
        let message = "a pending charge came without a generate-qr-code and without a deeplink-redirect action; the merchant must keep a charge's actions, get-status does not return them";
        return Err(Problem::new(ProblemCode::BadAnswer, message));
    }
    Ok((qr_codes, deeplink))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../crates/contract/samples/charge-response.json");

    fn terms(gross_amount: Option<u64>) -> Terms {
        Terms {
            order_id: OrderId::parse("order-101").unwrap(),
            gross_amount: gross_amount.and_then(GrossAmount::from_rupiah),
            trust: Trust::default(),
        }
    }

    fn read(change: impl Fn(&mut serde_json::Value)) -> Result<(Charge, TransactionStatus), ProblemCode> {
        let mut json: serde_json::Value = serde_json::from_str(SAMPLE).unwrap();
        change(&mut json);
        let answer: Answer = serde_json::from_value(json).map_err(|_| ProblemCode::BadAnswer)?;
        Charge::read(&answer, &terms(Some(44_000))).map_err(|problem| problem.code)
    }

    #[test]
    fn the_documents_own_answer_is_a_charge_of_its_order() {
        let (charge, status) = read(|_| ()).expect("accepted");
        assert_eq!(status, TransactionStatus::Pending);
        assert_eq!(charge.order_id.as_str(), "order-101h-1570513296");
        assert_eq!(charge.qr_codes.len(), 1);
        assert!(charge.deeplink.is_some());
        let made = charge.transaction_time.expect("it has one");
        assert_eq!(charge.expiry_time, Some(UnixMillis(made.0 + 900_000)), "GoPay's default of fifteen minutes");
    }

    #[test]
    fn an_answer_of_another_order_amount_or_currency_is_refused() {
        assert_eq!(read(|json| json["order_id"] = "order-202".into()), Err(ProblemCode::BadAnswer));
        assert_eq!(read(|json| json["gross_amount"] = "44001.00".into()), Err(ProblemCode::AmountMismatch));
        assert_eq!(read(|json| json["currency"] = "USD".into()), Err(ProblemCode::AmountMismatch));
    }

    #[test]
    fn an_answer_without_what_is_needed_is_refused() {
        for field in ["order_id", "transaction_id", "transaction_status", "gross_amount", "actions"] {
            let outcome = read(|json| {
                json.as_object_mut().unwrap().remove(field);
            });
            assert_eq!(outcome, Err(ProblemCode::BadAnswer), "{field}");
        }
        assert_eq!(read(|json| json["transaction_status"] = "sukses".into()), Err(ProblemCode::BadAnswer));
    }

    #[test]
    fn one_url_that_leads_elsewhere_condemns_the_whole_answer() {
        for at in [0, 1] {
            let outcome = read(|json| json["actions"][at]["url"] = "https://evil.example/".into());
            assert_eq!(outcome, Err(ProblemCode::UntrustedUrl));
        }
    }

    #[test]
    fn actions_are_chosen_by_name_and_not_by_place() {
        let (charge, _) = read(|json| json["actions"].as_array_mut().unwrap().reverse()).expect("accepted");
        assert!(charge.qr_codes[0].as_str().ends_with("/qr-code"));
    }

    #[test]
    fn an_order_that_is_already_final_needs_no_actions() {
        let (charge, status) = read(|json| {
            json["transaction_status"] = "settlement".into();
            json.as_object_mut().unwrap().remove("actions");
        })
        .expect("accepted");
        assert_eq!(status, TransactionStatus::Settlement);
        assert!(charge.qr_codes.is_empty() && charge.deeplink.is_none());
    }
}
