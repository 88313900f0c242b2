use super::*;
use crate::midtrans::Address;

fn rupiah(rupiah: u64) -> GrossAmount {
    GrossAmount::from_rupiah(rupiah).expect("an amount")
}

fn item(price: i64, quantity: u32) -> ItemDetails {
    ItemDetails { price, quantity, name: "Kopi".to_owned(), ..ItemDetails::default() }
}

/// The error about these data for an order of Rp44.000.
fn refusal(data: OptionalData) -> String {
    ChargeData::check(data, rupiah(44_000)).expect_err("refused").to_string()
}

fn items(items: Vec<ItemDetails>) -> OptionalData {
    OptionalData { item_details: Some(items), ..OptionalData::default() }
}

fn customer(customer: CustomerDetails) -> OptionalData {
    OptionalData { customer_details: Some(customer), ..OptionalData::default() }
}

fn billed(billing_address: Address) -> OptionalData {
    customer(CustomerDetails { billing_address: Some(billing_address), ..CustomerDetails::default() })
}

#[test]
fn items_that_come_to_the_amount_are_taken_discounts_included() {
    for good in [vec![item(44_000, 1)], vec![item(22_000, 2)], vec![item(50_000, 1), item(-3000, 2)]] {
        assert!(ChargeData::check(items(good), rupiah(44_000)).is_ok());
    }
}

#[test]
fn items_that_do_not_come_to_the_amount_are_refused_with_both_sums() {
    assert_eq!(refusal(items(vec![item(43_999, 1)])), "item_details come to 43999, expected the gross_amount of 44000");
    let most = vec![item(i64::MAX, u32::MAX); 3];
    assert!(refusal(items(most)).starts_with("item_details come to 11884"), "no sum wraps around");
}

#[test]
fn a_bad_item_is_named_by_its_place() {
    let sentence = refusal(items(vec![item(44_000, 1), item(5, 0)]));
    assert_eq!(sentence, "item_details[1].quantity is 0, expected at least 1");
    let nameless = ItemDetails { name: " ".to_owned(), ..item(44_000, 1) };
    assert_eq!(refusal(items(vec![nameless])), "item_details[0].name is \" \", expected a name");
    let long = ItemDetails { brand: Some("x".repeat(51)), ..item(44_000, 1) };
    let shown = "x".repeat(40);
    let expected = format!("item_details[0].brand is \"{shown}…\" of 51 characters, expected at most 50");
    assert_eq!(refusal(items(vec![long])), expected);
    assert!(refusal(items(Vec::new())).starts_with("item_details is an empty list"));
}

#[test]
fn a_text_of_exactly_the_most_characters_is_taken_whatever_they_weigh() {
    let name = "ñ".repeat(50);
    let customer_details = Some(CustomerDetails { first_name: Some("é".repeat(255)), ..CustomerDetails::default() });
    let custom_field1 = Some("ü".repeat(255));
    let item_details = Some(vec![ItemDetails { name, ..item(44_000, 1) }]);
    let data = OptionalData { item_details, customer_details, custom_field1, ..OptionalData::default() };
    assert!(ChargeData::check(data, rupiah(44_000)).is_ok());
}

#[test]
fn customer_data_are_refused_by_field_and_never_shown() {
    let secret = "rahasia".repeat(40);
    let too_long = [
        customer(CustomerDetails { email: Some(secret.clone()), ..CustomerDetails::default() }),
        billed(Address { city: Some(secret), ..Address::default() }),
    ];
    for (data, field) in too_long.into_iter().zip(["customer_details.email", "customer_details.billing_address.city"]) {
        assert!(!format!("{data:?}").contains("rahasia"));
        assert_eq!(refusal(data), format!("{field} is a text of 280 characters, expected at most 255"));
    }
    let data = billed(Address { postal_code: Some("12_190".to_owned()), ..Address::default() });
    let path = "customer_details.billing_address";
    let expected = format!("{path}.postal_code has '_', expected letters, digits, spaces and '-' alone");
    assert_eq!(refusal(data), expected);
    let data = billed(Address { country_code: Some("ID".to_owned()), ..Address::default() });
    assert_eq!(refusal(data), format!("{path}.country_code is another one, expected \"IDN\""));
}

#[test]
fn every_bad_field_is_named_at_once() {
    let data = OptionalData {
        item_details: Some(vec![item(1, 1)]),
        custom_field1: Some("a".repeat(256)),
        custom_field3: Some("c".repeat(256)),
        ..OptionalData::default()
    };
    let invalid = ChargeData::check(data, rupiah(44_000)).expect_err("refused");
    assert_eq!(invalid.sentences.len(), 3, "{invalid}");
}

#[test]
fn more_than_midtrans_body_limit_is_refused_before_it_is_sent() {
    let metadata = Map::from_iter([("note".to_owned(), Value::from("x".repeat(13_000)))]);
    let data = OptionalData { metadata: Some(metadata), ..OptionalData::default() };
    assert!(refusal(data).ends_with("bytes, expected at most 12288"));
}

#[test]
fn what_is_sent_is_what_was_written_but_for_an_expiry_that_midtrans_refuses() {
    let custom_expiry = Some(CustomExpiry::of(std::time::Duration::from_secs(5)));
    let data = OptionalData { custom_expiry, custom_field2: Some("b".to_owned()), ..OptionalData::default() };
    let data = ChargeData::check(data, rupiah(44_000)).expect("taken");
    let (sent, clamped) = data.to_send(JakartaTime::from_unix_seconds(1_769_828_400));
    assert_eq!(sent.custom_expiry.map(|expiry| expiry.expiry_duration), Some(20));
    assert_eq!(sent.custom_field2.as_deref(), Some("b"));
    assert_eq!(clamped.map(|clamped| clamped.asked_seconds), Some(5));
}
