//! `docs/events.md` says in which order a page is told of what happens. Each of its stories is played here, in virtual time.
#![cfg(not(target_arch = "wasm32"))]

mod counter;

use counter::{Counter, Word};
use gopay_checkout::payment::{Channel, Effect, Input, News, StateName};
use gopay_contract::TransactionStatus::*;

const PAGE: &str = include_str!("../docs/events.md");

/// An event as the page writes it, its status behind it where that is what the event is about.
fn name(news: &News) -> String {
    match news {
        News::Charge { .. } => "gopay-charge".to_owned(),
        News::Status { transaction_status, .. } => format!("gopay-status {transaction_status}"),
        News::Ended { transaction_status, .. } => format!("gopay-{}", StateName::of(transaction_status).as_str()),
        News::Channel(_) => "gopay-channel".to_owned(),
        News::Problem(_) => "gopay-problem".to_owned(),
    }
}

/// A page that writes down what it is told.
struct Page {
    counter: Counter,
    told: Vec<String>,
    charges: Vec<(String, bool)>,
}

impl Page {
    fn new() -> Self {
        Self { counter: Counter::new(), told: Vec::new(), charges: Vec::new() }
    }

    fn pending() -> Self {
        let mut page = Self::new();
        page.step(Input::Begun);
        page.hears(&Word::Charge(Pending));
        page
    }

    fn note(&mut self, effects: &[Effect]) {
        for effect in effects {
            let Effect::Tell(news) = effect else { continue };
            self.told.push(name(news));
            if let News::Charge { transaction_id, resumed, .. } = news {
                self.charges.push((transaction_id.as_str().to_owned(), *resumed));
            }
        }
    }

    fn step(&mut self, input: Input) {
        let effects = self.counter.step(input);
        self.note(&effects);
    }

    fn hears(&mut self, word: &Word) {
        let effects = self.counter.hear(word).expect("somebody waits for it");
        self.note(&effects);
    }

    fn waits(&mut self, ms: i64) {
        let effects = self.counter.wait(ms);
        self.note(&effects);
    }

    fn ends(status: gopay_contract::TransactionStatus) -> Self {
        let mut page = Self::pending();
        page.hears(&Word::Pushed(status));
        page
    }
}

/// What is told in the story that `docs/events.md` calls so.
fn played(story: &str) -> Page {
    match story {
        "paid" => Page::ends(Settlement),
        "reloaded while pending" => {
            let mut page = Page::new();
            // The charge was made a minute ago, by another page.
            page.counter.server_ahead = 60_000;
            page.step(Input::Begun);
            page.hears(&Word::Charge(Pending));
            assert_eq!(page.charges, [("transaction-1".to_owned(), true)]);
            page
        }
        "opened after it was paid" => {
            let mut page = Page::new();
            page.step(Input::Begun);
            page.hears(&Word::Charge(Settlement));
            page
        }
        "expired" => Page::ends(Expire),
        "expired, and paid after all" => {
            let mut page = Page::ends(Expire);
            page.waits(10_000);
            page.hears(&Word::Status(Settlement));
            page
        }
        "cancelled" => Page::ends(Cancel),
        "denied" => Page::ends(Deny),
        "started over after an end" => {
            let mut page = Page::ends(Expire);
            page.step(Input::RetryPressed);
            page.hears(&Word::Charge(Pending));
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
                page.hears(&Word::StatusUnreachable);
                page.waits(6_000);
            }
            page.hears(&Word::Status(Pending));
            page
        }
        "refunded" => {
            let mut page = Page::ends(Settlement);
            page.step(Input::RefreshPressed);
            page.hears(&Word::Status(Refund));
            page
        }
        other => panic!("docs/events.md tells of {other:?}: play it here"),
    }
}

/// Each story's name, its events, and whether something came before them.
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
        let mut told = played(story).told;
        if something_before {
            let begins = ["gopay-charge", "gopay-status pending"];
            assert_eq!(told[..2], begins, "{story}");
            told.drain(..2);
        }
        assert_eq!(told, events, "{story}: left is what is told, right what docs/events.md says");
    }
}
