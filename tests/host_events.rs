//! The order of host events: plays each story of `docs/events.md` in virtual time, and compares the events.
#![cfg(not(target_arch = "wasm32"))]

mod harness;

use gopay_checkout::payment::{Channel, Effect, HostEvent, Input};
use gopay_contract::TransactionStatus::*;
use harness::{Harness, Reply};

const PAGE: &str = include_str!("../docs/events.md");

/// Name of an event as `docs/events.md` writes it: with the status, where that is what the event is about.
fn name(event: &HostEvent) -> String {
    match event {
        HostEvent::Status { transaction_status, .. } => format!("{} {transaction_status}", event.name()),
        HostEvent::Charge { .. } | HostEvent::Ended { .. } | HostEvent::Channel(_) | HostEvent::Problem(_) => {
            event.name().to_owned()
        }
    }
}

/// A page that records its events.
struct Page {
    harness: Harness,
    events: Vec<String>,
    charges: Vec<(String, bool)>,
}

impl Page {
    fn new() -> Self {
        Self { harness: Harness::new(), events: Vec::new(), charges: Vec::new() }
    }

    fn pending() -> Self {
        let mut page = Self::new();
        page.step(Input::Started);
        page.replies(&Reply::Charge(Pending));
        page
    }

    fn record(&mut self, effects: &[Effect]) {
        for effect in effects {
            let Effect::Emit(event) = effect else { continue };
            self.events.push(name(event));
            if let HostEvent::Charge { transaction_id, resumed, .. } = event {
                self.charges.push((transaction_id.as_str().to_owned(), *resumed));
            }
        }
    }

    fn step(&mut self, input: Input) {
        let effects = self.harness.step(input);
        self.record(&effects);
    }

    fn replies(&mut self, reply: &Reply) {
        let effects = self.harness.reply(reply).expect("a request is in flight");
        self.record(&effects);
    }

    fn waits(&mut self, ms: i64) {
        let effects = self.harness.wait(ms);
        self.record(&effects);
    }

    fn ends(status: gopay_contract::TransactionStatus) -> Self {
        let mut page = Self::pending();
        page.replies(&Reply::Pushed(status));
        page
    }
}

/// Plays the story that `docs/events.md` calls so.
fn played(story: &str) -> Page {
    match story {
        "paid" => Page::ends(Settlement),
        "reloaded while pending" => {
            let mut page = Page::new();
            // The charge was made a minute ago, by another page.
            page.harness.server_ahead = 60_000;
            page.step(Input::Started);
            page.replies(&Reply::Charge(Pending));
            assert_eq!(page.charges, [("transaction-1".to_owned(), true)]);
            page
        }
        "opened after it was paid" => {
            let mut page = Page::new();
            page.step(Input::Started);
            page.replies(&Reply::Charge(Settlement));
            page
        }
        "expired" => Page::ends(Expire),
        "expired, and paid after all" => {
            let mut page = Page::ends(Expire);
            page.waits(10_000);
            page.replies(&Reply::Status(Settlement));
            page
        }
        "cancelled" => Page::ends(Cancel),
        "denied" => Page::ends(Deny),
        "started over after an end" => {
            let mut page = Page::ends(Expire);
            page.step(Input::RetryPressed);
            page.replies(&Reply::Charge(Pending));
            assert_ne!(page.charges[0].0, page.charges[1].0, "another transaction");
            page
        }
        "switched to the link and back" => {
            let mut page = Page::pending();
            page.step(Input::ChannelChosen(Channel::Deeplink));
            page.step(Input::ChannelChosen(Channel::Qr));
            page
        }
        "merchant away for a while" => {
            let mut page = Page::pending();
            page.step(Input::RefreshPressed);
            for _ in 0..3 {
                page.replies(&Reply::StatusUnreachable);
                page.waits(6_000);
            }
            page.replies(&Reply::Status(Pending));
            page
        }
        "refunded" => {
            let mut page = Page::ends(Settlement);
            page.step(Input::RefreshPressed);
            page.replies(&Reply::Status(Refund));
            page
        }
        other => panic!("docs/events.md tells of {other:?}: play it here"),
    }
}

/// Name and events of each story, and whether something comes before them.
fn stories() -> Vec<(&'static str, Vec<String>, bool)> {
    let table = PAGE.split("## In which order").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the table");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    rows.filter(|(story, _)| *story != "story")
        .map(|(story, cell)| {
            let mut events: Vec<String> = Vec::new();
            for word in cell.split('`').skip(1).step_by(2) {
                if word.starts_with("gopay-") {
                    events.push(word.to_owned());
                } else if let Some(event) = events.last_mut().filter(|event| *event == "gopay-status") {
                    *event = format!("{event} {word}");
                }
            }
            (story, events, cell.starts_with('…'))
        })
        .collect()
}

#[test]
fn each_story_of_the_events_page_is_told_in_that_order() {
    let stories = stories();
    assert!(stories.len() > 8, "the table is not where it was");
    for (story, events, something_before) in stories {
        let mut emitted = played(story).events;
        if something_before {
            let begins = ["gopay-charge", "gopay-status pending"];
            assert_eq!(emitted[..2], begins, "{story}");
            emitted.drain(..2);
        }
        assert_eq!(emitted, events, "{story}: left is what is emitted, right what docs/events.md says");
    }
}
