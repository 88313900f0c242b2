//! JSON, and where it is a body on the wire, by the types that read such bodies.

use gopay_contract::midtrans::{self, UnverifiedNotification};
use gopay_contract::{Answer, ChargeRequest, TransactionStatus};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) fn check(code: &str) -> Result<(), String> {
    let value: Value = serde_json::from_str(code).map_err(|error| error.to_string())?;
    let has = |name: &str| value.get(name).is_some();
    if has("transaction_details") {
        // A browser's request names no amount, a merchant's to Midtrans does.
        let amount = value["transaction_details"].get("gross_amount").is_some();
        return if amount { read::<midtrans::ChargeRequest>(&value) } else { read::<ChargeRequest>(&value) };
    }
    if has("signature_key") {
        read::<UnverifiedNotification>(&value)?;
    }
    let Some(word) = value.get("transaction_status") else { return Ok(()) };
    read::<Answer>(&value)?;
    if let TransactionStatus::Unknown(word) = TransactionStatus::parse(word.as_str().unwrap_or_default()) {
        return Err(format!("transaction_status {word:?} is none of Midtrans'"));
    }
    Ok(())
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<(), String> {
    serde_json::from_value::<T>(value.clone()).map(drop).map_err(|error| error.to_string())
}
