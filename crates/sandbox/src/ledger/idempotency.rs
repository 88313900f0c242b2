//! `Idempotency-Key`: the same key within five minutes gets the same answer, whatever the body (Midtrans, "API
//! headers"). Only successful answers are kept.

use gopay_contract::JakartaTime;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Retention of an answer, in seconds.
const RETENTION_SECONDS: i64 = 5 * 60;

/// A valid idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Maximum length of a key in characters; a longer one is ignored.
    pub const MAX_LENGTH: usize = 46;

    /// Reads a key from its header; a key that Midtrans would ignore is none. An empty one counts as absent (the Ruby
    /// library always sends one), a longer one than [`Self::MAX_LENGTH`] too.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        (!header.is_empty() && header.chars().count() <= Self::MAX_LENGTH).then(|| Self(header.to_owned()))
    }
}

/// The answers of the last five minutes, over all endpoints.
#[derive(Debug)]
pub struct IdempotentAnswers<A> {
    kept: HashMap<IdempotencyKey, Kept<A>>,
}

#[derive(Debug)]
enum Kept<A> {
    Running,
    Answered { at: JakartaTime, answer: A },
}

/// A stored answer, for the state file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyedAnswer<A> {
    /// The key.
    pub key: IdempotencyKey,
    /// Time of the answer.
    pub at: JakartaTime,
    /// The answer.
    pub answer: A,
}

/// State of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum KeyState<A> {
    /// A new key: do the work, then [`IdempotentAnswers::finish`].
    Fresh,
    /// The first request with the key is still running.
    Running,
    /// The stored answer of the first request.
    Answered(A),
}

impl<A> Default for IdempotentAnswers<A> {
    fn default() -> Self {
        Self { kept: HashMap::new() }
    }
}

impl<A: Clone> IdempotentAnswers<A> {
    /// Begins a request with this key.
    pub fn begin(&mut self, now: JakartaTime, key: &IdempotencyKey) -> KeyState<A> {
        self.kept.retain(|_, kept| match kept {
            Kept::Running => true,
            Kept::Answered { at, .. } => now.unix_seconds() < at.unix_seconds() + RETENTION_SECONDS,
        });
        match self.kept.get(key) {
            Some(Kept::Running) => KeyState::Running,
            Some(Kept::Answered { answer, .. }) => KeyState::Answered(answer.clone()),
            None => {
                self.kept.insert(key.clone(), Kept::Running);
                KeyState::Fresh
            }
        }
    }

    /// All stored answers. Work in progress has none yet.
    pub fn kept(&self) -> Vec<KeyedAnswer<A>> {
        let answered = self.kept.iter().filter_map(|(key, kept)| match kept {
            Kept::Running => None,
            Kept::Answered { at, answer } => Some(KeyedAnswer { key: key.clone(), at: *at, answer: answer.clone() }),
        });
        answered.collect()
    }

    /// Ends the request; `answer` only if it was a success.
    pub fn finish(&mut self, now: JakartaTime, key: &IdempotencyKey, answer: Option<A>) {
        match answer {
            Some(answer) => self.kept.insert(key.clone(), Kept::Answered { at: now, answer }),
            None => self.kept.remove(key),
        };
    }
}

impl<A> FromIterator<KeyedAnswer<A>> for IdempotentAnswers<A> {
    fn from_iter<I: IntoIterator<Item = KeyedAnswer<A>>>(kept: I) -> Self {
        let answered = |it: KeyedAnswer<A>| (it.key, Kept::Answered { at: it.at, answer: it.answer });
        Self { kept: kept.into_iter().map(answered).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> JakartaTime {
        JakartaTime::from_unix_seconds(seconds)
    }

    fn key(text: &str) -> IdempotencyKey {
        IdempotencyKey::parse(text).expect("a key that is heeded")
    }

    #[test]
    fn the_same_key_gets_the_same_answer_for_five_minutes() {
        let mut answers = IdempotentAnswers::default();
        assert_eq!(answers.begin(at(0), &key("k")), KeyState::Fresh);
        answers.finish(at(0), &key("k"), Some("first"));
        assert_eq!(answers.begin(at(299), &key("k")), KeyState::Answered("first"));
        assert_eq!(answers.begin(at(300), &key("k")), KeyState::Fresh);
    }

    #[test]
    fn a_key_still_at_work_is_not_begun_twice() {
        let mut answers = IdempotentAnswers::<()>::default();
        assert_eq!(answers.begin(at(0), &key("k")), KeyState::Fresh);
        assert_eq!(answers.begin(at(900), &key("k")), KeyState::Running);
    }

    #[test]
    fn a_failed_answer_is_forgotten() {
        let mut answers = IdempotentAnswers::<()>::default();
        assert_eq!(answers.begin(at(0), &key("k")), KeyState::Fresh);
        answers.finish(at(0), &key("k"), None);
        assert_eq!(answers.begin(at(1), &key("k")), KeyState::Fresh);
    }

    #[test]
    fn an_empty_key_and_one_longer_than_46_characters_are_passed_over() {
        assert_eq!(IdempotencyKey::parse(""), None);
        assert!(IdempotencyKey::parse(&"k".repeat(46)).is_some());
        assert_eq!(IdempotencyKey::parse(&"k".repeat(47)), None);
    }
}
