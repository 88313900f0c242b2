//! Retry schedule of a notification, by the merchant's answer (Midtrans, "Best practices to handle notification").

use std::time::Duration;

/// Pauses before the first to fifth retry.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(90 * 60),
    Duration::from_secs(210 * 60),
];

/// Each pause is lengthened by up to a tenth ("each with a random shift"; how wide is not documented).
const WIDEST_SHIFT: f64 = 0.1;

/// Most redirections (307, 308) that are followed.
pub(crate) const MOST_REDIRECTIONS: usize = 5;

/// Outcome of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The merchant answered with this HTTP status.
    Answered(u16),
    /// No answer in time, or none at all; with the error for the log.
    Unreachable(String),
    /// Lost on request: it never left.
    Lost,
}

/// The pause before the next attempt, or `None` when it was the last. `shift` is chance, from 0 to 1.
pub(crate) fn retry_delay(outcome: &Outcome, retries_made: usize, shift: f64, scale: f64) -> Option<Duration> {
    if retries_made >= most_retries(outcome) {
        return None;
    }
    let pause = PAUSES.get(retries_made)?;
    let factor = (1.0 + WIDEST_SHIFT * shift.clamp(0.0, 1.0)) * scale;
    Duration::try_from_secs_f64(pause.as_secs_f64() * factor).ok()
}

fn most_retries(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Lost => 0,
        Outcome::Answered(code) => match code {
            200..=299 | 301..=303 => 0,
            500 => 1,
            400 | 404 => 2,
            503 => 4,
            _ => PAUSES.len(),
        },
        Outcome::Unreachable(_) => PAUSES.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retries(outcome: &Outcome) -> usize {
        (0..20).take_while(|made| retry_delay(outcome, *made, 0.0, 1.0).is_some()).count()
    }

    #[test]
    fn each_answer_has_its_number_of_retries() {
        for (code, expected) in [
            (200, 0),
            (204, 0),
            (301, 0),
            (302, 0),
            (303, 0),
            (500, 1),
            (400, 2),
            (404, 2),
            (503, 4),
            (401, 5),
            (502, 5),
        ] {
            assert_eq!(retries(&Outcome::Answered(code)), expected, "{code}");
        }
        assert_eq!(retries(&Outcome::Unreachable("timed out".to_owned())), 5);
        assert_eq!(retries(&Outcome::Lost), 0);
    }

    #[test]
    fn the_pauses_grow_from_two_minutes_to_three_and_a_half_hours() {
        let gone = Outcome::Unreachable(String::new());
        let minutes: Vec<_> =
            (0..5).filter_map(|made| retry_delay(&gone, made, 0.0, 1.0)).map(|pause| pause.as_secs() / 60).collect();
        assert_eq!(minutes, [2, 10, 30, 90, 210]);
    }

    #[test]
    fn chance_lengthens_a_pause_by_a_tenth_at_most_and_the_scale_shrinks_it() {
        let gone = Outcome::Unreachable(String::new());
        assert_eq!(retry_delay(&gone, 0, 1.0, 1.0), Some(Duration::from_secs(132)));
        assert_eq!(retry_delay(&gone, 0, 7.0, 0.5), Some(Duration::from_secs(66)));
        assert_eq!(retry_delay(&gone, 0, 0.0, 0.0), Some(Duration::ZERO));
    }
}
