//! Whole journeys through the state machine in virtual time, without browser, network or waiting.
#![cfg(not(target_arch = "wasm32"))]

mod harness;

use gopay_checkout::payment::{
    AppReturnNotice, Channel, Effect, HostEvent, Input, PaymentOptions, Problem, ProblemCode, RequestError, StateName,
    read_answer,
};
use gopay_contract::ActionName;
use gopay_contract::TransactionStatus::*;
use harness::{Harness, Reply, options};

fn pending() -> Harness {
    pending_with(options())
}

fn pending_with(options: PaymentOptions) -> Harness {
    let mut harness = Harness::with(options);
    harness.step(Input::Started);
    harness.reply(&Reply::Charge(Pending)).expect("a charge is in flight");
    harness
}

fn without_push() -> PaymentOptions {
    PaymentOptions { can_push: false, ..options() }
}

fn polls(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::PollStatus { .. })).count()
}

fn problems(effects: &[Effect]) -> Vec<ProblemCode> {
    effects
        .iter()
        .filter_map(
            |effect| if let Effect::Emit(HostEvent::Problem(problem)) = effect { Some(problem.code) } else { None },
        )
        .collect()
}

#[test]
fn a_payment_by_qr_code_goes_from_charge_to_settlement() {
    let mut harness = Harness::new();
    assert_eq!(harness.screen().state, StateName::Ready);
    harness.step(Input::Started);
    assert_eq!(harness.screen().state, StateName::Charging);
    let effects = harness.reply(&Reply::Charge(Pending)).unwrap();
    assert!(
        matches!(effects[0], Effect::Emit(HostEvent::Charge { resumed: false, channel: Channel::Qr, .. })),
        "{effects:?}"
    );
    let screen = harness.screen();
    assert_eq!(screen.state, StateName::Pending);
    assert!(screen.qr.is_some() && screen.can_switch);
    let effects = harness.reply(&Reply::Pushed(Settlement)).unwrap();
    assert!(effects.iter().any(|e| matches!(e, Effect::Emit(HostEvent::Ended { transaction_status: Settlement, .. }))));
    assert!(effects.contains(&Effect::CloseStream));
    assert_eq!(harness.screen().state, StateName::Settlement);
    assert_eq!(harness.screen().gross_amount.map(|a| a.rupiah()), Some(44_000));
}

#[test]
fn a_second_tap_sends_no_second_charge() {
    let mut harness = Harness::new();
    harness.step(Input::PayPressed);
    for _ in 0..5 {
        harness.step(Input::PayPressed);
        harness.step(Input::RetryPressed);
    }
    assert_eq!(harness.charges_sent, 1);
}

#[test]
fn a_countdown_at_zero_asks_and_does_not_declare_expire() {
    let mut harness = pending();
    let effects = harness.wait(15 * 60 * 1000 + 50);
    assert!(polls(&effects) >= 1);
    assert_eq!(harness.screen().state, StateName::Checking);
    assert_eq!(harness.payment.transaction_status(), Some(&Pending));
    assert!(harness.screen().qr.is_none(), "nothing to scan any more");
    harness.reply(&Reply::Pushed(Settlement)).unwrap();
    assert_eq!(harness.screen().state, StateName::Settlement, "a payment of the last second settles");
}

#[test]
fn the_countdown_follows_the_servers_clock_and_not_the_pages() {
    let mut harness = pending();
    assert_eq!(harness.payment.seconds_left(harness.now), Some(900));
    harness.wait(60_000);
    assert_eq!(harness.payment.seconds_left(harness.now), Some(840));
    // The page's clock stood still while the device slept; the next answer tells what time it is.
    harness.server_ahead = 300_000;
    harness.step(Input::Resumed);
    harness.reply(&Reply::Status(Pending)).unwrap();
    assert_eq!(harness.payment.seconds_left(harness.now), Some(540));
}

#[test]
fn a_pending_that_overtakes_settlement_changes_nothing() {
    let mut harness = pending();
    harness.reply(&Reply::Pushed(Settlement)).unwrap();
    harness.step(Input::RefreshPressed);
    let effects = harness.reply(&Reply::Status(Pending)).unwrap();
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Emit(_))), "{effects:?}");
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn a_final_payment_needs_no_waking() {
    for status in [Settlement, Deny, Refund] {
        let mut harness = pending();
        harness.reply(&Reply::Pushed(status)).unwrap();
        assert_eq!(harness.payment.wakeup(harness.now), None);
    }
}

#[test]
fn an_idle_payment_never_asks_to_be_woken() {
    let harness = Harness::new();
    assert_eq!(harness.payment.wakeup(harness.now), None);
}

#[test]
fn an_expired_payment_asks_a_few_more_times_for_the_late_truth_and_then_rests() {
    let mut harness = pending();
    harness.reply(&Reply::Pushed(Expire)).unwrap();
    let mut asked = 0;
    for _ in 0..10 {
        asked += polls(&harness.wait(10 * 60 * 1000));
        harness.reply(&Reply::Status(Expire));
    }
    assert_eq!(asked, 4);
    assert_eq!(harness.payment.wakeup(harness.now), None);
    harness.step(Input::Resumed);
    harness.reply(&Reply::Status(Settlement)).expect("coming back polls");
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn without_push_a_settlement_is_asked_for_within_three_seconds() {
    let mut harness = pending_with(without_push());
    for _ in 0..40 {
        let before = harness.now;
        while harness.poll.is_none() {
            harness.wait(50);
        }
        assert!(harness.now.since(before) <= 3_000, "{}", harness.now.since(before));
        harness.reply(&Reply::Status(Pending)).unwrap();
    }
}

#[test]
fn while_pushes_arrive_asking_is_rare() {
    let mut harness = pending();
    let stream = harness.stream.unwrap();
    harness.step(Input::StreamOpened(stream));
    let mut asked = 0;
    for _ in 0..10 {
        asked += polls(&harness.wait(12_000));
        harness.step(Input::StreamHeartbeat(stream));
        harness.reply(&Reply::Status(Pending));
    }
    assert!((1..=5).contains(&asked), "{asked} polls in two minutes");
}

#[test]
fn a_stream_that_falls_silent_is_closed_and_asked_for_instead() {
    let mut harness = pending();
    let stream = harness.stream.unwrap();
    harness.step(Input::StreamOpened(stream));
    let mut effects = Vec::new();
    while harness.stream == Some(stream) {
        effects.extend(harness.wait(1_000));
        harness.reply(&Reply::Status(Pending));
    }
    assert!(effects.contains(&Effect::CloseStream));
    assert!(polls(&effects) >= 1);
    effects.clear();
    for _ in 0..30 {
        effects.extend(harness.wait(1_000));
        harness.reply(&Reply::Status(Pending));
    }
    assert!(effects.iter().any(|effect| matches!(effect, Effect::OpenStream { .. })), "it is opened again");
    assert!(polls(&effects) >= 5, "polling took over: {}", polls(&effects));
}

#[test]
fn a_stream_that_stands_and_breaks_again_and_again_is_not_opened_without_end() {
    // It does not open; it opens and breaks; it breaks after its first status; after its first sign of life.
    for lives in [&[][..], &[0], &[0, 0], &[0, 15_000]] {
        let mut harness = pending();
        let began = harness.now;
        let mut opened = 0;
        while harness.now.since(began) < 10 * 60_000 {
            if let Some(stream) = harness.stream {
                opened += 1;
                for (at, wait) in lives.iter().enumerate() {
                    harness.wait(*wait);
                    match at {
                        0 => drop(harness.step(Input::StreamOpened(stream))),
                        _ => drop(harness.reply(&Reply::Pushed(Pending))),
                    }
                }
                harness.stream = None;
                harness.step(Input::StreamLost(stream));
            }
            harness.wait(1_000);
            harness.reply(&Reply::Status(Pending));
        }
        assert!((10..=25).contains(&opened), "{opened} streams in ten minutes, {lives:?}");
    }
}

#[test]
fn a_stream_that_worked_for_a_while_is_opened_again_soon() {
    let mut harness = pending();
    for _ in 0..6 {
        let stream = harness.stream.expect("it is opened again");
        harness.step(Input::StreamOpened(stream));
        for _ in 0..3 {
            harness.wait(15_000);
            harness.step(Input::StreamHeartbeat(stream));
            harness.reply(&Reply::Status(Pending));
        }
        harness.stream = None;
        harness.step(Input::StreamLost(stream));
        harness.reply(&Reply::Status(Pending));
        harness.wait(3_000);
        harness.reply(&Reply::Status(Pending));
    }
}

#[test]
fn a_stream_that_is_refused_is_not_knocked_at_until_the_payer_comes_back() {
    let mut harness = pending();
    let stream = harness.stream.take().unwrap();
    let effects = harness.step(Input::StreamRefused(stream));
    assert_eq!(polls(&effects), 1);
    let mut effects = Vec::new();
    for _ in 0..60 {
        harness.reply(&Reply::Status(Pending));
        effects.extend(harness.wait(2_000));
    }
    assert!(polls(&effects) > 20, "polling goes on: {}", polls(&effects));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::OpenStream { .. })));
    harness.reply(&Reply::Status(Pending));
    harness.step(Input::Resumed);
    harness.reply(&Reply::Status(Pending)).unwrap();
    assert!(harness.stream.is_some(), "tried once more");
}

#[test]
fn a_hidden_page_keeps_no_stream_and_opens_it_again_when_it_is_looked_at() {
    let mut harness = pending();
    let stream = harness.stream.expect("it is opened");
    harness.step(Input::StreamOpened(stream));
    assert!(harness.step(Input::Hidden).contains(&Effect::CloseStream));
    let effects = harness.wait(10 * 60_000);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::OpenStream { .. })), "{effects:?}");
    harness.step(Input::Resumed);
    assert!(harness.stream.is_some(), "at once");

    let mut harness = Harness::new();
    harness.step(Input::Started);
    harness.step(Input::Hidden);
    harness.reply(&Reply::Charge(Pending)).expect("a charge is in flight");
    assert_eq!(harness.stream, None, "opened in a tab behind");
    harness.step(Input::Resumed);
    assert!(harness.stream.is_some());
}

#[test]
fn coming_back_asks_at_once_and_never_twice_at_a_time() {
    let mut harness = pending();
    assert_eq!(polls(&harness.step(Input::Resumed)), 1);
    assert_eq!(polls(&harness.step(Input::Resumed)), 0, "an answer is already on its way");
}

#[test]
fn coming_back_asks_again_and_again_at_first_because_the_notification_may_be_on_its_way() {
    let mut harness = pending();
    harness.step(Input::Hidden);
    harness.step(Input::Resumed);
    let back = harness.now;
    let mut asked = Vec::new();
    while asked.len() < 4 {
        harness.reply(&Reply::Status(Pending));
        asked.push(harness.now.since(back));
        while harness.poll.is_none() {
            harness.wait(10);
        }
    }
    assert!(asked[1] <= 350 && asked[2] <= 1_000 && asked[3] <= 2_400, "{asked:?}");
}

#[test]
fn a_return_from_the_app_shows_checking_until_the_server_has_spoken() {
    let mut harness = pending();
    harness.step(Input::DeeplinkTapped);
    harness.step(Input::Hidden);
    harness.step(Input::Resumed);
    assert_eq!(harness.screen().state, StateName::Checking);
    harness.reply(&Reply::Status(Pending)).unwrap();
    assert_eq!(harness.screen().state, StateName::Pending, "not yet paid: the button is there again");
    harness.step(Input::ReturnedFromApp);
    harness.reply(&Reply::Status(Settlement)).unwrap();
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn a_return_to_a_fresh_page_takes_up_the_same_charge() {
    let mut harness = Harness::new();
    harness.server_ahead = 120_000;
    harness.charges_made = 1;
    harness.step(Input::ReturnedFromApp);
    let effects = harness.reply(&Reply::Charge(Pending)).expect("it charges");
    assert!(matches!(effects[0], Effect::Emit(HostEvent::Charge { resumed: true, .. })), "{effects:?}");
    assert_eq!(harness.payment.seconds_left(harness.now), Some(780), "the countdown goes on, it does not start again");
}

#[test]
fn settlement_with_a_fraud_challenge_is_not_yet_paid() {
    let mut harness = pending();
    harness.step(Input::RefreshPressed);
    harness.reply(&Reply::StatusChallenged).unwrap();
    assert_eq!(harness.screen().state, StateName::Checking);
    harness.reply(&Reply::Pushed(Settlement)).unwrap();
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn an_unknown_status_is_said_and_asked_again_and_never_counts() {
    let mut harness = pending_with(without_push());
    harness.step(Input::RefreshPressed);
    let effects = harness.reply(&Reply::Status(Unknown("sukses".to_owned()))).unwrap();
    assert_eq!(problems(&effects), [ProblemCode::BadAnswer]);
    assert_ne!(harness.screen().state, StateName::Settlement);
    assert!(polls(&harness.wait(5_000)) >= 1);
    harness.reply(&Reply::Status(Settlement)).unwrap();
    assert_eq!((harness.screen().state, harness.screen().problem), (StateName::Settlement, None));
}

#[test]
fn a_status_of_another_amount_takes_the_qr_code_away() {
    let mut harness = pending();
    harness.step(Input::RefreshPressed);
    let effects = harness.reply(&Reply::StatusOtherAmount(Settlement)).unwrap();
    assert_eq!(problems(&effects), [ProblemCode::AmountMismatch]);
    let screen = harness.screen();
    assert_eq!((screen.state, screen.qr, screen.deeplink), (StateName::Problem, None, None));
}

#[test]
fn a_status_of_a_newer_transaction_is_put_before_charge_url() {
    let mut harness = pending();
    harness.step(Input::RefreshPressed);
    harness.reply(&Reply::StatusOfAnother(Settlement)).unwrap();
    assert_eq!(harness.screen().state, StateName::Charging);
    assert_eq!(harness.charges_sent, 2);
    assert_eq!(harness.retry_of, None, "it asks what is, it does not start anew");
    harness.charges_made = 2;
    harness.reply(&Reply::Charge(Settlement)).unwrap();
    assert_eq!(harness.screen().state, StateName::Settlement, "the charge's own answer is believed");
}

#[test]
fn a_status_that_contradicts_the_charge_for_good_is_not_followed_round_in_circles() {
    let mut harness = pending_with(without_push());
    for _ in 0..20 {
        harness.wait(40_000);
        harness.reply(&Reply::StatusOfAnother(Settlement));
        harness.reply(&Reply::Charge(Pending));
    }
    assert!(harness.charges_sent <= 3, "{}", harness.charges_sent);
    assert_eq!(harness.payment.transaction_status(), Some(&Pending));
}

#[test]
fn a_merchant_that_cannot_be_reached_is_tried_again_with_the_same_attempt() {
    let mut harness = Harness::new();
    harness.step(Input::Started);
    let effects = harness.reply(&Reply::ChargeUnreachable).unwrap();
    assert_eq!(problems(&effects), [ProblemCode::MerchantUnreachable]);
    assert!(harness.screen().can_retry && harness.screen().problem.is_some());
    for _ in 0..3 {
        harness.wait(40_000);
        let effects = harness.reply(&Reply::ChargeUnreachable).expect("it tried again by itself");
        assert_eq!(problems(&effects), [], "said once");
    }
    harness.step(Input::RetryPressed);
    harness.reply(&Reply::Charge(Pending)).expect("at once, on the button");
    assert!(harness.attempts.iter().all(|attempt| *attempt == 1), "{:?}", harness.attempts);
    assert_eq!(harness.screen().state, StateName::Pending);
}

#[test]
fn a_charge_that_is_never_answered_is_abandoned_and_tried_again() {
    let mut harness = Harness::new();
    harness.step(Input::Started);
    let first = harness.charge.unwrap();
    let effects = harness.wait(60_000);
    assert!(effects.contains(&Effect::AbortRequest(first)));
    assert_eq!(harness.charges_sent, 2);
    assert_eq!(harness.attempts, [1, 1]);
}

#[test]
fn a_charge_that_takes_long_says_so_and_can_be_sent_anew_with_the_same_key() {
    let mut harness = Harness::new();
    harness.step(Input::Started);
    harness.step(Input::RetryPressed);
    assert_eq!(harness.charges_sent, 1, "nothing was said yet: a press changes nothing");
    let effects = harness.wait(11_000);
    assert_eq!(problems(&effects), [ProblemCode::MerchantUnreachable]);
    assert!(harness.screen().can_retry);
    let first = harness.charge.unwrap();
    let effects = harness.step(Input::RetryPressed);
    assert!(effects.contains(&Effect::AbortRequest(first)));
    for _ in 0..10 {
        harness.step(Input::RetryPressed);
    }
    assert_eq!((harness.charges_sent, harness.attempts.as_slice()), (2, &[1, 1][..]), "no storm of them");
    harness.reply(&Reply::Charge(Pending)).expect("one is out");
    assert_eq!((harness.screen().state, harness.screen().problem), (StateName::Pending, None));
}

#[test]
fn one_failed_status_does_not_end_the_asking() {
    let mut harness = pending_with(without_push());
    harness.wait(3_000);
    let effects = harness.reply(&Reply::StatusUnreachable).unwrap();
    assert_eq!(problems(&effects), [ProblemCode::MerchantUnreachable]);
    assert!(harness.screen().qr.is_some(), "the payer can still pay");
    harness.wait(5_000);
    harness.reply(&Reply::Status(Settlement)).expect("it asked again");
    assert_eq!(harness.screen().state, StateName::Settlement);
}

fn until_it_asks(harness: &mut Harness) {
    while harness.poll.is_none() {
        assert!(harness.payment.wakeup(harness.now).is_some(), "it asks no more");
        harness.wait(100);
    }
}

#[test]
fn a_shut_door_is_not_knocked_at_for_ever() {
    // The merchant's own refusal counts more than that of whatever stands before it.
    for (body, refusals) in [(r#"{"status_code":"401"}"#, 2), (r#"{"title":"Not Found"}"#, 2), ("", 6), ("<html>", 6)] {
        for http_status in [401, 403, 404, 419] {
            let mut harness = pending_with(without_push());
            for _ in 0..refusals {
                assert_eq!(harness.screen().state, StateName::Pending, "{http_status} {body}");
                until_it_asks(&mut harness);
                harness.reply(&Reply::StatusBody(http_status, body));
            }
            let screen = harness.screen();
            assert_eq!(screen.problem.map(|problem| problem.code), Some(ProblemCode::MerchantRefused));
            assert_eq!((screen.state, screen.can_retry), (StateName::Problem, false));
            assert_eq!(harness.payment.wakeup(harness.now), None);
        }
    }
}

#[test]
fn one_odd_refusal_after_good_answers_does_not_end_the_asking() {
    for http_status in [401, 403, 404, 419, 429, 503] {
        for body in ["<html>", r#"{"status_code":"403"}"#] {
            let mut harness = pending_with(without_push());
            harness.step(Input::QrLoaded);
            for _ in 0..20 {
                until_it_asks(&mut harness);
                harness.reply(&Reply::StatusBody(http_status, body));
                assert!(harness.screen().qr.is_some(), "it can still be paid");
                until_it_asks(&mut harness);
                harness.reply(&Reply::Status(Pending));
                assert_eq!(harness.screen().problem, None);
            }
            harness.step(Input::RefreshPressed);
            harness.reply(&Reply::Status(Settlement)).unwrap();
            assert_eq!(harness.screen().state, StateName::Settlement);
        }
    }
}

#[test]
fn a_firewall_that_shuts_the_polls_out_does_not_end_what_a_live_stream_tells() {
    let mut harness = pending();
    let stream = harness.stream.unwrap();
    harness.step(Input::StreamOpened(stream));
    for _ in 0..40 {
        harness.wait(15_000);
        harness.step(Input::StreamHeartbeat(stream));
        harness.reply(&Reply::StatusBody(403, "<html>"));
        assert_eq!(harness.stream, Some(stream));
    }
    harness.reply(&Reply::Pushed(Settlement)).unwrap();
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn a_body_that_knows_no_such_transaction_is_asked_again() {
    let mut harness = pending_with(without_push());
    harness.wait(3_000);
    let unknown = read_answer(200, r#"{"status_code":"404","status_message":"Transaction doesn't exist."}"#);
    let request = harness.poll.take().unwrap();
    let effects = harness.step(Input::StatusAnswered(request, Err(unknown.expect_err("404"))));
    assert_eq!(problems(&effects), [ProblemCode::BadAnswer]);
    assert!(polls(&harness.wait(5_000)) >= 1);
}

#[test]
fn starting_over_names_the_ended_transaction() {
    for status in [Expire, Cancel, Deny] {
        let mut harness = pending();
        harness.reply(&Reply::Pushed(status)).unwrap();
        assert!(harness.screen().can_retry);
        harness.step(Input::RetryPressed);
        assert_eq!(harness.retry_of.as_ref().map(|id| id.as_str()), Some("transaction-1"));
        assert_eq!(harness.attempts, [1, 2], "a new attempt, a new Idempotency-Key");
        harness.reply(&Reply::Charge(Pending)).unwrap();
        assert_eq!(harness.payment.transaction_id().map(|id| id.as_str()), Some("transaction-2"));
    }
}

#[test]
fn starting_over_that_fails_still_names_the_ended_transaction_when_tried_again() {
    let mut harness = pending();
    harness.reply(&Reply::Pushed(Expire)).unwrap();
    harness.step(Input::RetryPressed);
    harness.reply(&Reply::ChargeBody(200, "<html>")).unwrap();
    assert_eq!(harness.screen().state, StateName::Problem);
    harness.step(Input::RetryPressed);
    assert_eq!(harness.retry_of.as_ref().map(|id| id.as_str()), Some("transaction-1"));
}

#[test]
fn nothing_that_is_said_afterwards_takes_a_paid_screen_away() {
    let mut harness = pending();
    harness.reply(&Reply::Pushed(Settlement)).unwrap();
    for reply in [
        Reply::StatusOtherAmount(Settlement),
        Reply::StatusOfAnother(Expire),
        Reply::StatusBody(403, ""),
        Reply::StatusUnreachable,
        Reply::Status(Unknown("?".to_owned())),
    ] {
        harness.step(Input::RefreshPressed);
        let effects = harness.reply(&reply).unwrap();
        assert_eq!((harness.screen().state, problems(&effects)), (StateName::Settlement, vec![]), "{reply:?}");
    }
}

#[test]
fn a_settled_payment_cannot_be_started_over() {
    let mut harness = pending();
    harness.reply(&Reply::Pushed(Settlement)).unwrap();
    assert!(!harness.screen().can_retry);
    harness.step(Input::RetryPressed);
    assert_eq!(harness.charges_sent, 1);
}

#[test]
fn a_cancel_that_came_too_late_is_asked_about_and_the_truth_is_shown() {
    let mut harness = pending();
    harness.step(Input::CancelPressed);
    harness.reply(&Reply::CancelRefused).expect("the cancel is out");
    harness.reply(&Reply::Status(Settlement)).expect("it asked");
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn a_cancel_that_fails_is_told_and_the_truth_is_asked_for() {
    for (http_status, body, code) in [
        (500, "<html>", ProblemCode::MerchantUnreachable),
        (401, "<html>", ProblemCode::MerchantRefused),
        (200, "", ProblemCode::BadAnswer),
        (200, r#"{"status_code":"402"}"#, ProblemCode::BadAnswer),
    ] {
        let mut harness = pending_with(without_push());
        harness.step(Input::CancelPressed);
        let request = harness.cancel.take().unwrap();
        let failed = read_answer(http_status, body).expect_err(body);
        let effects = harness.step(Input::CancelAnswered(request, Err(failed)));
        assert_eq!((problems(&effects), polls(&effects)), (vec![code], 1), "{http_status} {body}");
        let screen = harness.screen();
        assert!(screen.can_cancel && screen.qr.is_some() && screen.problem.is_some(), "it goes on: {screen:?}");
        harness.reply(&Reply::Status(Cancel)).expect("it asked");
        assert_eq!(harness.screen().state, StateName::Cancel);
    }
}

#[test]
fn a_cancel_that_is_never_answered_is_abandoned_told_and_asked_about() {
    let mut harness = pending();
    harness.step(Input::CancelPressed);
    let request = harness.cancel.unwrap();
    let effects = harness.wait(31_000);
    assert!(effects.contains(&Effect::AbortRequest(request)));
    assert!(problems(&effects).contains(&ProblemCode::MerchantUnreachable) && polls(&effects) >= 1, "{effects:?}");
    harness.reply(&Reply::Status(Cancel)).expect("it asked");
    assert_eq!(harness.screen().state, StateName::Cancel);
}

#[test]
fn a_server_key_in_a_push_or_in_the_answer_to_a_cancel_stops_everything() {
    let leak = || read_answer(200, r#"{"transaction_status":"pending","k":"Mid-server-x"}"#).expect_err("a leak");
    let mut harness = pending();
    let stream = harness.stream.unwrap();
    harness.step(Input::StreamOpened(stream));
    let effects = harness.step(Input::PushUnreadable(stream, leak()));
    assert_eq!(problems(&effects), [ProblemCode::ServerKey]);
    harness.step(Input::StreamLost(stream));
    assert_eq!((harness.screen().state, harness.payment.wakeup(harness.now)), (StateName::Problem, None));

    let mut harness = pending();
    harness.step(Input::CancelPressed);
    let request = harness.cancel.take().unwrap();
    let effects = harness.step(Input::CancelAnswered(request, Err(leak())));
    assert_eq!(problems(&effects), [ProblemCode::ServerKey]);
    assert_eq!((harness.screen().state, harness.payment.wakeup(harness.now)), (StateName::Problem, None));
}

#[test]
fn a_server_key_in_an_answer_stops_everything() {
    let mut harness = pending_with(without_push());
    harness.wait(3_000);
    let leak = read_answer(200, r#"{"transaction_status":"settlement","k":"Mid-server-x"}"#).expect_err("a leak");
    let request = harness.poll.take().unwrap();
    harness.step(Input::StatusAnswered(request, Err(leak)));
    assert_eq!(harness.screen().problem.map(|p| p.code), Some(ProblemCode::ServerKey));
    assert_eq!(harness.payment.transaction_status(), None);
}

#[test]
fn a_server_key_that_is_found_after_the_end_is_told_and_nothing_more_is_asked() {
    const LEAK: Reply = Reply::StatusBody(200, r#"{"transaction_status":"expire","k":"Mid-server-x"}"#);
    for status in [Expire, Cancel, Deny] {
        let mut harness = pending();
        harness.reply(&Reply::Pushed(status)).unwrap();
        harness.step(Input::RefreshPressed);
        assert_eq!(problems(&harness.reply(&LEAK).unwrap()), [ProblemCode::ServerKey]);
        assert_eq!((harness.screen().state, harness.payment.wakeup(harness.now)), (StateName::Problem, None));
    }
    let mut harness = pending();
    harness.reply(&Reply::Pushed(Settlement)).unwrap();
    harness.step(Input::RefreshPressed);
    assert_eq!(problems(&harness.reply(&LEAK).unwrap()), [ProblemCode::ServerKey]);
    assert_eq!(harness.screen().state, StateName::Settlement, "what is paid stays");
    assert_eq!(harness.payment.wakeup(harness.now), None);
}

#[test]
fn a_qr_picture_that_does_not_load_is_tried_again_and_then_gives_way_to_the_deeplink() {
    let mut harness = pending();
    harness.step(Input::QrFailed);
    harness.wait(3_000);
    assert_eq!(harness.screen().qr.map(|(_, tries)| tries), Some(1), "loaded anew");
    let effects = harness.step(Input::QrFailed);
    assert_eq!(problems(&effects), [ProblemCode::QrImage]);
    let screen = harness.screen();
    assert_eq!((screen.state, screen.channel, screen.qr), (StateName::Pending, Channel::Deeplink, None));
    assert!(screen.deeplink.is_some());
}

#[test]
fn a_qr_picture_that_neither_comes_nor_fails_is_not_waited_for_without_end() {
    let mut harness = pending();
    harness.wait(19_000);
    harness.reply(&Reply::Status(Pending));
    assert_eq!(harness.screen().qr.map(|(_, tries)| tries), Some(0));
    harness.wait(4_000);
    assert_eq!(harness.screen().qr.map(|(_, tries)| tries), Some(1), "loaded anew");
    harness.step(Input::QrLoaded);
    harness.wait(60_000);
    assert!(harness.screen().qr.is_some(), "what is there stays");
}

#[test]
fn offline_is_said_and_going_on_needs_nobody() {
    let mut harness = pending_with(without_push());
    let effects = harness.step(Input::WentOffline);
    assert_eq!(problems(&effects), [ProblemCode::Offline]);
    assert!(harness.screen().qr.is_some());
    harness.wait(3_000);
    harness.reply(&Reply::StatusUnreachable);
    harness.step(Input::Resumed);
    harness.reply(&Reply::Status(Settlement)).expect("asked at once when the network was back");
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn who_follows_another_tab_neither_asks_nor_watches_until_there_is_news() {
    let mut harness = pending();
    let effects = harness.step(Input::LostLeadership);
    assert!(effects.contains(&Effect::CloseStream));
    assert_eq!(polls(&harness.wait(50_000)), 0);
    assert_eq!(polls(&harness.step(Input::PeerChanged)), 1, "news is a reason to ask, and nothing more");
    assert_eq!(harness.screen().state, StateName::Pending);
    harness.reply(&Reply::Status(Settlement)).unwrap();
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn who_follows_a_tab_that_died_without_a_word_notices_within_about_a_minute() {
    let mut harness = pending();
    harness.step(Input::LostLeadership);
    assert!(polls(&harness.wait(67_000)) >= 1);
    harness.reply(&Reply::Status(Pending)).unwrap();
    let effects = harness.step(Input::BecameLeader);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::OpenStream { .. })));
    assert!(polls(&harness.wait(3_000)) >= 1);
}

#[test]
fn who_leads_lets_the_others_know_that_something_is_new() {
    let mut harness = pending();
    assert!(harness.reply(&Reply::Pushed(Settlement)).unwrap().contains(&Effect::NotifyPeers));
}

#[test]
fn retry_after_is_honoured() {
    let mut harness = pending_with(without_push());
    harness.wait(3_000);
    let request = harness.poll.take().unwrap();
    let problem = Problem::new(ProblemCode::MerchantUnreachable, "429");
    harness.step(Input::StatusAnswered(request, Err(RequestError { retry_after_ms: Some(20_000), ..problem.into() })));
    assert_eq!(polls(&harness.wait(20_000 - 1)), 0);
    assert_eq!(polls(&harness.wait(4_500)), 1);
}

#[test]
fn whatever_is_told_of_an_end_is_told_once_for_each_transaction() {
    let mut harness = Harness::new();
    harness.step(Input::Started);
    harness.reply(&Reply::Charge(Pending)).unwrap();
    let mut ends = Vec::new();
    for reply in [Reply::Pushed(Expire), Reply::Pushed(Expire), Reply::Status(Settlement), Reply::Status(Settlement)] {
        if let Reply::Status(_) = reply {
            harness.step(Input::RefreshPressed);
        }
        for effect in harness.reply(&reply).unwrap_or_default() {
            if let Effect::Emit(HostEvent::Ended { transaction_status, .. }) = effect {
                ends.push(transaction_status);
            }
        }
    }
    assert_eq!(ends, [Expire, Settlement]);
    assert_eq!(harness.screen().state, StateName::Settlement);
}

#[test]
fn every_final_status_has_its_own_screen_and_no_way_to_pay_on_it() {
    let finals: [(gopay_contract::TransactionStatus, StateName); 8] = [
        (Settlement, StateName::Settlement),
        (Capture, StateName::Settlement),
        (Expire, StateName::Expire),
        (Cancel, StateName::Cancel),
        (Deny, StateName::Deny),
        (Failure, StateName::Deny),
        (Refund, StateName::Refund),
        (PartialRefund, StateName::Refund),
    ];
    for (status, state) in finals {
        let mut harness = Harness::new();
        harness.step(Input::Started);
        harness.reply(&Reply::Charge(Pending)).unwrap();
        assert!(harness.screen().qr.is_some());
        harness.reply(&Reply::Pushed(status)).unwrap();
        let screen = harness.screen();
        assert_eq!((screen.state, screen.qr, screen.deeplink), (state, None, None));
    }
}

#[test]
fn the_page_is_told_the_way_to_pay_that_is_shown_and_not_the_one_that_was_chosen() {
    for (chosen, left) in [(Channel::Qr, Channel::Deeplink), (Channel::Deeplink, Channel::Qr)] {
        let mut harness = Harness::with(PaymentOptions { channel: chosen, ..options() });
        harness.step(Input::Started);
        harness.charges_made = 1;
        let mut answer = harness.charge_answer(&Pending);
        answer.actions.retain(|action| (action.name == ActionName::DeeplinkRedirect) == (left == Channel::Deeplink));
        let answer = harness.response(answer);
        let request = harness.charge.take().expect("a charge is in flight");
        let effects = harness.step(Input::ChargeAnswered(request, Ok(answer)));
        let told = effects.iter().find_map(|effect| {
            if let Effect::Emit(HostEvent::Charge { channel, .. }) = effect { Some(*channel) } else { None }
        });
        assert_eq!((told, harness.screen().channel), (Some(left), left));
    }
}

#[test]
fn a_payer_by_link_is_never_told_of_a_qr_picture_that_is_not_shown() {
    let mut harness = pending_with(PaymentOptions { channel: Channel::Deeplink, ..without_push() });
    let mut effects = Vec::new();
    for _ in 0..60 {
        effects.extend(harness.wait(2_000));
        harness.reply(&Reply::Status(Pending));
    }
    assert_eq!(problems(&effects), []);
    assert!(harness.screen().can_switch, "the QR code is still offered");
}

#[test]
fn a_qr_picture_that_is_not_on_the_screen_has_no_time_limit() {
    let mut harness = pending();
    harness.step(Input::CancelPressed);
    assert_eq!(harness.screen().state, StateName::Checking, "no picture to wait for");
    let effects = harness.wait(29_000);
    assert!(!problems(&effects).contains(&ProblemCode::QrImage), "{effects:?}");
    harness.reply(&Reply::CancelRefused).expect("the cancel is out");
    assert_eq!(harness.screen().qr.map(|(_, reloads)| reloads), Some(0));
    harness.wait(25_000);
    assert_eq!(harness.screen().qr.map(|(_, reloads)| reloads), Some(1), "shown again, it has its time limit");
}

#[test]
fn a_qr_picture_that_comes_late_is_not_loaded_again() {
    let mut harness = pending();
    harness.step(Input::QrFailed);
    harness.step(Input::QrLoaded);
    harness.wait(60_000);
    assert_eq!(harness.screen().qr.map(|(_, reloads)| reloads), Some(0));
}

#[test]
fn an_element_that_waits_for_the_press_charges_on_the_press_alone_also_on_a_return_from_the_app() {
    let on_press = || Harness::with(PaymentOptions { auto_start: false, ..options() });
    let mut harness = on_press();
    assert_eq!(harness.step(Input::Started), [Effect::JoinElection]);
    assert_eq!(harness.screen().state, StateName::Ready);
    harness.step(Input::PayPressed);
    assert_eq!(harness.screen().state, StateName::Charging);

    let mut harness = on_press();
    harness.step(Input::ReturnedFromApp);
    harness.step(Input::Hidden);
    harness.step(Input::Resumed);
    harness.wait(60_000);
    let screen = harness.screen();
    assert_eq!((harness.charges_sent, screen.state), (0, StateName::Ready), "anybody can write such an address");
    assert_eq!(screen.app_notice, AppReturnNotice::Returned, "who has paid is told how to see it");
    harness.step(Input::PayPressed);
    assert_eq!(harness.screen().state, StateName::Charging);
}

#[test]
fn who_is_looked_at_again_joins_the_election_after_everything_else_is_done() {
    let mut harness = pending();
    harness.step(Input::Hidden);
    let effects = harness.step(Input::Resumed);
    assert_eq!((polls(&effects), effects.last()), (1, Some(&Effect::JoinElection)));
}

#[test]
fn answers_that_a_cache_gives_again_and_again_are_asked_past_it_from_then_on() {
    let mut harness = pending_with(without_push());
    let goes_past = |effects: &[Effect]| {
        effects.iter().find_map(|effect| {
            if let Effect::PollStatus { bypass_cache, .. } = effect { Some(*bypass_cache) } else { None }
        })
    };
    let polled = |harness: &mut Harness| {
        let effects = harness.wait(2_750);
        (goes_past(&effects).expect("a poll"), harness.poll.take().expect("it is in flight"))
    };
    let (_, request) = polled(&mut harness);
    let first = harness.response(harness.status_answer(&Pending));
    harness.step(Input::StatusAnswered(request, Ok(first.clone())));
    for times in 1..=2 {
        let (bypass_cache, request) = polled(&mut harness);
        assert!(!bypass_cache, "{times}: one answer may have been slow on its way");
        harness.step(Input::StatusAnswered(request, Ok(first.clone())));
    }
    let (bypass_cache, request) = polled(&mut harness);
    assert!(bypass_cache);
    let true_one = harness.response(harness.status_answer(&Pending));
    harness.step(Input::StatusAnswered(request, Ok(true_one)));
    let (bypass_cache, request) = polled(&mut harness);
    assert!(bypass_cache, "the cache is still there");
    let settled = harness.response(harness.status_answer(&Settlement));
    harness.step(Input::StatusAnswered(request, Ok(settled)));
    assert_eq!(harness.screen().state, StateName::Settlement);
}
