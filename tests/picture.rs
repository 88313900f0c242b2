//! The picture as values: what every screen shows and offers, in both languages, without a browser.

use gopay_checkout::config::Theme;
use gopay_checkout::payment::{Channel, Problem, ProblemCode, Screen, StateName, Trust};
use gopay_checkout::text::Lang;
use gopay_checkout::view::{Child, Element, Press, Seen, card};
use gopay_contract::{GrossAmount, OrderId};

const QR: &str = "https://api.sandbox.midtrans.com/v2/gopay/231c79c5/qr-code?a=%2F&b=1";
const DEEPLINK: &str = "https://simulator.sandbox.midtrans.com/v2/deeplink/detail?tref=A1&x=%3Forder_id%3D1";

const STATES: [StateName; 11] = [
    StateName::Loading,
    StateName::Ready,
    StateName::Charging,
    StateName::Pending,
    StateName::Checking,
    StateName::Settlement,
    StateName::Expire,
    StateName::Cancel,
    StateName::Deny,
    StateName::Refund,
    StateName::Problem,
];

const CODES: [ProblemCode; 11] = [
    ProblemCode::Config,
    ProblemCode::Offline,
    ProblemCode::MerchantUnreachable,
    ProblemCode::MerchantRefused,
    ProblemCode::BadAnswer,
    ProblemCode::AmountMismatch,
    ProblemCode::UntrustedUrl,
    ProblemCode::ChargeRejected,
    ProblemCode::QrImage,
    ProblemCode::ServerKey,
    ProblemCode::Internal,
];

fn seen(screen: Screen) -> Seen {
    Seen { screen, seconds_left: Some(899), lang: Lang::Id, theme: Theme::Auto }
}

fn screen(state: StateName, channel: Channel) -> Screen {
    let trust = Trust::default();
    Screen {
        order_id: OrderId::parse("order-101").ok(),
        gross_amount: GrossAmount::from_rupiah(44_000),
        qr: trust.qr(QR).map(|url| (url, 0)),
        deeplink: trust.deeplink(DEEPLINK),
        can_switch: true,
        can_retry: true,
        can_cancel: true,
        ..Screen::empty(state, channel)
    }
}

/// Every state by both channels, with no problem and with each.
fn every_screen() -> Vec<Screen> {
    let mut screens = Vec::new();
    for state in STATES {
        for channel in [Channel::Qr, Channel::Deeplink] {
            screens.push(screen(state, channel));
            for code in CODES {
                let problem = Some(Problem::new(code, "raw words for the shop"));
                screens.push(Screen { problem, ..screen(state, channel) });
            }
        }
    }
    screens
}

fn walk<'a>(element: &'a Element, visit: &mut dyn FnMut(&'a Element)) {
    visit(element);
    for child in &element.children {
        if let Child::Element(child) = child {
            walk(child, visit);
        }
    }
}

fn all(card: &Element, is_wanted: impl Fn(&Element) -> bool) -> Vec<&Element> {
    let mut found = Vec::new();
    walk(card, &mut |element| {
        if is_wanted(element) {
            found.push(element);
        }
    });
    found
}

fn words(card: &Element) -> String {
    let mut words = Vec::new();
    walk(card, &mut |element| {
        words.extend(element.children.iter().filter_map(|child| match child {
            Child::Text(text) => Some(text.to_string()),
            Child::Element(_) | Child::Nothing => None,
        }));
    });
    words.join(" ")
}

fn presses(card: &Element) -> Vec<Press> {
    all(card, |element| element.get(Press::ATTRIBUTE).is_some())
        .into_iter()
        .map(|element| Press::parse(element.get(Press::ATTRIBUTE).unwrap_or_default()).expect("a word of ours"))
        .collect()
}

#[test]
fn the_qr_picture_is_linked_unmodified_and_named_by_amount_and_order() {
    let card = card(&seen(screen(StateName::Pending, Channel::Qr)));
    let [picture] = all(&card, |element| element.tag == "img")[..] else { panic!("one picture: {card:?}") };
    assert_eq!(picture.get("src"), Some(QR));
    assert_eq!(picture.get("alt"), Some("Kode QR untuk membayar Rp44.000, pesanan order-101"));
    assert_eq!(picture.get("referrerpolicy"), Some("no-referrer"));
}

#[test]
fn a_picture_that_is_loaded_anew_is_another_element() {
    let of = |tries| {
        let mut screen = screen(StateName::Pending, Channel::Qr);
        screen.qr = screen.qr.map(|(url, _)| (url, tries));
        let card = card(&seen(screen));
        all(&card, |element| element.tag == "img").first().map(|picture| picture.key)
    };
    assert_ne!(of(0), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn the_deeplink_is_a_real_link_that_is_left_as_it_came() {
    let card = card(&seen(screen(StateName::Pending, Channel::Deeplink)));
    let [link] = all(&card, |element| element.tag == "a")[..] else { panic!("one link: {card:?}") };
    assert_eq!(link.get("href"), Some(DEEPLINK));
    assert_eq!(link.get("rel"), Some("noopener"));
    assert_eq!(link.get("target"), None, "another window is blocked in apps, or lost");
}

#[test]
fn every_screen_has_one_headline_and_at_most_one_main_action() {
    for screen in every_screen() {
        let card = card(&seen(screen));
        let headlines = all(&card, |element| element.get("class") == Some("headline"));
        assert_eq!(headlines.len(), 1, "{card:?}");
        assert!(all(&card, |element| element.get("part") == Some("button")).len() <= 1, "{card:?}");
        let mut offered = presses(&card);
        let before = offered.len();
        offered.dedup();
        assert_eq!(offered.len(), before, "nothing is offered twice: {card:?}");
    }
}

#[test]
fn what_comes_and_goes_leaves_the_place_of_everything_else() {
    let places: Vec<usize> = every_screen().into_iter().map(|screen| card(&seen(screen)).children.len()).collect();
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "a live region that moves is spoken again: {places:?}");
}

#[test]
fn nothing_to_pay_with_is_shown_on_any_screen_but_pending() {
    for screen in every_screen().into_iter().filter(|screen| screen.state != StateName::Pending) {
        let card = card(&seen(screen));
        assert!(all(&card, |element| matches!(element.tag, "img" | "a")).is_empty(), "{card:?}");
    }
}

#[test]
fn a_payer_reads_no_raw_words_and_no_placeholder() {
    for screen in every_screen() {
        for lang in [Lang::Id, Lang::En] {
            let card = card(&Seen { lang, ..seen(screen.clone()) });
            let words = words(&card);
            assert!(!words.contains("raw words"), "{words}");
            assert!(!words.contains(['{', '}', '<']), "{words}");
            assert_eq!(card.get("lang"), Some(lang.tag()));
        }
    }
}

#[test]
fn the_two_languages_never_say_the_same_headline() {
    for screen in every_screen() {
        let headline = |lang| {
            let card = card(&Seen { lang, ..seen(screen.clone()) });
            let [headline] = all(&card, |element| element.get("class") == Some("headline"))[..] else {
                panic!("one headline: {card:?}")
            };
            words(headline)
        };
        assert_ne!(headline(Lang::Id), headline(Lang::En));
    }
}

#[test]
fn time_is_told_while_it_can_be_paid_and_in_no_other_state() {
    for screen in every_screen() {
        let is_pending = screen.state == StateName::Pending;
        let card = card(&seen(screen));
        let timers = all(&card, |element| element.get("part") == Some("timer"));
        assert_eq!(timers.len(), usize::from(is_pending));
        assert!(timers.iter().all(|timer| words(timer) == "Sisa waktu 14:59"));
    }
}
