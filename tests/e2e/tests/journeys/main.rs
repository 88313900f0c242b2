//! User journeys, one file each: what a payer does, and what payer and shop can rely on.

mod app_never_opens;
mod callback_alone;
mod debug_mode;
mod enlarges_the_code;
mod forged_notification;
mod gopay_refuses;
mod ipad_that_says_mac;
mod lets_it_expire;
mod merchant_cancels;
mod merchant_goes_away;
mod network_goes;
mod notification_arrives_twice;
mod pays_by_deeplink;
mod pays_by_qr;
mod pays_in_a_dialog;
mod reloads_while_pending;
mod returns_in_a_new_tab;
mod runs_one_build;
mod secrets_stay_home;
mod stream_is_lost;
mod wrong_attribute;
