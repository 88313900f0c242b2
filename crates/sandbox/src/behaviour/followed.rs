//! The switch `http_status_follows_body`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// [`Behaviour::http_status_follows_body`](super::Behaviour::http_status_follows_body). In JSON `true`, `false` or a list
/// of codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Given", into = "Given")]
pub enum HttpStatusFollowsBody {
    /// None but 400 and 401.
    #[default]
    No,
    /// All.
    Yes,
    /// These, and 400 and 401.
    Of(BTreeSet<u16>),
}

impl HttpStatusFollowsBody {
    /// True if an error with this `status_code` has it as HTTP status, too.
    #[must_use]
    pub fn follows(&self, status_code: u16) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Of(codes) => codes.contains(&status_code),
        }
    }
}

/// The value in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Given {
    All(bool),
    Codes(BTreeSet<u16>),
}

impl TryFrom<Given> for HttpStatusFollowsBody {
    type Error = String;

    fn try_from(given: Given) -> Result<Self, String> {
        match given {
            Given::All(false) => Ok(Self::No),
            Given::All(true) => Ok(Self::Yes),
            Given::Codes(codes) => match codes.iter().find(|code| !(400..=599).contains(*code)) {
                Some(code) => Err(format!("http_status_follows_body: {code} must be from 400 to 599")),
                None => Ok(Self::Of(codes)),
            },
        }
    }
}

impl From<HttpStatusFollowsBody> for Given {
    fn from(follows: HttpStatusFollowsBody) -> Self {
        match follows {
            HttpStatusFollowsBody::No => Self::All(false),
            HttpStatusFollowsBody::Yes => Self::All(true),
            HttpStatusFollowsBody::Of(codes) => Self::Codes(codes),
        }
    }
}
