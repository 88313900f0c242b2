//! The payer's way to the app and back, in virtual time: when the page says that the app did not open, and what it says
//! to one who comes back.
#![cfg(not(target_arch = "wasm32"))]

mod counter;

use counter::{Counter, Word, plan};
use gopay_checkout::payment::{Channel, Detour, Input, Plan, StateName};
use gopay_contract::TransactionStatus::*;

/// A payer with a phone, before the link.
fn on_a_phone() -> Counter {
    let mut counter = Counter::with(Plan { channel: Channel::Deeplink, ..plan() });
    counter.step(Input::Begun);
    counter.hear(&Word::Charge(Pending)).expect("a charge is in flight");
    counter
}

fn seen(counter: &Counter) -> (StateName, Detour) {
    let screen = counter.screen();
    (screen.state, screen.detour)
}

#[test]
fn two_seconds_after_a_tap_that_left_the_page_in_sight_another_way_is_offered() {
    let mut counter = on_a_phone();
    counter.step(Input::DeeplinkTapped);
    counter.wait(1_990);
    assert_eq!(seen(&counter), (StateName::Pending, Detour::None), "most apps take less");
    counter.wait(10);
    assert_eq!(seen(&counter), (StateName::Pending, Detour::NotOpened));
    assert!(counter.screen().deeplink.is_some(), "the link is still there");
    counter.wait(60_000);
    assert_eq!(seen(&counter), (StateName::Pending, Detour::NotOpened), "it stays until something happens");
}

#[test]
fn an_app_that_opened_is_never_said_not_to_have() {
    let mut counter = on_a_phone();
    counter.step(Input::DeeplinkTapped);
    counter.wait(700);
    counter.step(Input::Hidden);
    counter.wait(60_000);
    counter.step(Input::CameBack);
    assert_eq!(seen(&counter), (StateName::Checking, Detour::CameBack));
    counter.hear(&Word::Status(Pending)).expect("it asked at once");
    assert_eq!(seen(&counter), (StateName::Pending, Detour::Unpaid));
}

#[test]
fn an_app_that_opens_at_last_takes_the_rescue_away() {
    let mut counter = on_a_phone();
    counter.step(Input::DeeplinkTapped);
    counter.wait(2_500);
    counter.step(Input::Hidden);
    assert_eq!(counter.screen().detour, Detour::None);
}

#[test]
fn who_chooses_the_qr_code_instead_may_still_save_it() {
    let mut counter = on_a_phone();
    counter.step(Input::DeeplinkTapped);
    counter.wait(2_000);
    counter.step(Input::ChannelChosen(Channel::Qr));
    assert_eq!((counter.screen().channel, counter.screen().detour), (Channel::Qr, Detour::NotOpened));
}

#[test]
fn who_chooses_the_qr_code_before_the_app_could_open_is_not_told_that_it_did_not() {
    let mut counter = on_a_phone();
    counter.step(Input::DeeplinkTapped);
    counter.step(Input::ChannelChosen(Channel::Qr));
    counter.wait(10_000);
    assert_eq!(counter.screen().detour, Detour::None);
}

#[test]
fn who_says_that_he_has_paid_is_told_that_nothing_has_come_yet_and_then_nothing_more() {
    let mut counter = on_a_phone();
    counter.step(Input::RefreshPressed);
    assert_eq!(seen(&counter), (StateName::Checking, Detour::CameBack));
    counter.hear(&Word::Status(Pending)).expect("it asked at once");
    assert_eq!(seen(&counter), (StateName::Pending, Detour::Unpaid));
    for _ in 0..2 {
        counter.wait(2_000);
        counter.hear(&Word::Status(Pending)).expect("it goes on asking soon");
    }
    assert_eq!(seen(&counter), (StateName::Pending, Detour::None));
}

#[test]
fn a_look_at_another_window_says_nothing_about_paying() {
    let mut counter = on_a_phone();
    counter.step(Input::Hidden);
    counter.step(Input::CameBack);
    counter.hear(&Word::Status(Pending)).expect("it asked at once");
    assert_eq!(seen(&counter), (StateName::Pending, Detour::None));
}

#[test]
fn a_payment_that_is_paid_meanwhile_ends_every_detour() {
    let mut counter = on_a_phone();
    counter.step(Input::DeeplinkTapped);
    counter.wait(2_000);
    counter.hear(&Word::Pushed(Settlement)).expect("a stream stands");
    assert_eq!(seen(&counter), (StateName::Settlement, Detour::None));
    assert_eq!(counter.payment.wakeup(counter.now), None, "nothing wakes any more");
}
