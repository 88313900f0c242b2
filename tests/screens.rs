//! Every screen in both languages, rendered to HTML without a browser.
#![cfg(not(target_arch = "wasm32"))]

use gopay_checkout::Checkout;
use gopay_checkout::components::{Action, CopyResult, InAppContext, ViewModel, card as card_view};
use gopay_checkout::config::Theme;
use gopay_checkout::payment::{
    AppReturnNotice, Channel, InAppBrowser, Problem, ProblemCode, Receipt, Screen, StateName, Trust,
};
use gopay_checkout::text::Lang;
use gopay_contract::{GrossAmount, JakartaTime, OrderId, TransactionId};
use html5gum::{Token, Tokenizer};
use leptos::prelude::*;

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

fn model(screen: Screen) -> ViewModel {
    ViewModel {
        screen,
        seconds_left: Some(899),
        lang: Lang::Id,
        theme: Theme::Auto,
        place: InAppContext::default(),
        copied: None,
        utc_offset: JakartaTime::UTC_OFFSET,
    }
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
        receipt: (state == StateName::Settlement).then(|| Receipt {
            transaction_id: TransactionId::parse("b1c2d3e4-0000-4000-8000-101101101101").expect("an id"),
            settlement_time: JakartaTime::parse("2026-11-30 16:05:07").ok(),
        }),
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

/// An element, read from the HTML.
#[derive(Debug, Default)]
struct Element {
    tag: String,
    attributes: Vec<(String, String)>,
    children: Vec<Child>,
}

#[derive(Debug)]
enum Child {
    Element(Element),
    Text(String),
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The card that is shown of `model`.
fn card(model: &ViewModel) -> Element {
    let html = card_view(model).to_html();
    let mut open = vec![Element::default()];
    for token in Tokenizer::new(&html) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                let element = Element { tag: text(&tag.name), attributes, children: Vec::new() };
                let is_void = element.tag == "img";
                open.push(element);
                if is_void {
                    close(&mut open);
                }
            }
            Token::EndTag(tag) => {
                assert_eq!(open.last().map(|element| element.tag.clone()), Some(text(&tag.name)), "{html}");
                close(&mut open);
            }
            Token::String(words) => {
                open.last_mut().expect("there is the document").children.push(Child::Text(text(&words)));
            }
            Token::Error(_) | Token::Comment(_) | Token::Doctype(_) => {}
        }
    }
    let document = open.pop().filter(|_| open.is_empty()).expect("all elements are ended");
    let Ok([Child::Element(card)]) = <[Child; 1]>::try_from(document.children) else { panic!("one card: {html}") };
    card
}

fn close(open: &mut Vec<Element>) {
    let closed = open.pop().expect("one is open");
    open.last_mut().expect("there is the document").children.push(Child::Element(closed));
}

fn walk<'a>(element: &'a Element, visit: &mut dyn FnMut(&'a Element)) {
    visit(element);
    for child in element.elements() {
        walk(child, visit);
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
            Child::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Child::Element(_) => None,
        }));
    });
    words.join(" ")
}

fn actions(card: &Element) -> Vec<Action> {
    all(card, |element| element.get(Action::ATTRIBUTE).is_some())
        .into_iter()
        .map(|element| Action::parse(element.get(Action::ATTRIBUTE).unwrap_or_default()).expect("a word of ours"))
        .collect()
}

#[test]
fn the_qr_picture_is_linked_unmodified_and_named_by_amount_and_order() {
    let card = card(&model(screen(StateName::Pending, Channel::Qr)));
    let [picture] = all(&card, |element| element.tag == "img")[..] else { panic!("one picture: {card:?}") };
    assert_eq!(picture.get("src"), Some(QR));
    assert_eq!(picture.get("alt"), Some("Kode QR untuk membayar Rp44.000, pesanan order-101"));
    assert_eq!(picture.get("referrerpolicy"), Some("no-referrer"));
}

#[test]
fn the_button_that_enlarges_the_code_is_in_the_popover_with_it_and_is_there_with_the_code_alone() {
    for screen in every_screen() {
        let card = card(&model(screen.clone()));
        let buttons = all(&card, |element| element.get("part") == Some("enlarge"));
        assert_eq!(buttons.len(), all(&card, |element| element.tag == "img").len(), "{screen:?}");
        for button in buttons {
            let popover = all(&card, |element| element.get("popover").is_some());
            let [popover] = popover[..] else { panic!("one popover: {card:?}") };
            assert_eq!(button.get("data-action"), Some("enlarge"));
            for tag in ["img", "button"] {
                assert!(popover.elements().any(|it| it.tag == tag), "{tag}: {popover:?}");
            }
        }
    }
}

#[test]
fn the_deeplink_is_a_real_link_that_is_left_as_it_came() {
    let card = card(&model(screen(StateName::Pending, Channel::Deeplink)));
    let [link] = all(&card, |element| element.tag == "a")[..] else { panic!("one link: {card:?}") };
    assert_eq!(link.get("href"), Some(DEEPLINK));
    assert_eq!(link.get("rel"), Some("noopener"));
    assert_eq!(link.get("referrerpolicy"), Some("no-referrer"), "the page's address stays at home");
    assert_eq!(link.get("target"), Some("_top"), "neither a frame nor a base target takes it");
}

#[test]
fn every_screen_has_one_headline_and_at_most_one_main_action() {
    for screen in every_screen() {
        let card = card(&model(screen));
        let headlines = all(&card, |element| element.get("class") == Some("headline"));
        assert_eq!(headlines.len(), 1, "{card:?}");
        assert!(all(&card, |element| element.get("part") == Some("button")).len() <= 1, "{card:?}");
        let mut offered = actions(&card);
        let before = offered.len();
        offered.dedup();
        assert_eq!(offered.len(), before, "nothing is offered twice: {card:?}");
    }
}

#[test]
fn an_amount_that_never_came_is_not_awaited_once_a_problem_has_stopped_the_payment() {
    for state in STATES {
        let unknown = Screen { gross_amount: None, ..screen(state, Channel::Qr) };
        let card = card(&model(unknown));
        let [total, amount] = ["total", "amount"].map(|part| {
            let [line] = all(&card, |element| element.get("part") == Some(part))[..] else { panic!("{card:?}") };
            words(line)
        });
        let shown = if state == StateName::Problem { ("", "") } else { ("Total pembayaran", "Rp…") };
        assert_eq!((total.as_str(), amount.as_str()), shown, "{state:?}");
    }
}

#[test]
fn what_comes_and_goes_leaves_the_place_of_everything_else() {
    let places: Vec<usize> = every_screen().into_iter().map(|screen| card(&model(screen)).elements().count()).collect();
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "a live region that moves is spoken again: {places:?}");
}

#[test]
fn nothing_to_pay_with_is_shown_on_any_screen_but_pending() {
    for screen in every_screen().into_iter().filter(|screen| screen.state != StateName::Pending) {
        let card = card(&model(screen));
        assert!(all(&card, |element| matches!(element.tag.as_str(), "img" | "a")).is_empty(), "{card:?}");
    }
}

#[test]
fn a_payer_reads_no_raw_words_and_no_placeholder() {
    for screen in every_screen() {
        for &lang in Lang::ALL {
            let card = card(&ViewModel { lang, ..model(screen.clone()) });
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
            let card = card(&ViewModel { lang, ..model(screen.clone()) });
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
        let card = card(&model(screen));
        let [timer] = all(&card, |element| element.get("part") == Some("timer"))[..] else { panic!("{card:?}") };
        assert_eq!(words(timer), if is_pending { "Sisa waktu 14 menit" } else { "" });
    }
}

#[test]
fn minutes_are_told_while_there_are_many_and_seconds_when_they_count() {
    let told = |left, lang| {
        let card =
            card(&ViewModel { seconds_left: Some(left), lang, ..model(screen(StateName::Pending, Channel::Qr)) });
        let [clock] = all(&card, |element| element.tag == "time")[..] else { panic!("{card:?}") };
        assert_eq!(clock.get("datetime"), Some(format!("PT{left}S").as_str()));
        words(clock)
    };
    for (left, indonesian, english) in [
        (86_400, "24 jam 0 menit", "24 hr 0 min"),
        (3_900, "1 jam 5 menit", "1 hr 5 min"),
        (899, "14 menit", "14 min"),
        (301, "5 menit", "5 min"),
        (300, "5:00", "5:00"),
        (61, "1:01", "1:01"),
        (9, "0:09", "0:09"),
    ] {
        assert_eq!((told(left, Lang::Id).as_str(), told(left, Lang::En).as_str()), (indonesian, english));
    }
}

#[test]
fn the_shops_own_words_are_shown_wherever_the_payer_is_to_choose_another_way() {
    let shows =
        |screen: Screen| !all(&card(&model(screen)), |it| it.tag == "slot" && it.get("name") == Some("")).is_empty();
    let stopped = |code, can_retry| {
        shows(Screen { problem: Some(Problem::new(code, "")), can_retry, ..screen(StateName::Problem, Channel::Qr) })
    };
    assert!(shows(screen(StateName::Deny, Channel::Qr)));
    for code in [
        ProblemCode::Config,
        ProblemCode::ServerKey,
        ProblemCode::ChargeRejected,
        ProblemCode::UntrustedUrl,
        ProblemCode::AmountMismatch,
        ProblemCode::MerchantRefused,
    ] {
        assert!(stopped(code, false), "{code:?}");
    }
    // It may have been paid.
    assert!(!stopped(ProblemCode::BadAnswer, true) && !stopped(ProblemCode::Internal, false));
    for state in STATES.into_iter().filter(|state| !matches!(state, StateName::Deny | StateName::Problem)) {
        assert!(!shows(screen(state, Channel::Qr)), "{state:?}");
    }
    for screen in every_screen().into_iter().filter(|it| matches!(it.state, StateName::Deny | StateName::Problem)) {
        let says = words(&card(&model(screen.clone()))).contains("pilih cara bayar lain");
        assert!(!says || shows(screen.clone()), "{screen:?}");
    }
}

#[test]
fn the_bar_has_as_many_minutes_as_the_words_and_none_where_there_are_none() {
    let class = |state, left| {
        let card = card(&ViewModel { seconds_left: Some(left), ..model(screen(state, Channel::Qr)) });
        let [timer] = all(&card, |element| element.get("part") == Some("timer"))[..] else { panic!("{card:?}") };
        timer.get("class").unwrap_or_default().to_owned()
    };
    for (left, minutes) in [(86_400, "15"), (899, "14"), (301, "5"), (299, "4"), (59, "0")] {
        assert_eq!(class(StateName::Pending, left), format!("timer notranslate left-{minutes}"));
    }
    assert_eq!(class(StateName::Checking, 899), "timer notranslate left-");
}

/// The lines of the receipt, if there is one: of each the words, then what stands beside them.
fn receipt(model: &ViewModel) -> Option<String> {
    let card = card(model);
    let receipt = all(&card, |element| element.get("part") == Some("receipt")).into_iter().next()?;
    let line = |line: &Element| {
        let value = line.children.iter().filter_map(|child| match child {
            Child::Text(text) => Some(text.trim()),
            Child::Element(_) => None,
        });
        format!("{} {}", line.elements().map(words).collect::<String>(), value.collect::<String>())
    };
    Some(receipt.elements().map(line).collect::<Vec<_>>().join(" "))
}

#[test]
fn a_paid_screen_is_a_receipt_and_no_other_screen_is() {
    let paid = model(screen(StateName::Settlement, Channel::Qr));
    let lines =
        "Dibayar lewat GoPay Waktu bayar 2026-11-30 16:05:07 WIB ID transaksi b1c2d3e4-0000-4000-8000-101101101101";
    assert_eq!(receipt(&paid).as_deref(), Some(lines));
    assert!(words(&card(&paid)).contains("Rp44.000") && words(&card(&paid)).contains("order-101"));
    for screen in every_screen().into_iter().filter(|screen| screen.state != StateName::Settlement) {
        assert_eq!(receipt(&model(screen)), None);
    }
}

#[test]
fn the_time_of_a_payment_is_the_payers_own_with_jakartas_beside_it() {
    let told = receipt(&ViewModel { utc_offset: 9 * 60, ..model(screen(StateName::Settlement, Channel::Qr)) });
    let both = "Waktu bayar 2026-11-30 18:05:07 (2026-11-30 16:05:07 WIB)";
    assert!(told.as_ref().is_some_and(|told| told.contains(both)), "{told:?}");
}

#[test]
fn a_time_that_no_status_has_named_is_not_told() {
    let mut paid = screen(StateName::Settlement, Channel::Qr);
    paid.receipt = paid.receipt.map(|receipt| Receipt { settlement_time: None, ..receipt });
    let told = receipt(&model(paid)).expect("a receipt");
    assert!(!told.contains("Waktu bayar") && told.contains("ID transaksi"), "{told}");
}

#[test]
fn the_shops_next_step_is_shown_once_it_is_paid() {
    let shows = |state| {
        let card = card(&model(screen(state, Channel::Qr)));
        !all(&card, |it| it.tag == "slot" && it.get("name") == Some("paid")).is_empty()
    };
    for state in STATES {
        assert_eq!(shows(state), state == StateName::Settlement, "{state:?}");
    }
}

#[test]
fn how_to_pay_is_three_steps_that_need_no_press_to_be_read() {
    for channel in [Channel::Qr, Channel::Deeplink] {
        let card = card(&model(screen(StateName::Pending, channel)));
        let [steps] = all(&card, |element| element.get("part") == Some("help"))[..] else { panic!("{card:?}") };
        assert_eq!((steps.tag.as_str(), steps.elements().count()), ("ol", 3));
        assert!(all(&card, |element| element.tag == "details").is_empty());
    }
}

#[test]
fn a_screen_reader_hears_four_milestones_and_no_tick_between_them() {
    let spoken = |left| {
        let card = card(&ViewModel { seconds_left: Some(left), ..model(screen(StateName::Pending, Channel::Qr)) });
        let [spoken] = all(&card, |element| element.get("aria-live").is_some())[..] else { panic!("{card:?}") };
        words(spoken)
    };
    let mut heard: Vec<String> = (1..=900).rev().map(spoken).collect();
    heard.dedup();
    heard.retain(|words| !words.is_empty());
    assert_eq!(heard, ["Sisa waktu 5 menit.", "Sisa waktu 2 menit.", "Sisa waktu 1 menit.", "Sisa waktu 30 detik."]);
    assert_eq!(spoken(250), "", "what is no longer so is not found there");
}

#[test]
fn what_goes_wrong_meanwhile_is_told_where_the_hint_stood() {
    let problem = Some(Problem::new(ProblemCode::Offline, "raw words"));
    let card = card(&model(Screen { problem, ..screen(StateName::Pending, Channel::Qr) }));
    let [status] = all(&card, |element| element.get("role") == Some("status"))[..] else { panic!("{card:?}") };
    assert_eq!(
        words(status),
        "Scan kode QR ini Tidak ada koneksi internet. Kami lanjutkan otomatis begitu koneksi Anda kembali."
    );
}

fn not_opened(channel: Channel) -> ViewModel {
    model(Screen { app_notice: AppReturnNotice::NotOpened, ..screen(StateName::Pending, channel) })
}

#[test]
fn a_payer_whose_app_did_not_open_hears_whose_browser_to_leave_and_how() {
    let way_out = "intent://toko.example/bayar#Intent;scheme=https;end";
    let place = InAppContext { app: Some(InAppBrowser::Instagram), way_out: Some(way_out.to_owned()) };
    let card = card(&ViewModel { place, ..not_opened(Channel::Deeplink) });
    assert!(words(&card).contains("Aplikasi GoPay tidak terbuka?") && words(&card).contains("di dalam Instagram"));
    let [leave] = all(&card, |element| element.get("part") == Some("leave"))[..] else { panic!("{card:?}") };
    assert_eq!((leave.get("href"), words(leave).as_str()), (Some(way_out), "Buka di browser"));
    assert!(actions(&card).contains(&Action::Open), "the link to the app stays");
    for other in [Action::CopyLink, Action::ShowQr, Action::Refresh] {
        assert!(actions(&card).contains(&other), "{other:?}");
    }
}

#[test]
fn where_there_is_no_way_out_none_is_offered() {
    let card = card(&not_opened(Channel::Deeplink));
    assert!(all(&card, |element| element.get("part") == Some("leave")).is_empty());
    assert!(words(&card).contains("Pastikan aplikasinya sudah terpasang"));
}

#[test]
fn a_link_that_was_copied_says_what_to_do_with_it_and_one_that_was_not_is_shown() {
    let said = |copied| words(&card(&ViewModel { copied: Some(copied), ..not_opened(Channel::Deeplink) }));
    assert!(said(CopyResult::Link).contains("Tautan disalin."));
    assert!(said(CopyResult::ByHand("https://toko.example/bayar".to_owned())).contains("https://toko.example/bayar"));
}

#[test]
fn the_qr_code_can_be_saved_on_the_phone_that_would_have_to_scan_itself() {
    let saves = |model: &ViewModel| {
        let card = card(model);
        all(&card, |element| element.get("download").is_some()).first().map(|link| {
            (link.get("href").unwrap_or_default().to_owned(), link.get("download").unwrap_or_default().to_owned())
        })
    };
    assert_eq!(saves(&not_opened(Channel::Qr)), Some((QR.to_owned(), "qr-order-101.png".to_owned())));
    assert_eq!(saves(&model(screen(StateName::Pending, Channel::Qr))), None);
}

#[test]
fn who_comes_back_is_told_that_it_is_looked_at_and_then_what_was_found() {
    let headline = |state, app_notice| {
        let card = card(&model(Screen { app_notice, ..screen(state, Channel::Deeplink) }));
        words(all(&card, |element| element.get("class") == Some("headline"))[0])
    };
    assert_eq!(headline(StateName::Checking, AppReturnNotice::Returned), "Mengecek pembayaran…");
    assert_eq!(headline(StateName::Pending, AppReturnNotice::Unpaid), "Pembayaran belum kami terima");
    let back = card(&model(Screen { app_notice: AppReturnNotice::Returned, ..screen(StateName::Ready, Channel::Qr) }));
    assert!(words(&back).contains("Sudah membayar? Tekan tombol"), "{}", words(&back));
}

#[test]
fn on_a_server_the_component_is_its_children_or_a_line_in_the_payers_language_and_no_setting() {
    let order_id = || "order-101".to_owned();
    let owner = Owner::new();
    let (with_children, without) = owner.with(|| {
        let with_children = view! {
            <Checkout order_id=order_id() order_token="v1.token" charge_url="/charge" status_url="/orders/{order_id}">
                <p>{"Sebentar …"}</p>
            </Checkout>
        };
        let without = ["id", "en"].map(|lang| {
            view! { <Checkout order_id=order_id() lang charge_url="/charge" status_url="/orders/{order_id}" /> }
                .to_html()
        });
        (with_children.to_html(), without)
    });
    assert_eq!(with_children, "<div><p>Sebentar …</p></div>");
    assert_eq!(
        without,
        [
            "<div><p slot=\"placeholder\">Menyiapkan pembayaran…</p></div>",
            "<div><p slot=\"placeholder\">Preparing your payment…</p></div>"
        ]
    );
}
