//! The shapes of `deeplink-redirect`. Opaque to a shop: it opens what it is given.

use crate::{behaviour::DeeplinkShape, ledger::Transaction};
use url::Url;

/// The link of this transaction; `base` is where this sandbox is, without a slash at the end.
#[must_use]
pub(crate) fn url(shape: DeeplinkShape, base: &str, transaction: &Transaction) -> String {
    let tref = &transaction.reference;
    match shape {
        DeeplinkShape::Detail => format!("{base}/v2/deeplink/detail?tref={tref}"),
        DeeplinkShape::DetailWithCallback => {
            let query = [("tref", tref.clone()), ("callback_url", callback(transaction))];
            format!("{base}/v2/deeplink/detail?{}", encoded(&query))
        }
        DeeplinkShape::GojekScheme => {
            let query = [
                ("tref", tref.clone()),
                ("amount", transaction.charge.gross_amount.rupiah().to_string()),
                ("activity", "GP:RR".to_owned()),
                ("callback_url", callback(transaction)),
            ];
            format!("gojek://gopay/merchanttransfer?{}", encoded(&query))
        }
    }
}

/// The reference in a link of any shape: its `tref`, or the text itself where it is a bare one.
#[must_use]
pub(crate) fn reference(text: &str) -> Option<String> {
    match Url::parse(text) {
        Ok(url) => url.query_pairs().find(|(name, _)| name == "tref").map(|(_, value)| value.into_owned()),
        Err(_) => text.starts_with("A1").then(|| text.to_owned()),
    }
}

/// The callback of a transaction. Without one, the shop's own page is not known: an empty text.
fn callback(transaction: &Transaction) -> String {
    let with_order = |url: &str| format!("{url}?order_id={}", transaction.charge.order_id);
    transaction.charge.callback.as_ref().map(|callback| with_order(callback.as_str())).unwrap_or_default()
}

fn encoded(pairs: &[(&str, String)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_of_any_shape_says_which_transaction_is_meant() {
        for text in [
            "A1ID",
            "gojek://gopay/merchanttransfer?amount=1&tref=A1ID",
            "https://gojek.link/gopay/merchanttransfer?tref=A1ID",
            "https://gopay.co.id/app/merchanttransfer?tref=A1ID",
            "http://127.0.0.1:7081/v2/deeplink/detail?tref=A1ID",
        ] {
            assert_eq!(reference(text).as_deref(), Some("A1ID"), "{text}");
        }
        assert_eq!((reference(""), reference("hello"), reference("https://toko.example/")), (None, None, None));
    }
}
