//! Whole journeys through the machine, in virtual time: no browser, no network, no waiting.
#![cfg(not(target_arch = "wasm32"))]

mod counter;

use counter::{Counter, Word, plan};
use gopay_checkout::payment::{
    Channel, Effect, Input, News, Plan, Problem, ProblemCode, StateName, Trouble, read_answer,
};
use gopay_contract::TransactionStatus::*;

fn pending() -> Counter {
    pending_with(plan())
}

fn pending_with(plan: Plan) -> Counter {
    let mut counter = Counter::with(plan);
    counter.step(Input::Begun);
    counter.hear(&Word::Charge(Pending)).expect("a charge is in flight");
    counter
}

fn without_push() -> Plan {
    Plan { can_watch: false, ..plan() }
}

fn asks(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::AskStatus { .. })).count()
}

fn problems(effects: &[Effect]) -> Vec<ProblemCode> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Tell(News::Problem(problem)) = effect { Some(problem.code) } else { None })
        .collect()
}

#[test]
fn a_payment_by_qr_code_goes_from_charge_to_settlement() {
    let mut counter = Counter::new();
    assert_eq!(counter.screen().state, StateName::Ready);
    counter.step(Input::Begun);
    assert_eq!(counter.screen().state, StateName::Charging);
    let told = counter.hear(&Word::Charge(Pending)).unwrap();
    assert!(matches!(told[0], Effect::Tell(News::Charge { resumed: false, channel: Channel::Qr, .. })), "{told:?}");
    let screen = counter.screen();
    assert_eq!(screen.state, StateName::Pending);
    assert!(screen.qr.is_some() && screen.can_switch);
    let told = counter.hear(&Word::Pushed(Settlement)).unwrap();
    assert!(told.iter().any(|e| matches!(e, Effect::Tell(News::Ended { transaction_status: Settlement, .. }))));
    assert!(told.contains(&Effect::StopWatching));
    assert_eq!(counter.screen().state, StateName::Settlement);
    assert_eq!(counter.screen().gross_amount.map(|a| a.rupiah()), Some(44_000));
}

#[test]
fn a_second_tap_sends_no_second_charge() {
    let mut counter = Counter::new();
    counter.step(Input::PayPressed);
    for _ in 0..5 {
        counter.step(Input::PayPressed);
        counter.step(Input::RetryPressed);
    }
    assert_eq!(counter.charges_sent, 1);
}

#[test]
fn a_countdown_at_zero_asks_and_does_not_declare_expire() {
    let mut counter = pending();
    let effects = counter.wait(15 * 60 * 1000 + 50);
    assert!(asks(&effects) >= 1);
    assert_eq!(counter.screen().state, StateName::Checking);
    assert_eq!(counter.payment.transaction_status(), Some(&Pending));
    assert!(counter.screen().qr.is_none(), "nothing to scan any more");
    counter.hear(&Word::Pushed(Settlement)).unwrap();
    assert_eq!(counter.screen().state, StateName::Settlement, "a payment of the last second settles");
}

#[test]
fn the_countdown_follows_the_servers_clock_and_not_the_pages() {
    let mut counter = pending();
    assert_eq!(counter.payment.seconds_left(counter.now), Some(900));
    counter.wait(60_000);
    assert_eq!(counter.payment.seconds_left(counter.now), Some(840));
    // The page's clock stood still while the device slept; the next answer tells what time it is.
    counter.server_ahead = 300_000;
    counter.step(Input::CameBack);
    counter.hear(&Word::Status(Pending)).unwrap();
    assert_eq!(counter.payment.seconds_left(counter.now), Some(540));
}

#[test]
fn a_pending_that_overtakes_settlement_changes_nothing() {
    let mut counter = pending();
    counter.hear(&Word::Pushed(Settlement)).unwrap();
    counter.step(Input::RefreshPressed);
    let told = counter.hear(&Word::Status(Pending)).unwrap();
    assert!(!told.iter().any(|effect| matches!(effect, Effect::Tell(_))), "{told:?}");
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn a_final_payment_needs_no_waking() {
    for status in [Settlement, Deny, Refund] {
        let mut counter = pending();
        counter.hear(&Word::Pushed(status)).unwrap();
        assert_eq!(counter.payment.wakeup(counter.now), None);
    }
}

#[test]
fn an_idle_payment_never_asks_to_be_woken() {
    let counter = Counter::new();
    assert_eq!(counter.payment.wakeup(counter.now), None);
}

#[test]
fn an_expired_payment_asks_a_few_more_times_for_the_late_truth_and_then_rests() {
    let mut counter = pending();
    counter.hear(&Word::Pushed(Expire)).unwrap();
    let mut asked = 0;
    for _ in 0..10 {
        asked += asks(&counter.wait(10 * 60 * 1000));
        counter.hear(&Word::Status(Expire));
    }
    assert_eq!(asked, 4);
    assert_eq!(counter.payment.wakeup(counter.now), None);
    counter.step(Input::CameBack);
    counter.hear(&Word::Status(Settlement)).expect("coming back asks");
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn without_push_a_settlement_is_asked_for_within_three_seconds() {
    let mut counter = pending_with(without_push());
    for _ in 0..40 {
        let before = counter.now;
        while counter.asking.is_none() {
            counter.wait(50);
        }
        assert!(counter.now.since(before) <= 3_000, "{}", counter.now.since(before));
        counter.hear(&Word::Status(Pending)).unwrap();
    }
}

#[test]
fn while_pushes_arrive_asking_is_rare() {
    let mut counter = pending();
    let stream = counter.watching.unwrap();
    counter.step(Input::WatchOpened(stream));
    let mut asked = 0;
    for _ in 0..10 {
        asked += asks(&counter.wait(12_000));
        counter.step(Input::WatchHeartbeat(stream));
        counter.hear(&Word::Status(Pending));
    }
    assert!((1..=5).contains(&asked), "{asked} asks in two minutes");
}

#[test]
fn a_stream_that_falls_silent_is_closed_and_asked_for_instead() {
    let mut counter = pending();
    let stream = counter.watching.unwrap();
    counter.step(Input::WatchOpened(stream));
    let mut effects = Vec::new();
    while counter.watching == Some(stream) {
        effects.extend(counter.wait(1_000));
        counter.hear(&Word::Status(Pending));
    }
    assert!(effects.contains(&Effect::StopWatching));
    assert!(asks(&effects) >= 1);
    effects.clear();
    for _ in 0..30 {
        effects.extend(counter.wait(1_000));
        counter.hear(&Word::Status(Pending));
    }
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StartWatching { .. })), "it is opened again");
    assert!(asks(&effects) >= 5, "asking took over: {}", asks(&effects));
}

#[test]
fn a_stream_that_stands_and_breaks_again_and_again_is_not_opened_without_end() {
    let mut counter = pending();
    let mut opened = 0;
    for _ in 0..60 {
        if let Some(stream) = counter.watching.take() {
            opened += 1;
            counter.step(Input::WatchLost(stream));
        }
        counter.wait(1_000);
        counter.hear(&Word::Status(Pending));
    }
    assert!((3..=8).contains(&opened), "{opened} streams in a minute");
}

#[test]
fn a_stream_that_is_refused_is_not_knocked_at_until_the_payer_comes_back() {
    let mut counter = pending();
    let stream = counter.watching.take().unwrap();
    let effects = counter.step(Input::WatchRefused(stream));
    assert_eq!(asks(&effects), 1);
    let mut effects = Vec::new();
    for _ in 0..60 {
        counter.hear(&Word::Status(Pending));
        effects.extend(counter.wait(2_000));
    }
    assert!(asks(&effects) > 20, "asking goes on: {}", asks(&effects));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::StartWatching { .. })));
    counter.hear(&Word::Status(Pending));
    counter.step(Input::CameBack);
    counter.hear(&Word::Status(Pending)).unwrap();
    assert!(counter.watching.is_some(), "tried once more");
}

#[test]
fn coming_back_asks_at_once_and_never_twice_at_a_time() {
    let mut counter = pending();
    assert_eq!(asks(&counter.step(Input::CameBack)), 1);
    assert_eq!(asks(&counter.step(Input::CameBack)), 0, "an answer is already on its way");
}

#[test]
fn coming_back_asks_again_and_again_at_first_because_the_notification_may_be_on_its_way() {
    let mut counter = pending();
    counter.step(Input::Hidden);
    counter.step(Input::CameBack);
    let back = counter.now;
    let mut asked = Vec::new();
    while asked.len() < 4 {
        counter.hear(&Word::Status(Pending));
        asked.push(counter.now.since(back));
        while counter.asking.is_none() {
            counter.wait(10);
        }
    }
    assert!(asked[1] <= 350 && asked[2] <= 1_000 && asked[3] <= 2_400, "{asked:?}");
}

#[test]
fn a_return_from_the_app_shows_checking_until_the_server_has_spoken() {
    let mut counter = pending();
    counter.step(Input::DeeplinkTapped);
    counter.step(Input::Hidden);
    counter.step(Input::CameBack);
    assert_eq!(counter.screen().state, StateName::Checking);
    counter.hear(&Word::Status(Pending)).unwrap();
    assert_eq!(counter.screen().state, StateName::Pending, "not yet paid: the button is there again");
    counter.step(Input::ReturnedFromApp);
    counter.hear(&Word::Status(Settlement)).unwrap();
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn a_return_to_a_fresh_page_takes_up_the_same_charge() {
    let mut counter = Counter::new();
    counter.server_ahead = 120_000;
    counter.made = 1;
    counter.step(Input::ReturnedFromApp);
    let told = counter.hear(&Word::Charge(Pending)).expect("it asks charge-url");
    assert!(matches!(told[0], Effect::Tell(News::Charge { resumed: true, .. })), "{told:?}");
    assert_eq!(counter.payment.seconds_left(counter.now), Some(780), "the countdown goes on, it does not start again");
}

#[test]
fn settlement_with_a_fraud_challenge_is_not_yet_paid() {
    let mut counter = pending();
    counter.step(Input::RefreshPressed);
    counter.hear(&Word::StatusChallenged).unwrap();
    assert_eq!(counter.screen().state, StateName::Checking);
    counter.hear(&Word::Pushed(Settlement)).unwrap();
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn an_unknown_status_is_said_and_asked_again_and_never_counts() {
    let mut counter = pending_with(without_push());
    counter.step(Input::RefreshPressed);
    let told = counter.hear(&Word::Status(Unknown("sukses".to_owned()))).unwrap();
    assert_eq!(problems(&told), [ProblemCode::BadAnswer]);
    assert_ne!(counter.screen().state, StateName::Settlement);
    assert!(asks(&counter.wait(5_000)) >= 1);
    counter.hear(&Word::Status(Settlement)).unwrap();
    assert_eq!((counter.screen().state, counter.screen().problem), (StateName::Settlement, None));
}

#[test]
fn a_status_of_another_amount_takes_the_qr_code_away() {
    let mut counter = pending();
    counter.step(Input::RefreshPressed);
    let told = counter.hear(&Word::StatusOtherAmount(Settlement)).unwrap();
    assert_eq!(problems(&told), [ProblemCode::AmountMismatch]);
    let screen = counter.screen();
    assert_eq!((screen.state, screen.qr, screen.deeplink), (StateName::Problem, None, None));
}

#[test]
fn a_status_of_a_newer_transaction_is_put_before_charge_url() {
    let mut counter = pending();
    counter.step(Input::RefreshPressed);
    counter.hear(&Word::StatusOfAnother(Settlement)).unwrap();
    assert_eq!(counter.screen().state, StateName::Charging);
    assert_eq!(counter.charges_sent, 2);
    assert_eq!(counter.retry_of, None, "it asks what is, it does not start anew");
    counter.made = 2;
    counter.hear(&Word::Charge(Settlement)).unwrap();
    assert_eq!(counter.screen().state, StateName::Settlement, "the charge's own answer is believed");
}

#[test]
fn a_status_that_contradicts_the_charge_for_good_is_not_followed_round_in_circles() {
    let mut counter = pending_with(without_push());
    for _ in 0..20 {
        counter.wait(40_000);
        counter.hear(&Word::StatusOfAnother(Settlement));
        counter.hear(&Word::Charge(Pending));
    }
    assert!(counter.charges_sent <= 3, "{}", counter.charges_sent);
    assert_eq!(counter.payment.transaction_status(), Some(&Pending));
}

#[test]
fn a_merchant_that_cannot_be_reached_is_tried_again_with_the_same_attempt() {
    let mut counter = Counter::new();
    counter.step(Input::Begun);
    let told = counter.hear(&Word::ChargeUnreachable).unwrap();
    assert_eq!(problems(&told), [ProblemCode::MerchantUnreachable]);
    assert!(counter.screen().can_retry && counter.screen().problem.is_some());
    for _ in 0..3 {
        counter.wait(40_000);
        let told = counter.hear(&Word::ChargeUnreachable).expect("it tried again by itself");
        assert_eq!(problems(&told), [], "said once");
    }
    counter.step(Input::RetryPressed);
    counter.hear(&Word::Charge(Pending)).expect("at once, on the button");
    assert!(counter.attempts.iter().all(|attempt| *attempt == 1), "{:?}", counter.attempts);
    assert_eq!(counter.screen().state, StateName::Pending);
}

#[test]
fn a_charge_that_is_never_answered_is_abandoned_and_tried_again() {
    let mut counter = Counter::new();
    counter.step(Input::Begun);
    let first = counter.charging.unwrap();
    let effects = counter.wait(60_000);
    assert!(effects.contains(&Effect::Abandon(first)));
    assert_eq!(counter.charges_sent, 2);
    assert_eq!(counter.attempts, [1, 1]);
}

#[test]
fn a_charge_that_takes_long_says_so_and_can_be_sent_anew_with_the_same_key() {
    let mut counter = Counter::new();
    counter.step(Input::Begun);
    counter.step(Input::RetryPressed);
    assert_eq!(counter.charges_sent, 1, "nothing was said yet: a press changes nothing");
    let told = counter.wait(11_000);
    assert_eq!(problems(&told), [ProblemCode::MerchantUnreachable]);
    assert!(counter.screen().can_retry);
    let first = counter.charging.unwrap();
    let effects = counter.step(Input::RetryPressed);
    assert!(effects.contains(&Effect::Abandon(first)));
    for _ in 0..10 {
        counter.step(Input::RetryPressed);
    }
    assert_eq!((counter.charges_sent, counter.attempts.as_slice()), (2, &[1, 1][..]), "no storm of them");
    counter.hear(&Word::Charge(Pending)).expect("one is out");
    assert_eq!((counter.screen().state, counter.screen().problem), (StateName::Pending, None));
}

#[test]
fn one_failed_status_does_not_end_the_asking() {
    let mut counter = pending_with(without_push());
    counter.wait(3_000);
    let told = counter.hear(&Word::StatusUnreachable).unwrap();
    assert_eq!(problems(&told), [ProblemCode::MerchantUnreachable]);
    assert!(counter.screen().qr.is_some(), "the payer can still pay");
    counter.wait(5_000);
    counter.hear(&Word::Status(Settlement)).expect("it asked again");
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn a_shut_door_is_not_knocked_at_for_ever() {
    let mut counter = pending_with(without_push());
    counter.wait(3_000);
    let refused = read_answer(401, "").expect_err("401");
    let request = counter.asking.take().unwrap();
    counter.step(Input::StatusAnswered(request, Err(refused)));
    assert_eq!(counter.screen().state, StateName::Problem);
    assert!(!counter.screen().can_retry);
    assert_eq!(counter.payment.wakeup(counter.now), None);
}

#[test]
fn a_body_that_knows_no_such_transaction_is_asked_again() {
    let mut counter = pending_with(without_push());
    counter.wait(3_000);
    let unknown = read_answer(200, r#"{"status_code":"404","status_message":"Transaction doesn't exist."}"#);
    let request = counter.asking.take().unwrap();
    let told = counter.step(Input::StatusAnswered(request, Err(unknown.expect_err("404"))));
    assert_eq!(problems(&told), [ProblemCode::BadAnswer]);
    assert!(asks(&counter.wait(5_000)) >= 1);
}

#[test]
fn starting_over_names_the_ended_transaction() {
    for status in [Expire, Cancel, Deny] {
        let mut counter = pending();
        counter.hear(&Word::Pushed(status)).unwrap();
        assert!(counter.screen().can_retry);
        counter.step(Input::RetryPressed);
        assert_eq!(counter.retry_of.as_ref().map(|id| id.as_str()), Some("transaction-1"));
        assert_eq!(counter.attempts, [1, 2], "a new attempt, a new Idempotency-Key");
        counter.hear(&Word::Charge(Pending)).unwrap();
        assert_eq!(counter.payment.transaction_id().map(|id| id.as_str()), Some("transaction-2"));
    }
}

#[test]
fn starting_over_that_fails_still_names_the_ended_transaction_when_tried_again() {
    let mut counter = pending();
    counter.hear(&Word::Pushed(Expire)).unwrap();
    counter.step(Input::RetryPressed);
    counter.hear(&Word::ChargeBody(200, "<html>")).unwrap();
    assert_eq!(counter.screen().state, StateName::Problem);
    counter.step(Input::RetryPressed);
    assert_eq!(counter.retry_of.as_ref().map(|id| id.as_str()), Some("transaction-1"));
}

#[test]
fn nothing_that_is_said_afterwards_takes_a_paid_screen_away() {
    let mut counter = pending();
    counter.hear(&Word::Pushed(Settlement)).unwrap();
    for word in [
        Word::StatusOtherAmount(Settlement),
        Word::StatusOfAnother(Expire),
        Word::StatusBody(403, ""),
        Word::StatusUnreachable,
        Word::Status(Unknown("?".to_owned())),
    ] {
        counter.step(Input::RefreshPressed);
        let told = counter.hear(&word).unwrap();
        assert_eq!((counter.screen().state, problems(&told)), (StateName::Settlement, vec![]), "{word:?}");
    }
}

#[test]
fn a_settled_payment_cannot_be_started_over() {
    let mut counter = pending();
    counter.hear(&Word::Pushed(Settlement)).unwrap();
    assert!(!counter.screen().can_retry);
    counter.step(Input::RetryPressed);
    assert_eq!(counter.charges_sent, 1);
}

#[test]
fn a_cancel_that_came_too_late_is_asked_about_and_the_truth_is_shown() {
    let mut counter = pending();
    counter.step(Input::CancelPressed);
    counter.hear(&Word::CancelRefused).expect("the cancel is out");
    counter.hear(&Word::Status(Settlement)).expect("it asked");
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn a_cancel_that_fails_is_told_and_the_truth_is_asked_for() {
    for (http_status, body, code) in [
        (500, "<html>", ProblemCode::MerchantUnreachable),
        (401, "<html>", ProblemCode::MerchantRefused),
        (200, "", ProblemCode::BadAnswer),
        (200, r#"{"status_code":"402"}"#, ProblemCode::BadAnswer),
    ] {
        let mut counter = pending_with(without_push());
        counter.step(Input::CancelPressed);
        let request = counter.cancelling.take().unwrap();
        let failed = read_answer(http_status, body).expect_err(body);
        let effects = counter.step(Input::CancelAnswered(request, Err(failed)));
        assert_eq!((problems(&effects), asks(&effects)), (vec![code], 1), "{http_status} {body}");
        let screen = counter.screen();
        assert!(screen.can_cancel && screen.qr.is_some() && screen.problem.is_some(), "it goes on: {screen:?}");
        counter.hear(&Word::Status(Cancel)).expect("it asked");
        assert_eq!(counter.screen().state, StateName::Cancel);
    }
}

#[test]
fn a_cancel_that_is_never_answered_is_abandoned_told_and_asked_about() {
    let mut counter = pending();
    counter.step(Input::CancelPressed);
    let request = counter.cancelling.unwrap();
    let effects = counter.wait(31_000);
    assert!(effects.contains(&Effect::Abandon(request)));
    assert!(problems(&effects).contains(&ProblemCode::MerchantUnreachable) && asks(&effects) >= 1, "{effects:?}");
    counter.hear(&Word::Status(Cancel)).expect("it asked");
    assert_eq!(counter.screen().state, StateName::Cancel);
}

#[test]
fn a_server_key_in_a_push_or_in_the_answer_to_a_cancel_stops_everything() {
    let leak = || read_answer(200, r#"{"transaction_status":"pending","k":"Mid-server-x"}"#).expect_err("a leak");
    let mut counter = pending();
    let stream = counter.watching.unwrap();
    counter.step(Input::WatchOpened(stream));
    let effects = counter.step(Input::PushUnreadable(stream, leak()));
    assert_eq!(problems(&effects), [ProblemCode::ServerKey]);
    counter.step(Input::WatchLost(stream));
    assert_eq!((counter.screen().state, counter.payment.wakeup(counter.now)), (StateName::Problem, None));

    let mut counter = pending();
    counter.step(Input::CancelPressed);
    let request = counter.cancelling.take().unwrap();
    let effects = counter.step(Input::CancelAnswered(request, Err(leak())));
    assert_eq!(problems(&effects), [ProblemCode::ServerKey]);
    assert_eq!((counter.screen().state, counter.payment.wakeup(counter.now)), (StateName::Problem, None));
}

#[test]
fn a_server_key_in_an_answer_stops_everything() {
    let mut counter = pending_with(without_push());
    counter.wait(3_000);
    let leak = read_answer(200, r#"{"transaction_status":"settlement","k":"Mid-server-x"}"#).expect_err("a leak");
    let request = counter.asking.take().unwrap();
    counter.step(Input::StatusAnswered(request, Err(leak)));
    assert_eq!(counter.screen().problem.map(|p| p.code), Some(ProblemCode::ServerKey));
    assert_eq!(counter.payment.transaction_status(), None);
}

#[test]
fn a_qr_picture_that_does_not_load_is_tried_again_and_then_gives_way_to_the_deeplink() {
    let mut counter = pending();
    counter.step(Input::QrFailed);
    counter.wait(3_000);
    assert_eq!(counter.screen().qr.map(|(_, tries)| tries), Some(1), "loaded anew");
    let told = counter.step(Input::QrFailed);
    assert_eq!(problems(&told), [ProblemCode::QrImage]);
    let screen = counter.screen();
    assert_eq!((screen.state, screen.channel, screen.qr), (StateName::Pending, Channel::Deeplink, None));
    assert!(screen.deeplink.is_some());
}

#[test]
fn a_qr_picture_that_neither_comes_nor_fails_is_not_waited_for_without_end() {
    let mut counter = pending();
    counter.step(Input::QrShown);
    counter.wait(19_000);
    counter.hear(&Word::Status(Pending));
    assert_eq!(counter.screen().qr.map(|(_, tries)| tries), Some(0));
    counter.wait(4_000);
    assert_eq!(counter.screen().qr.map(|(_, tries)| tries), Some(1), "loaded anew");
    counter.step(Input::QrShown);
    counter.step(Input::QrLoaded);
    counter.wait(60_000);
    assert!(counter.screen().qr.is_some(), "what is there stays");
}

#[test]
fn offline_is_said_and_going_on_needs_nobody() {
    let mut counter = pending_with(without_push());
    let told = counter.step(Input::WentOffline);
    assert_eq!(problems(&told), [ProblemCode::Offline]);
    assert!(counter.screen().qr.is_some());
    counter.wait(3_000);
    counter.hear(&Word::StatusUnreachable);
    counter.step(Input::CameBack);
    counter.hear(&Word::Status(Settlement)).expect("asked at once when the network was back");
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn who_follows_another_tab_neither_asks_nor_watches_until_there_is_news() {
    let mut counter = pending();
    let effects = counter.step(Input::Follows);
    assert!(effects.contains(&Effect::StopWatching));
    assert_eq!(asks(&counter.wait(50_000)), 0);
    assert_eq!(asks(&counter.step(Input::NewsElsewhere)), 1, "news is a reason to ask, and nothing more");
    assert_eq!(counter.screen().state, StateName::Pending);
    counter.hear(&Word::Status(Settlement)).unwrap();
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn who_follows_a_tab_that_died_without_a_word_notices_within_about_a_minute() {
    let mut counter = pending();
    counter.step(Input::Follows);
    assert!(asks(&counter.wait(67_000)) >= 1);
    counter.hear(&Word::Status(Pending)).unwrap();
    let effects = counter.step(Input::Leads);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StartWatching { .. })));
    assert!(asks(&counter.wait(3_000)) >= 1);
}

#[test]
fn who_leads_lets_the_others_know_that_something_is_new() {
    let mut counter = pending();
    assert!(counter.hear(&Word::Pushed(Settlement)).unwrap().contains(&Effect::Share));
}

#[test]
fn retry_after_is_honoured() {
    let mut counter = pending_with(without_push());
    counter.wait(3_000);
    let request = counter.asking.take().unwrap();
    let problem = Problem::new(ProblemCode::MerchantUnreachable, "429");
    counter.step(Input::StatusAnswered(request, Err(Trouble { problem, retry_after_ms: Some(20_000) })));
    assert_eq!(asks(&counter.wait(20_000 - 1)), 0);
    assert_eq!(asks(&counter.wait(4_500)), 1);
}

#[test]
fn whatever_is_told_of_an_end_is_told_once_for_each_transaction() {
    let mut counter = Counter::new();
    counter.step(Input::Begun);
    counter.hear(&Word::Charge(Pending)).unwrap();
    let mut ends = Vec::new();
    for word in [Word::Pushed(Expire), Word::Pushed(Expire), Word::Status(Settlement), Word::Status(Settlement)] {
        if let Word::Status(_) = word {
            counter.step(Input::RefreshPressed);
        }
        for effect in counter.hear(&word).unwrap_or_default() {
            if let Effect::Tell(News::Ended { transaction_status, .. }) = effect {
                ends.push(transaction_status);
            }
        }
    }
    assert_eq!(ends, [Expire, Settlement]);
    assert_eq!(counter.screen().state, StateName::Settlement);
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
        let mut counter = Counter::new();
        counter.step(Input::Begun);
        counter.hear(&Word::Charge(Pending)).unwrap();
        assert!(counter.screen().qr.is_some());
        counter.hear(&Word::Pushed(status)).unwrap();
        let screen = counter.screen();
        assert_eq!((screen.state, screen.qr, screen.deeplink), (state, None, None));
    }
}
