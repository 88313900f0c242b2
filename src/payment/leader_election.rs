//! Leader election: of several elements on one order, in one tab or many, one polls and keeps the push stream for all.
//!
//! The others, the followers, only learn that something has changed ([`Input::PeerChanged`](super::Input::PeerChanged))
//! and then poll once themselves. Nothing that another element says is believed. The election itself is a Web
//! Lock in `browser/leader_lock.rs`, which [`Effect::JoinElection`](super::Effect::JoinElection) asks for.

/// This element's part in the election.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// Polls and keeps the push stream, for all or for itself alone. Also where the browser knows no election.
    Leader,
    /// Leaves both to the leader, and polls rarely, in case that the leader died silently.
    Follower,
}

impl Role {
    /// Returns whether another element polls for this one.
    pub(crate) const fn is_follower(self) -> bool {
        match self {
            Self::Leader => false,
            Self::Follower => true,
        }
    }
}
