//! The rows of `docs/attempts.md` that are played: against this merchant by `tests/api/attempts_played.rs`. They need nothing but
//! a sandbox, so they can be played against any backend.

/// The words ([`AttemptState::as_str`](super::AttemptState::as_str)) of the first and the second attempt.
pub(crate) const PLAYED: [(&str, &str); 26] = [
    ("expire", "unanswered"),
    ("expire", "refused"),
    ("expire", "pending"),
    ("expire", "expire"),
    ("expire", "settlement"),
    ("expire", "in_doubt"),
    ("expire", "refund"),
    ("cancel", "refused"),
    ("cancel", "cancel"),
    ("deny", "unanswered"),
    ("deny", "pending"),
    ("settlement", "pending"),
    ("settlement", "expire"),
    ("settlement", "settlement"),
    ("settlement", "partial_refund"),
    ("settlement", "refund"),
    ("in_doubt", "pending"),
    ("in_doubt", "expire"),
    ("in_doubt", "settlement"),
    ("partial_refund", "settlement"),
    ("partial_refund", "refund"),
    ("refund", "expire"),
    ("refund", "settlement"),
    ("refund", "partial_refund"),
    ("refund", "refund"),
    ("refund", "pending"),
];
