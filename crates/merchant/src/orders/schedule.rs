//! The schedule of reconciliation: when to poll an attempt whose notification or answer may be lost, or whose money may come
//! late. Pure: what is known and the time of the last poll go in, the time of the next one comes out.
//!
//! ```text
//! never answered   1, 2, 4 … 64 min after its claim                      then it was never made
//! open             30 s, 1, 2, 4, 8 min after its claim, never more than 1 h apart; and 15 s after expiry_time
//!                  then 45 s, 1.5, 3, 6 min after expiry_time, never more than 1 h apart: Midtrans ends
//!                  what is over in batches
//!                  until forty days after the claim; after eight an alert is raised
//! expire, cancel   2, 6, 18, 54, 114, 174 min after the end: late money
//! paid, but in doubt                                                     as if open
//! paid, given back, denied                                               never
//! a failed poll                                                          does not count: again, hourly where it was the last
//! ```
//!
//! The clock may be wrong, and set right later. So no poll is scheduled more than an hour ahead: one that is further ahead is
//! due ([`UnixMillis::is_due`]). A beginning that is still to come counts as now. And what is open is not given up by a
//! clock that is a month ahead.

use crate::clock::UnixMillis;
use gopay_contract::{Answer, FraudStatus, JakartaTime, TransactionStatus};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The first poll of an open attempt. A notification of a payment is there within 20 s (Midtrans' own promise).
const FIRST: Duration = Duration::from_secs(30);
/// The longest pause between two polls.
pub(super) const LONGEST: Duration = HOUR;
/// The first poll after `expiry_time`.
const AFTER_EXPIRY: Duration = Duration::from_secs(15);
/// How long a charge lives that says nothing about it (Midtrans: 15 minutes).
const DEFAULT_LIFE: Duration = Duration::from_secs(15 * 60);
/// Nothing lives longer than seven days; a day more for Midtrans to notice. An attempt that is open for longer raises an alert.
const OVERDUE: Duration = Duration::from_secs(8 * 86_400);
/// How long an open attempt is polled at all. Longer than overdue: the clock may be wrong.
const GIVE_UP: Duration = Duration::from_secs(40 * 86_400);
/// No request to charge is on its way for longer, whatever became of its answer.
const NEVER_MADE: Duration = Duration::from_secs(65 * 60);
/// The first poll after an end without money.
const FIRST_LATE: Duration = Duration::from_secs(2 * 60);
/// The last one is before this long after the end.
const LAST_LATE: Duration = Duration::from_secs(3 * 3600);

/// Input of the schedule.
#[derive(Clone, Copy, Debug)]
pub struct PollHistory<'a> {
    /// When the attempt was first claimed, just before the first request to Midtrans.
    pub claimed_at: UnixMillis,
    /// When its status last changed.
    pub moved_at: UnixMillis,
    /// The newest answer about it.
    pub status: Option<&'a Answer>,
}

impl PollHistory<'_> {
    /// When it began: when it was first claimed, or, where the clock was ahead then, when its status last changed.
    fn began_at(&self, now: UnixMillis) -> UnixMillis {
        if self.claimed_at <= now { self.claimed_at } else { self.moved_at.min(now) }
    }

    /// True if it became overdue between `before` and `now`.
    #[must_use]
    pub fn is_overdue_since(&self, before: UnixMillis, now: UnixMillis) -> bool {
        let overdue_at = self.began_at(now).plus(OVERDUE);
        before <= overdue_at && overdue_at < now
    }
}

/// Returns when to poll next, after a poll or a notification at `now`. `None`: never again.
#[must_use]
pub fn next_poll(known: PollHistory<'_>, now: UnixMillis) -> Option<UnixMillis> {
    let Some((answer, status)) = known.status.and_then(|answer| Some((answer, answer.transaction_status.as_ref()?)))
    else {
        let next = doubled(known.began_at(now), now, MINUTE);
        return (next <= known.began_at(now).plus(NEVER_MADE)).then_some(next);
    };
    match status {
        TransactionStatus::Pending | TransactionStatus::Authorize | TransactionStatus::Unknown(_) => {
            open(known.began_at(now), expiry(known.began_at(now), answer), now)
        }
        TransactionStatus::Settlement | TransactionStatus::Capture => {
            let is_doubted = !FraudStatus::is_accepted(answer.fraud_status.as_ref());
            is_doubted.then(|| open(known.began_at(now), known.moved_at.min(now), now)).flatten()
        }
        TransactionStatus::Expire | TransactionStatus::Cancel => {
            let ended_at = known.moved_at.min(now);
            let next = now.plus((2 * now.since(ended_at)).clamp(FIRST_LATE, LONGEST));
            (next < ended_at.plus(LAST_LATE)).then_some(next)
        }
        TransactionStatus::Deny
        | TransactionStatus::Failure
        | TransactionStatus::Refund
        | TransactionStatus::PartialRefund => None,
    }
}

/// Returns when to poll next, after a poll that failed at `now`. It does not count: where it was to be the last one (after an
/// outage of hours, say, of the merchant and then of Midtrans), it is made up for, until the attempt is given up.
#[must_use]
pub fn next_poll_after_failure(known: PollHistory<'_>, now: UnixMillis) -> Option<UnixMillis> {
    let made_up_for = || Some(now.plus(LONGEST)).filter(|next| *next <= known.began_at(now).plus(GIVE_UP));
    next_poll(known, now).or_else(made_up_for)
}

/// When what is open can no longer be paid. Where Midtrans does not say, this is a guess: good enough for the schedule, and
/// never a reason to end anything. By Midtrans' clock, or by ours and how long it lives by Midtrans', whichever is later: ours
/// may be ahead.
fn expiry(began_at: UnixMillis, answer: &Answer) -> UnixMillis {
    let at_midtrans = |time: JakartaTime| UnixMillis::from_seconds(time.unix_seconds());
    let made_at = answer.transaction_time.map(at_midtrans);
    let expiry_time = answer.expiry_time.map(at_midtrans).or_else(|| made_at.map(|made_at| made_at.plus(DEFAULT_LIFE)));
    let life = expiry_time.zip(made_at).map_or(DEFAULT_LIFE, |(expiry_time, made_at)| expiry_time.since(made_at));
    let by_our_clock = began_at.plus(life);
    expiry_time.map_or(by_our_clock, |expiry_time| expiry_time.max(by_our_clock))
}

fn open(began_at: UnixMillis, expiry: UnixMillis, now: UnixMillis) -> Option<UnixMillis> {
    let batch = expiry.plus(AFTER_EXPIRY);
    let next = if now < batch { doubled(began_at, now, FIRST).min(batch) } else { doubled(expiry, now, FIRST) };
    (next <= began_at.plus(GIVE_UP)).then_some(next)
}

/// As long again as it has been since `start`.
fn doubled(start: UnixMillis, now: UnixMillis, first: Duration) -> UnixMillis {
    now.plus(now.since(start).clamp(first, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixMillis = UnixMillis(1_769_828_400_000);

    fn answer(status: &str) -> Answer {
        let expiry_time = START.plus(DEFAULT_LIFE).seconds();
        Answer {
            transaction_status: Some(TransactionStatus::parse(status)),
            expiry_time: Some(JakartaTime::from_unix_seconds(expiry_time)),
            ..Answer::default()
        }
    }

    /// Every poll, in seconds after the start, if nothing ever changes.
    fn polls(status: Option<&Answer>) -> Vec<u64> {
        let known = PollHistory { claimed_at: START, moved_at: START, status };
        let mut now = START;
        let mut polls = Vec::new();
        while let Some(next) = next_poll(known, now) {
            assert!(next >= now.plus(FIRST.min(AFTER_EXPIRY)), "a poll follows another too soon");
            assert!(polls.len() < 1000, "it never gives up");
            polls.push(next.since(START).as_secs());
            now = next;
        }
        polls
    }

    #[test]
    fn what_is_open_is_polled_more_and_more_seldom_and_again_once_it_is_over() {
        let polls = polls(Some(&answer("pending")));
        assert_eq!(polls[..6], [30, 60, 120, 240, 480, 915], "15 s after expiry_time");
        let over = 900;
        assert_eq!(polls[6..10], [over + 45, over + 90, over + 180, over + 360]);
    }

    #[test]
    fn what_stays_open_is_given_up_after_forty_days_and_asked_at_most_hourly_until_then() {
        let polls = polls(Some(&answer("pending")));
        let last = *polls.last().expect("some");
        assert!((39 * 86_400..=40 * 86_400).contains(&last), "{last}");
        assert!(polls.len() < 40 * 24 + 20, "{}", polls.len());
        assert!(polls.windows(2).all(|two| two[1] - two[0] <= 3600), "no longer than an hour apart");
    }

    #[test]
    fn a_charge_that_was_never_answered_is_polled_for_during_an_hour() {
        assert_eq!(polls(None), [60, 120, 240, 480, 960, 1920, 3840]);
    }

    #[test]
    fn an_end_is_polled_a_few_times_for_late_money() {
        for status in ["expire", "cancel"] {
            assert_eq!(polls(Some(&answer(status))), [120, 360, 1080, 3240, 6840, 10_440]);
        }
    }

    #[test]
    fn a_last_poll_that_failed_is_made_up_for_within_the_hour_for_forty_days() {
        let late = START.plus(4 * HOUR);
        let expired = answer("expire");
        for status in [Some(&expired), None] {
            let known = PollHistory { claimed_at: START, moved_at: START, status };
            assert_eq!(next_poll(known, late), None);
            assert_eq!(next_poll_after_failure(known, late), Some(late.plus(HOUR)));
            assert_eq!(next_poll_after_failure(known, START), next_poll(known, START), "others are due anyhow");
            assert_eq!(next_poll_after_failure(known, START.plus(GIVE_UP)), None);
        }
    }

    #[test]
    fn what_is_open_for_eight_days_is_somebodys_to_look_at_once() {
        let open = answer("pending");
        let known = PollHistory { claimed_at: START, moved_at: START, status: Some(&open) };
        let (mut now, mut alerts) = (START, 0);
        while let Some(next) = next_poll(known, now) {
            alerts += u32::from(known.is_overdue_since(now, next));
            now = next;
        }
        assert_eq!(alerts, 1);
    }

    #[test]
    fn no_look_is_planned_for_more_than_an_hour_from_now_whatever_the_clock_has_said_before() {
        let doubted = Answer { fraud_status: Some(FraudStatus::Challenge), ..answer("settlement") };
        let made =
            Answer { transaction_time: Some(JakartaTime::from_unix_seconds(START.seconds())), ..answer("pending") };
        let answers = ["pending", "expire", "cancel"].map(answer).into_iter().chain([doubted, made]);
        let statuses: Vec<Option<Answer>> = answers.map(Some).chain([None]).collect();
        const DAY: i64 = 86_400_000;
        let moments = [0, 1, 3_600_000, DAY, 31 * DAY].iter().flat_map(|by| [START.0 - by, START.0 + by]);
        let moments: Vec<UnixMillis> = moments.map(UnixMillis).collect();
        for status in &statuses {
            for (claimed_at, moved_at) in moments.iter().flat_map(|one| moments.iter().map(|other| (*one, *other))) {
                let known = PollHistory { claimed_at, moved_at, status: status.as_ref() };
                for next in [next_poll(known, START), next_poll_after_failure(known, START)].into_iter().flatten() {
                    assert!(next > START && next <= START.plus(HOUR), "{known:?}: {next:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_open_is_not_given_up_by_a_clock_that_is_a_month_ahead() {
        let open = answer("pending");
        let known = PollHistory { claimed_at: START, moved_at: START, status: Some(&open) };
        let a_month_on = START.plus(31 * 24 * HOUR);
        assert_eq!(next_poll(known, a_month_on), Some(a_month_on.plus(HOUR)));
        assert_eq!(next_poll_after_failure(known, a_month_on), Some(a_month_on.plus(HOUR)));
    }

    #[test]
    fn a_clock_that_is_ahead_of_midtrans_does_not_make_what_is_open_seem_over() {
        let made = |status| Answer {
            transaction_time: Some(JakartaTime::from_unix_seconds(START.seconds())),
            ..answer(status)
        };
        let (pending, ours) = (made("pending"), START.plus(31 * 24 * HOUR));
        let known = PollHistory { claimed_at: ours, moved_at: ours, status: Some(&pending) };
        assert_eq!(next_poll(known, ours), Some(ours.plus(FIRST)), "as if the two agreed");
    }

    #[test]
    fn what_cannot_change_any_more_is_left_alone() {
        for status in ["settlement", "capture", "deny", "failure", "refund", "partial_refund"] {
            assert_eq!(polls(Some(&answer(status))), [0; 0], "{status}");
        }
    }

    #[test]
    fn a_payment_in_doubt_is_looked_at_until_the_doubt_is_gone() {
        let doubted = Answer { fraud_status: Some(FraudStatus::Challenge), ..answer("settlement") };
        assert!(polls(Some(&doubted)).len() > 5);
        let cleared = Answer { fraud_status: Some(FraudStatus::Accept), ..doubted };
        assert_eq!(polls(Some(&cleared)), [0; 0]);
    }

    #[test]
    fn a_charge_that_says_nothing_of_its_life_has_fifteen_minutes() {
        let silent = Answer { expiry_time: None, ..answer("pending") };
        assert!(polls(Some(&silent)).contains(&915));
    }
}
