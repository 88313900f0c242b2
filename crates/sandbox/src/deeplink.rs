//! The shapes of `deeplink-redirect`, today's and older ones. Opaque to a shop: it opens what it is given.

use crate::{behaviour::DeeplinkShape, ledger::Transaction};
use url::Url;

/// The link of this transaction; `base` is where this sandbox is, without a slash at the end.
#[must_use]
pub(crate) fn url(shape: DeeplinkShape, base: &str, transaction: &Transaction) -> String {
    let tref = &transaction.reference;
    match shape {
        DeeplinkShape::Checkout => {
            let query = [("referenceid", short_reference(tref).to_owned()), ("callback_url", callback(transaction))];
            format!("{base}/gopay/ui/checkout?{}", encoded(&query))
        }
        DeeplinkShape::PaymentPin => format!("{base}/gopay/partner/app/payment-pin?id={}", transaction.transaction_id),
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
        DeeplinkShape::GojekLink => format!("https://gojek.link/gopay/merchanttransfer?tref={tref}"),
        DeeplinkShape::GopayApp => format!("https://gopay.co.id/app/merchanttransfer?tref={tref}"),
        DeeplinkShape::SimulatorV2 => {
            let id = &transaction.transaction_id;
            format!("https://simulator-v2.sandbox.midtrans.com/gopay/partner/app/payment-pin?id={id}")
        }
    }
}

/// The id by which a link of any shape names its transaction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// `tref`.
    Reference(String),
    /// `referenceid`, the ten random characters in it.
    ShortReference(String),
    /// `id`.
    TransactionId(String),
}

impl Named {
    /// Reads a link, or a bare `tref`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let Ok(url) = Url::parse(text) else {
            let is_bare = text.starts_with("A1") || text.starts_with("A2");
            return is_bare.then(|| Self::Reference(text.to_owned()));
        };
        url.query_pairs().find_map(|(name, value)| match &*name {
            "tref" => Some(Self::Reference(value.into_owned())),
            "referenceid" => Some(Self::ShortReference(value.into_owned())),
            "id" => Some(Self::TransactionId(value.into_owned())),
            _ => None,
        })
    }

    /// True if it names this transaction.
    pub(crate) fn names(&self, transaction: &Transaction) -> bool {
        match self {
            Self::Reference(reference) => transaction.reference == *reference,
            Self::ShortReference(short) => short_reference(&transaction.reference) == short,
            Self::TransactionId(id) => transaction.transaction_id.as_str() == id,
        }
    }
}

/// The ten random characters in `A1<UTC yyyymmddhhmmss><10 letters and digits>ID`.
fn short_reference(reference: &str) -> &str {
    reference.get(16..26).unwrap_or(reference)
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
        let reference = || Some(Named::Reference("A1ID".to_owned()));
        for text in [
            "A1ID",
            "gojek://gopay/merchanttransfer?amount=1&tref=A1ID",
            "https://gojek.link/gopay/merchanttransfer?tref=A1ID",
            "https://gopay.co.id/app/merchanttransfer?tref=A1ID",
            "http://127.0.0.1:7081/v2/deeplink/detail?tref=A1ID",
        ] {
            assert_eq!(Named::read(text), reference(), "{text}");
        }
        let short = Named::read("http://127.0.0.1:7081/gopay/ui/checkout?referenceid=ABC&callback_url=x");
        assert_eq!(short, Some(Named::ShortReference("ABC".to_owned())));
        let id = Named::read("http://127.0.0.1:7081/gopay/partner/app/payment-pin?id=t-1");
        assert_eq!(id, Some(Named::TransactionId("t-1".to_owned())));
        assert_eq!(Named::read("A2ID"), Some(Named::Reference("A2ID".to_owned())));
        assert_eq!((Named::read(""), Named::read("hello"), Named::read("https://toko.example/")), (None, None, None));
    }

    #[test]
    fn the_short_reference_is_the_chance_in_the_long_one() {
        assert_eq!(short_reference("A120260131030000ABCDEFGHIJID"), "ABCDEFGHIJ");
    }
}
