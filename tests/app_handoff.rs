//! The app handoff in virtual time: when the page says that the app did not open, and what it tells a payer who comes
//! back.
#![cfg(not(target_arch = "wasm32"))]

mod harness;

use gopay_checkout::payment::{AppReturnNotice, Channel, Input, PaymentOptions, StateName};
use gopay_contract::TransactionStatus::*;
use harness::{Harness, Reply, options};

/// A payer with a phone, before the link.
fn on_a_phone() -> Harness {
    let mut harness = Harness::with(PaymentOptions { channel: Channel::Deeplink, ..options() });
    harness.step(Input::Started);
    harness.reply(&Reply::Charge(Pending)).expect("a charge is in flight");
    harness
}

fn seen(harness: &Harness) -> (StateName, AppReturnNotice) {
    let screen = harness.screen();
    (screen.state, screen.app_notice)
}

#[test]
fn two_seconds_after_a_tap_that_left_the_page_in_sight_another_way_is_offered() {
    let mut harness = on_a_phone();
    harness.step(Input::DeeplinkTapped);
    harness.wait(1_990);
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::None), "most apps take less");
    harness.wait(10);
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::NotOpened));
    assert!(harness.screen().deeplink.is_some(), "the link is still there");
    harness.wait(60_000);
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::NotOpened), "it stays until something happens");
}

#[test]
fn an_app_that_opened_is_never_said_not_to_have() {
    let mut harness = on_a_phone();
    harness.step(Input::DeeplinkTapped);
    harness.wait(700);
    harness.step(Input::Hidden);
    harness.wait(60_000);
    harness.step(Input::Resumed);
    assert_eq!(seen(&harness), (StateName::Checking, AppReturnNotice::Returned));
    harness.reply(&Reply::Status(Pending)).expect("it asked at once");
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::Unpaid));
}

#[test]
fn an_app_that_opens_at_last_takes_the_rescue_away() {
    let mut harness = on_a_phone();
    harness.step(Input::DeeplinkTapped);
    harness.wait(2_500);
    harness.step(Input::Hidden);
    assert_eq!(harness.screen().app_notice, AppReturnNotice::None);
}

#[test]
fn who_chooses_the_qr_code_instead_may_still_save_it() {
    let mut harness = on_a_phone();
    harness.step(Input::DeeplinkTapped);
    harness.wait(2_000);
    harness.step(Input::ChannelChosen(Channel::Qr));
    assert_eq!((harness.screen().channel, harness.screen().app_notice), (Channel::Qr, AppReturnNotice::NotOpened));
}

#[test]
fn who_chooses_the_qr_code_before_the_app_could_open_is_not_told_that_it_did_not() {
    let mut harness = on_a_phone();
    harness.step(Input::DeeplinkTapped);
    harness.step(Input::ChannelChosen(Channel::Qr));
    harness.wait(10_000);
    assert_eq!(harness.screen().app_notice, AppReturnNotice::None);
}

#[test]
fn who_says_that_he_has_paid_is_told_that_nothing_has_come_yet_and_then_nothing_more() {
    let mut harness = on_a_phone();
    harness.step(Input::RefreshPressed);
    assert_eq!(seen(&harness), (StateName::Checking, AppReturnNotice::Returned));
    harness.reply(&Reply::Status(Pending)).expect("it asked at once");
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::Unpaid));
    let told_at = harness.now;
    while harness.now.since(told_at) < 8_000 {
        assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::Unpaid), "there is time to read it");
        harness.wait(250);
        harness.reply(&Reply::Status(Pending));
    }
    harness.wait(4_000);
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::None));
}

#[test]
fn a_fresh_page_that_the_app_returns_to_says_that_nothing_has_come_yet() {
    let mut harness = Harness::with(PaymentOptions { channel: Channel::Deeplink, ..options() });
    harness.step(Input::ReturnedFromApp);
    harness.reply(&Reply::Charge(Pending)).expect("it takes the charge up");
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::Unpaid));
    assert!(harness.screen().deeplink.is_some(), "and it can still be paid");
    harness.wait(11_000);
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::None));
}

#[test]
fn a_look_at_another_window_says_nothing_about_paying() {
    let mut harness = on_a_phone();
    harness.step(Input::Hidden);
    harness.step(Input::Resumed);
    harness.reply(&Reply::Status(Pending)).expect("it asked at once");
    assert_eq!(seen(&harness), (StateName::Pending, AppReturnNotice::None));
}

#[test]
fn a_payment_that_is_paid_meanwhile_ends_every_detour() {
    let mut harness = on_a_phone();
    harness.step(Input::DeeplinkTapped);
    harness.wait(2_000);
    harness.reply(&Reply::Pushed(Settlement)).expect("a stream stands");
    assert_eq!(seen(&harness), (StateName::Settlement, AppReturnNotice::None));
    assert_eq!(harness.payment.wakeup(harness.now), None, "nothing wakes any more");
}
