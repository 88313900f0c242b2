//! Charge response: checks order, amount, currency and URLs, and keeps what the payer needs to pay.

use super::clock::UnixMillis;
use super::problem::{Problem, ProblemCode};
use super::trust::{Trust, TrustedUrl, authority_of};
use gopay_contract::{
    ActionName, Answer, Currency, GrossAmount, JakartaTime, OrderId, TransactionId, TransactionStatus, shortened,
};

/// Promises of the page to the payer, and the hosts it trusts: every answer is checked against them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expected {
    /// The shop's order.
    pub order_id: OrderId,
    /// The amount that the page shows, if `gross-amount` says so.
    pub gross_amount: Option<GrossAmount>,
    /// The hosts that QR images and deeplinks may lead to.
    pub trust: Trust,
}

/// A transaction that was accepted for this order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Charge {
    /// Midtrans' order id: the shop's, or an attempt's.
    pub order_id: OrderId,
    /// Midtrans' id of the transaction.
    pub transaction_id: TransactionId,
    /// The amount to pay.
    pub gross_amount: GrossAmount,
    /// Expiry, by the server's clock.
    pub expiry_time: Option<UnixMillis>,
    /// Time of creation, by the server's clock.
    pub transaction_time: Option<UnixMillis>,
    /// Time of the payment, once a status has named it.
    pub settlement_time: Option<JakartaTime>,
    /// The QR images: the first is shown, the others replace it where it does not load.
    pub qr_codes: Vec<TrustedUrl>,
    /// The deeplink that opens the app.
    pub deeplink: Option<TrustedUrl>,
}

/// GoPay's default where an old account leaves `expiry_time` out (facts §6).
pub(crate) const DEFAULT_LIFE_MS: i64 = 15 * 60 * 1000;

impl Charge {
    /// Reads the answer to a charge: the transaction and its status.
    ///
    /// # Errors
    /// `bad-answer`, `amount-mismatch`, or `untrusted-url` where no action is left that is safe to pay with. In each of these
    /// cases nothing of the answer may be shown.
    pub fn read(answer: &Answer, expected: &Expected) -> Result<(Self, TransactionStatus), Problem> {
        let order_id = required(answer.order_id.as_ref(), "order_id")?;
        if !order_id.is_attempt_at(&expected.order_id) {
            return Err(not_of_order(order_id, &expected.order_id));
        }
        let transaction_id = required(answer.transaction_id.as_ref(), "transaction_id")?;
        let status = required(answer.transaction_status.as_ref(), "transaction_status")?;
        let gross_amount = *required(answer.gross_amount.as_ref(), "gross_amount")?;
        check_money(gross_amount, answer.currency.as_ref(), expected.gross_amount)?;
        if let TransactionStatus::Unknown(word) = status {
            return Err(unknown_status(word));
        }
        let (qr_codes, deeplink) = if status.is_final() { (Vec::new(), None) } else { ways_to_pay(answer, expected)? };
        let transaction_time = answer.transaction_time.map(|time| UnixMillis(time.unix_millis()));
        // No time is better than an invented one: the default is for accounts that leave it out.
        let default = transaction_time.filter(|_| !answer.is_expiry_unreadable);
        let expiry_time = answer
            .expiry_time
            .map(|time| UnixMillis(time.unix_millis()))
            .or_else(|| default.map(|UnixMillis(ms)| UnixMillis(ms + DEFAULT_LIFE_MS)));
        let charge = Self {
            order_id: order_id.clone(),
            transaction_id: transaction_id.clone(),
            gross_amount,
            expiry_time,
            transaction_time,
            settlement_time: answer.settlement_time,
            qr_codes,
            deeplink,
        };
        Ok((charge, status.clone()))
    }
}

/// Checks amount and currency against the expected ones.
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

/// A field that must not be missing.
pub(crate) fn required<'a, T>(field: Option<&'a T>, name: &str) -> Result<&'a T, Problem> {
    field.ok_or_else(|| Problem::new(ProblemCode::BadAnswer, ["the merchant's answer has no ", name].concat()))
}

/// The problem of an answer about another order.
pub(crate) fn not_of_order(order_id: &OrderId, order: &OrderId) -> Problem {
    let message = ["order_id ", order_id.as_str(), " does not belong to order ", order.as_str()].concat();
    Problem::new(ProblemCode::BadAnswer, message)
}

/// The problem of a status that GoPay does not have.
pub(crate) fn unknown_status(word: &str) -> Problem {
    let message = ["transaction_status \"", &shortened(word), "\" is not one that GoPay has"].concat();
    Problem::new(ProblemCode::BadAnswer, message)
}

type WaysToPay = (Vec<TrustedUrl>, Option<TrustedUrl>);

/// The QR images and the deeplink of a pending charge. An action whose URL is not trusted is left out; the others are safe
/// to pay with.
fn ways_to_pay(answer: &Answer, expected: &Expected) -> Result<WaysToPay, Problem> {
    let urls = |name| answer.actions.iter().filter(move |action| action.name == name).map(|action| &action.url);
    let pictures = urls(ActionName::GenerateQrCode).chain(urls(ActionName::GenerateQrCodeV2));
    let qr_codes: Vec<_> = pictures.filter_map(|url| expected.trust.qr(url)).collect();
    let deeplink = urls(ActionName::DeeplinkRedirect).find_map(|url| expected.trust.deeplink(url));
    if !qr_codes.is_empty() || deeplink.is_some() {
        return Ok((qr_codes, deeplink));
    }
    let is_to_pay_with = |name: &ActionName| match name {
        ActionName::GenerateQrCode | ActionName::GenerateQrCodeV2 | ActionName::DeeplinkRedirect => true,
        ActionName::GetStatus | ActionName::Cancel | ActionName::Other(_) => false,
    };
    Err(match answer.actions.iter().find(|action| is_to_pay_with(&action.name)) {
        Some(action) => {
            let message = [
                "the URL of action ",
                action.name.as_str(),
                " leads to ",
                authority_of(&action.url).unwrap_or("no host that a browser could not mistake"),
                ", which is not GoPay's; trusted-hosts is for your own simulator",
            ];
            Problem::new(ProblemCode::UntrustedUrl, message.concat())
        }
        None => {
            let message = "a pending charge came without its actions generate-qr-code and deeplink-redirect: keep them, get-status does not return them";
            Problem::new(ProblemCode::BadAnswer, message)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../crates/contract/samples/charge-response.json");

    fn expected(gross_amount: Option<u64>) -> Expected {
        Expected {
            order_id: OrderId::parse("order-101").unwrap(),
            gross_amount: gross_amount.and_then(GrossAmount::from_rupiah),
            trust: Trust::default(),
        }
    }

    fn read(change: impl Fn(&mut serde_json::Value)) -> Result<(Charge, TransactionStatus), ProblemCode> {
        let mut json: serde_json::Value = serde_json::from_str(SAMPLE).unwrap();
        change(&mut json);
        let answer: Answer = serde_json::from_value(json).map_err(|_| ProblemCode::BadAnswer)?;
        Charge::read(&answer, &expected(Some(44_000))).map_err(|problem| problem.code)
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
    fn an_action_that_leads_elsewhere_costs_that_action_alone() {
        for evil in ["https://evil.example/", "javascript:alert(1)", ""] {
            let (charge, _) = read(|json| json["actions"][0]["url"] = evil.into()).expect("the link is left");
            assert!(charge.qr_codes.is_empty() && charge.deeplink.is_some(), "{evil}");
            let (charge, _) = read(|json| json["actions"][1]["url"] = evil.into()).expect("the QR code is left");
            assert!(charge.qr_codes.len() == 1 && charge.deeplink.is_none(), "{evil}");
        }
    }

    #[test]
    fn where_every_action_leads_elsewhere_the_answer_is_untrusted() {
        let outcome = read(|json| {
            for action in json["actions"].as_array_mut().unwrap() {
                action["url"] = "https://evil.example/".into();
            }
        });
        assert_eq!(outcome, Err(ProblemCode::UntrustedUrl));
        // Without any action it is no question of trust.
        let outcome =
            read(|json| json["actions"] = serde_json::json!([{"name": "cancel", "url": "https://evil.example/"}]));
        assert_eq!(outcome, Err(ProblemCode::BadAnswer));
    }

    #[test]
    fn an_untrusted_answer_names_the_host_and_nothing_of_the_link() {
        let mut json: serde_json::Value = serde_json::from_str(SAMPLE).unwrap();
        for (url, host) in [
            ("https://sim.toko.example:8443/v2?tref=A1", "sim.toko.example:8443"),
            ("https://a:A1@gopay.co.id", "no host"),
        ] {
            for action in json["actions"].as_array_mut().unwrap() {
                action["url"] = url.into();
            }
            let answer: Answer = serde_json::from_value(json.clone()).unwrap();
            let problem = Charge::read(&answer, &expected(None)).expect_err("untrusted");
            assert!(problem.message.contains(host) && !problem.message.contains("A1"), "{}", problem.message);
        }
    }

    #[test]
    fn what_every_language_writes_again_is_the_same_charge() {
        let (charge, _) = read(|_| ()).expect("accepted");
        let rewritten: [fn(&mut serde_json::Value); 4] = [
            // Go: every field that is missing is an empty text or null.
            |json| {
                for field in
                    ["currency", "fraud_status", "expiry_time", "refund_amount", "settlement_time", "merchant_id"]
                {
                    json[field] = "".into();
                }
                json["validation_messages"] = serde_json::Value::Null;
            },
            // PHP: an array with gaps, and numbers for numeric texts.
            |json| {
                let actions = json["actions"].take();
                json["actions"] = serde_json::json!({"0": actions[0], "1": actions[1], "7": {"name": "x"}});
                json["gross_amount"] = 44_000.into();
                json["status_code"] = 201.into();
            },
            // .NET: a decimal of a database, ISO 8601.
            |json| {
                json["gross_amount"] = "44000.0000".into();
                json["transaction_time"] = "2019-10-08T12:41:36+07:00".into();
            },
            // Java: a Double, a LocalDateTime.
            |json| {
                json["gross_amount"] = 44_000.0.into();
                json["transaction_time"] = "2019-10-08T12:41:36".into();
            },
        ];
        for (at, rewrite) in rewritten.into_iter().enumerate() {
            assert_eq!(read(rewrite).expect("accepted").0, charge, "{at}");
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
