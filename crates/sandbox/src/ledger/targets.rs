//! The URLs for the notifications of one transaction.

use serde::{Deserialize, Serialize};

/// The charge's `X-Override-Notification` and `X-Append-Notification`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationTargets {
    /// URLs in place of the configured one.
    pub instead: Vec<String>,
    /// URLs in addition to the configured one.
    pub beside: Vec<String>,
}

impl NotificationTargets {
    /// Most URLs that Midtrans takes from one header.
    pub const MOST: usize = 3;

    /// Reads the two headers: up to three URLs each, separated by commas. An empty header counts as absent.
    #[must_use]
    pub fn read(override_header: Option<&str>, append_header: Option<&str>) -> Self {
        Self { instead: list(override_header), beside: list(append_header) }
    }

    /// All URLs, given the configured one. Where both headers came, only the override is used.
    #[must_use]
    pub fn urls(&self, configured: Option<&str>) -> Vec<String> {
        match self.instead.as_slice() {
            [] => configured.map(str::to_owned).into_iter().chain(self.beside.iter().cloned()).collect(),
            instead => instead.to_vec(),
        }
    }
}

fn list(header: Option<&str>) -> Vec<String> {
    header
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .take(NotificationTargets::MOST)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_replaces_the_configured_url_and_an_append_adds_to_it() {
        let replaced = NotificationTargets::read(Some("http://a/, http://b/"), None);
        assert_eq!(replaced.urls(Some("http://shop/")), ["http://a/", "http://b/"]);
        let both = NotificationTargets::read(Some("http://a/"), Some("http://c/"));
        assert_eq!(both.urls(Some("http://shop/")), ["http://a/"]);
        let appended = NotificationTargets::read(None, Some("http://c/"));
        assert_eq!(appended.urls(Some("http://shop/")), ["http://shop/", "http://c/"]);
    }

    #[test]
    fn an_empty_header_counts_as_absent_and_a_fourth_url_is_passed_over() {
        let empty = NotificationTargets::read(Some(""), Some(" , "));
        assert_eq!(empty.urls(Some("http://shop/")), ["http://shop/"]);
        assert_eq!(empty.urls(None), Vec::<String>::new());
        assert_eq!(NotificationTargets::read(Some("1,2,3,4"), None).instead, ["1", "2", "3"]);
    }
}
