//! Schemas (feature `openapi`) that are no derive's: of times, and of the types that keep unknown words, where a program that
//! writes them writes known ones.

use crate::{ActionName, Currency, FraudStatus, JakartaTime, TransactionStatus};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

fn one_of(words: impl IntoIterator<Item = &'static str>, description: &str) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    schema.description(Some(description)).into()
}

impl ToSchema for TransactionStatus {}

impl PartialSchema for TransactionStatus {
    fn schema() -> RefOr<Schema> {
        static KNOWN: [TransactionStatus; 10] = TransactionStatus::KNOWN;
        one_of(KNOWN.iter().map(TransactionStatus::as_str), "The status of a transaction.")
    }
}

impl ToSchema for FraudStatus {}

impl PartialSchema for FraudStatus {
    fn schema() -> RefOr<Schema> {
        one_of(["accept", "challenge", "deny"], "Whether a paid status counts: absent or `accept`.")
    }
}

impl ToSchema for ActionName {}

impl PartialSchema for ActionName {
    fn schema() -> RefOr<Schema> {
        let names = ["generate-qr-code", "generate-qr-code-v2", "deeplink-redirect"];
        one_of(names, "The purpose of an action's URL. Others need the server key, and never reach a browser.")
    }
}

impl ToSchema for Currency {}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        one_of(["IDR"], "Rupiah.")
    }
}

impl ToSchema for JakartaTime {}

impl PartialSchema for JakartaTime {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let text = text.pattern(Some("^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"));
        text.description(Some("Jakarta time (UTC+7), without an offset.")).into()
    }
}
