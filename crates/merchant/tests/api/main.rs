//! The merchant from outside: over HTTP, against the real sandbox, each test with its own of both.
//!
//! Truth about money, promise by promise (`contract.md` §3, Midtrans' facts in brackets):
//!
//! | promise | test |
//! |---|---|
//! | a signature is compared whole, in constant time (`subtle`, and `Signature` has no `==`) | `notification::a_forged_notification_changes_nothing`, `…a_signature_that_is_cut_or_longer_or_in_capitals_is_forged` |
//! | get-status decides, and not what is beside the signature | `notification::a_captured_signature_with_another_status_changes_nothing` |
//! | a replayed claim does not steer us to Midtrans | `notification::a_claim_that_midtrans_does_not_confirm_is_not_asked_about_at_every_copy` |
//! | a status never moves backwards (§3.4) | `orders::a_status_never_moves_backwards`, `notification::a_pending_that_comes_after_the_settlement_changes_nothing` |
//! | late money is believed | `notification::money_that_comes_after_the_end_is_believed`, `reconcile::money_that_comes_after_the_end_is_found_without_a_notification` |
//! | idempotent by transaction and status | `notification::a_duplicate_notification_changes_nothing`, `…many_copies_at_once_are_one_request_to_midtrans_and_all_are_acknowledged` |
//! | a notification may overtake the charge's own answer | `notification::a_notification_that_overtakes_the_charges_answer_is_not_lost` |
//! | an order that is not ours | `foreign_notifications::what_another_application_on_the_account_is_told_is_acknowledged_and_changes_nothing` |
//! | an attempt that a restored backup does not know | `foreign_notifications::a_payment_whose_attempt_a_restored_backup_does_not_know_is_found_by_its_notification`, `…while_get_status_fails_it_is_not_acknowledged_and_it_is_found_without_it` |
//! | acknowledged only once it is durable | `notification_failures::whatever_get_status_refuses_the_notification_is_not_acknowledged`, `…a_database_that_fails_is_a_reason_to_come_again`, `notification::a_notification_that_cannot_be_confirmed_now_is_asked_for_again` |
//! | amount and currency are the order's | `notification::a_notification_of_another_amount_is_refused`, `…in_another_currency_is_refused`, `…an_answer_of_another_amount_or_currency_or_of_none_is_nobodys_truth` |
//! | `payment_type` may turn to `qris` | `status::a_scanned_code_turns_the_payment_type_and_nothing_else` |
//! | refunds, told twice each | `notification::refunds_are_told_twice_and_recorded_once` |
//! | `fraud_status` other than `accept` is not paid | `notification::a_settlement_whose_fraud_status_is_not_accept_does_not_count_as_paid`, `reconcile::a_payment_in_doubt_is_told_as_such_and_again_when_the_doubt_is_gone` |
//! | one get-status for all who ask, ten seconds apart | `status::many_who_ask_at_once_are_one_request_to_midtrans`, `orders::midtrans_may_be_asked_once_per_floor_whoever_asks`, `two_merchants::midtrans_is_asked_once_about_an_order_whichever_merchant_wants_to_know` |
//! | a lost notification, a lost charge | `reconcile::a_payment_whose_notification_is_lost_reaches_whoever_watches`, `…a_charge_whose_answer_was_lost_is_found_although_nobody_comes_back` |
//! | a time-out is resolved before another try | `charge_failures::a_lost_answer_is_had_again_with_its_deeplink`, `…a_charge_that_nobody_heard_of_is_looked_for_before_another_is_made` |
//! | 406: looked for, not charged twice | `charge_failures::an_order_id_that_is_taken_is_found_and_not_charged_twice` |
//! | 402, 410, 413 in the body | `charge_failures::what_midtrans_refuses_is_passed_on_and_can_be_tried_again` |
//! | a new attempt id after a final failure | `charge_again::an_ended_charge_is_replaced_once_however_often_it_is_asked_for` |
//! | before every charge, whatever led to it, each other attempt that may hold money is asked about | `charge_again::while_midtrans_does_not_say_whether_it_was_paid_nothing_is_charged`, `…while_midtrans_does_not_say_whether_it_was_paid_no_charge_is_sent_again`, `…an_earlier_attempt_that_was_paid_late_is_found_before_another_is_made`, `…a_charge_that_was_refused_is_sent_again_only_where_no_earlier_attempt_was_paid`, `…not_answered…`, `…interrupted…` |
//! | money that is there is told before money that went back | `charge_again::money_that_is_there_is_told_although_another_payment_went_back` |
//! | what several attempts add up to (`docs/attempts.md`) | `attempts_played::the_merchant_does_what_each_played_row_of_the_document_says` |
//! | a transaction that is older than the order is not its payment | `foreign_transactions::a_payment_that_is_older_than_the_order_is_not_its_payment_and_raises_the_alarm`, `…a_payment_that_a_restored_backup_has_not_heard_of_is_found` |
//! | a payment in doubt is not paid, and not collected again | `money_in_doubt::it_cannot_be_started_over_and_whoever_watches_goes_on_watching`, `…a_late_payment_in_doubt_cancels_no_other_attempt_before_the_doubt_is_gone`, `…a_doubt_that_ends_in_deny_or_cancel_is_an_end_and_the_payer_can_start_over` |

mod attempt_ids;
mod attempts_played;
mod cancel;
mod charge;
mod charge_again;
mod charge_data;
mod charge_failures;
mod clocks;
mod foreign_notifications;
mod foreign_transactions;
mod money_in_doubt;
mod notification;
mod notification_failures;
mod operator;
mod order_token;
mod push_stream;
mod reconcile;
mod site;
#[expect(dead_code, reason = "one verb is for the tests that run merchants of their own")]
mod stage;
mod status;
mod status_cache;
mod two_merchants;
mod wire;
