//! Every sentence the payer reads, in Indonesian and English. A missing sentence does not compile.
//! docs/adding-a-language.md says how to add a language.
//!
//! Each says what happened, what comes next, and at most one thing to do. It is short, calm and sure of what it says: a
//! payment that may have been made is never called failed, and nothing is promised that the shop has not said. The payer
//! is "Anda". It says "aplikasi GoPay": since April 2026 the Gojek app alone no longer pays (facts §4.2). Names that a
//! sentence needs are put into a [`Template`].

use crate::payment::ProblemKind;

/// Declares the languages, one a line: the tag, which names its file here, its variant of [`Lang`], and what it is.
macro_rules! languages {
    ($first:ident $first_name:ident $first_doc:literal;
     $($tag:ident $name:ident $doc:literal;)*
     $(#[cfg(test)] $test:ident $test_name:ident $test_doc:literal;)?) => {
        mod $first;
        $(mod $tag;)*
        $(#[cfg(test)] mod $test;)?

        /// A language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Lang {
            #[doc = $first_doc]
            $first_name,
            $(#[doc = $doc] $name,)*
            $(#[cfg(test)] #[doc = $test_doc] $test_name,)?
        }

        impl Lang {
            /// All of them.
            pub const ALL: &[Self] =
                &[Self::$first_name, $(Self::$name,)* $(#[cfg(test)] Self::$test_name,)?];

            /// Their tags, as an error message lists them.
            pub(crate) const TAGS: &str = concat!(stringify!($first) $(, " or ", stringify!($tag))*);

            /// Reads a tag like `id`, `en` or `en-GB`.
            #[must_use]
            pub fn from_tag(tag: &str) -> Option<Self> {
                let language = tag.split(['-', '_']).next().unwrap_or_default();
                // `in` is Indonesian's code of before 1989, which some Android WebViews still send.
                if language.eq_ignore_ascii_case(stringify!($first)) || language.eq_ignore_ascii_case("in") {
                    return Some(Self::$first_name);
                }
                $(if language.eq_ignore_ascii_case(stringify!($tag)) {
                    return Some(Self::$name);
                })*
                $(#[cfg(test)]
                if language.eq_ignore_ascii_case(stringify!($test)) {
                    return Some(Self::$test_name);
                })?
                None
            }

            /// The tag of what is shown.
            #[must_use]
            pub const fn tag(self) -> &'static str {
                match self {
                    Self::$first_name => stringify!($first),
                    $(Self::$name => stringify!($tag),)*
                    $(#[cfg(test)] Self::$test_name => stringify!($test),)?
                }
            }

            /// Its sentences.
            #[must_use]
            pub const fn words(self) -> &'static Words {
                match self {
                    Self::$first_name => &$first::WORDS,
                    $(Self::$name => &$tag::WORDS,)*
                    $(#[cfg(test)] Self::$test_name => &$test::WORDS,)?
                }
            }

            /// Texts of the dialog of `pay()`: `src/loader/dialog.js` has them from here.
            #[must_use]
            pub const fn dialog_words(self) -> DialogWords {
                match self {
                    Self::$first_name => $first::DIALOG,
                    $(Self::$name => $tag::DIALOG,)*
                    $(#[cfg(test)] Self::$test_name => $test::DIALOG,)?
                }
            }
        }
    };
}

languages! {
    id Id "Bahasa Indonesia, which is shown where no other is asked for.";
    en En "English.";
    #[cfg(test)]
    pseudo Pseudo "Indonesian with accents on its vowels, for tests: a text that has none is not from a language's file.";
}

/// The words of the dialog around the element. Apart from [`Words`], which the core carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialogWords {
    /// The dialog's name, for screen readers.
    pub label: &'static str,
    /// The button that closes it.
    pub close: &'static str,
}

/// Headline and hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Headline: what happened.
    pub headline: &'static str,
    /// Hint: what comes next, or what to do.
    pub hint: &'static str,
}

const fn message(headline: &'static str, hint: &'static str) -> Message {
    Message { headline, hint }
}

/// A sentence with a gap for one name: what stands before it, and what after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template(&'static str, &'static str);

impl Template {
    /// The whole sentence.
    #[must_use]
    pub fn with(self, name: &str) -> String {
        [self.0, name, self.1].concat()
    }
}

/// The sentences of one language.
#[derive(Debug)]
#[expect(missing_docs, reason = "the sentences say what they are")]
pub struct Words {
    pub pay: &'static str,
    pub total: &'static str,
    pub order: &'static str,
    pub paid_via: &'static str,
    pub paid_at: &'static str,
    pub transaction: &'static str,
    pub time_left: &'static str,
    pub hours: &'static str,
    pub minutes: &'static str,
    pub qr_alt: &'static str,
    pub qr_alt_order: &'static str,
    pub full_screen: &'static str,
    pub brighter: &'static str,
    pub scan_instead: &'static str,
    pub open_instead: &'static str,
    pub already_paid: &'static str,
    pub cancel_payment: &'static str,
    pub retry: &'static str,
    pub start_over: &'static str,
    pub reload: &'static str,
    pub ready: Message,
    pub charging: Message,
    pub pending_qr: Message,
    pub pending_deeplink: Message,
    pub checking: Message,
    pub settlement: Message,
    pub expire: Message,
    pub cancel: Message,
    pub deny: Message,
    pub refund: Message,
    pub steps_qr: [&'static str; 3],
    pub steps_deeplink: [&'static str; 3],
    pub rescue: Rescue,
    pub coming_back: ComingBack,
    pub announced: Announced,
    pub problem: fn(ProblemKind) -> Message,
}

/// Texts for a payer who tapped the link and whose app did not open.
#[derive(Debug)]
pub struct Rescue {
    /// In a browser, or in an app that does not say which it is.
    pub not_opened: Message,
    /// The hint in an in-app browser, with the app's name: how to get out.
    pub leave_app: Template,
    /// The button that leaves, where one can.
    pub open_in_browser: &'static str,
    /// Copies the page's address, for another browser.
    pub copy_link: &'static str,
    /// It is copied, and what to do with it.
    pub link_copied: &'static str,
    /// It could not be copied, as in some in-app browsers.
    pub copy_by_hand: &'static str,
    /// Saves the QR image.
    pub save_qr: &'static str,
    /// Instruction for a saved QR code.
    pub saved_qr: &'static str,
}

/// The payer comes back from the app, or says that he has paid.
#[derive(Debug)]
pub struct ComingBack {
    /// Back on a page that sends no request before the button is pressed.
    pub ready: Message,
    /// The status is being polled.
    pub checking: Message,
    /// Polled, and still pending: the payment may have been made a moment ago.
    pub still_pending: Message,
}

/// Announcements of the countdown for screen readers: milestones, no ticks.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names are the times")]
pub struct Announced {
    pub five_minutes: &'static str,
    pub two_minutes: &'static str,
    pub one_minute: &'static str,
    pub thirty_seconds: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::{InAppBrowser, ProblemCode};
    use gopay_contract::StatusCode;

    fn kinds() -> Vec<ProblemKind> {
        let codes = ProblemCode::ALL.map(|code| (code, None));
        let rejected = [400, 402, 406, 410].map(|code| (ProblemCode::ChargeRejected, Some(StatusCode(code))));
        codes.into_iter().chain(rejected).collect()
    }

    /// All of them in one text, as the derived `Debug` writes it: no sentence is forgotten here.
    fn everything(lang: Lang) -> String {
        let problems: Vec<_> = kinds().into_iter().map(lang.words().problem).collect();
        format!("{:?} {problems:?}", lang.words())
    }

    #[test]
    fn every_problem_says_what_happened_and_what_to_do() {
        for &lang in Lang::ALL {
            for kind in kinds() {
                let Message { headline, hint } = (lang.words().problem)(kind);
                assert!(!headline.is_empty() && !headline.ends_with('.'), "{lang:?} {kind:?}: {headline}");
                assert!(hint.ends_with('.'), "{lang:?} {kind:?}: {hint}");
            }
        }
    }

    #[test]
    fn a_rejected_charge_is_told_by_its_code() {
        for &lang in Lang::ALL {
            let mut said: Vec<_> = [400, 402, 406, 410]
                .map(|code| (lang.words().problem)((ProblemCode::ChargeRejected, Some(StatusCode(code)))).headline)
                .to_vec();
            said.dedup();
            assert_eq!(said.len(), 4, "{said:?}");
        }
    }

    #[test]
    fn no_sentence_is_empty() {
        for &lang in Lang::ALL {
            assert!(!everything(lang).contains("\"\""), "{}", everything(lang));
        }
    }

    #[test]
    fn the_app_is_the_gopay_app_and_the_payer_is_anda() {
        for &lang in Lang::ALL {
            let text = everything(lang).to_lowercase();
            for word in ["gojek", "go-pay", " kamu", "silahkan", "klik", "click", "error", "gagal", " action "] {
                assert!(!text.contains(word), "{lang:?} says {word}");
            }
        }
    }

    /// Returns whether money has moved is not known in any of these.
    #[test]
    fn where_it_may_have_been_paid_the_payer_is_asked_not_to_pay_again() {
        for (lang, asked) in [(Lang::Id, "jangan membayar lagi"), (Lang::En, "do not pay again")] {
            let words = lang.words();
            for code in [ProblemCode::MerchantUnreachable, ProblemCode::BadAnswer] {
                let hint = (words.problem)((code, None)).hint.to_lowercase();
                assert!(hint.contains(asked), "{hint}");
            }
            assert!(words.checking.hint.to_lowercase().contains(asked), "{}", words.checking.hint);
        }
    }

    #[test]
    fn the_way_out_of_an_app_names_the_app() {
        for &lang in Lang::ALL {
            let said = lang.words().rescue.leave_app.with(InAppBrowser::TikTok.name());
            assert!(said.contains("TikTok") && said.contains(lang.words().rescue.open_in_browser), "{said}");
        }
    }

    #[test]
    fn regional_tags_are_their_languages() {
        for (tag, lang) in [("id", Lang::Id), ("id-ID", Lang::Id), ("in", Lang::Id), ("EN_us", Lang::En)] {
            assert_eq!(Lang::from_tag(tag), Some(lang), "{tag}");
        }
        assert_eq!(Lang::from_tag("idaho"), None);
    }

    /// The test language has a file of its own and one line above, and nothing else in `src/` names it.
    #[test]
    fn a_language_is_one_file_and_one_line_and_every_screen_speaks_it() {
        assert_eq!(Lang::from_tag("pseudo-ID"), Some(Lang::Pseudo));
        assert_eq!(Lang::TAGS, "id or en", "what is only for tests is offered to no shop");
        for (screen, html) in screens_in(Lang::Pseudo) {
            assert!(html.contains("lang=\"pseudo\""), "{html}");
            let texts = html.split('>').filter_map(|after| after.split('<').next()).map(str::trim);
            for text in texts.filter(|text| text.contains(|it: char| it.is_alphabetic())) {
                let is_data = ["GoPay", "Rp44.000"].contains(&text) || text.starts_with('(') || text.ends_with(" WIB");
                let is_id = text.starts_with("b1c2d3e4");
                assert!(is_data || is_id || text.contains(['â', 'ê', 'î', 'ô', 'û']), "{screen}: {text:?}");
            }
        }
    }

    /// Every screen as HTML: each state, way to pay, problem and notice.
    fn screens_in(lang: Lang) -> Vec<(String, String)> {
        use crate::components::{CopyResult, InAppContext, ViewModel, card};
        use crate::config::Theme;
        use crate::payment::{AppReturnNotice, Channel, Problem, Receipt, Screen, StateName, Trust};
        use gopay_contract::{GrossAmount, JakartaTime, OrderId, TransactionId};
        use leptos::prelude::RenderHtml;

        let trust = Trust::default();
        let problems = kinds().into_iter().map(|(code, status_code)| {
            let mut problem = Problem::new(code, "for the shop");
            problem.midtrans_status_code = status_code;
            Some(problem)
        });
        let problems: Vec<_> = std::iter::once(None).chain(problems).collect();
        let notices =
            [AppReturnNotice::None, AppReturnNotice::Returned, AppReturnNotice::NotOpened, AppReturnNotice::Unpaid];
        let mut screens = Vec::new();
        for state in StateName::ALL {
            for channel in [Channel::Qr, Channel::Deeplink] {
                for problem in &problems {
                    for app_notice in notices {
                        let screen = Screen {
                            order_id: OrderId::parse("order-101").ok(),
                            gross_amount: GrossAmount::from_rupiah(44_000),
                            qr: trust.qr("https://api.midtrans.com/qr").map(|url| (url, 0)),
                            deeplink: trust.deeplink("https://gopay.co.id/app"),
                            can_switch: true,
                            can_retry: true,
                            can_cancel: true,
                            receipt: (state == StateName::Settlement).then(|| Receipt {
                                transaction_id: TransactionId::parse("b1c2d3e4-0000").expect("an id"),
                                settlement_time: JakartaTime::parse("2026-11-30 16:05:07").ok(),
                            }),
                            problem: problem.clone(),
                            app_notice,
                            ..Screen::empty(state, channel)
                        };
                        for (app, copied) in [(None, None), (Some(InAppBrowser::TikTok), Some(CopyResult::Link))] {
                            let place = InAppContext { app, way_out: Some("intent://toko.example".to_owned()) };
                            let name = format!("{screen:?}");
                            let model = ViewModel {
                                screen: screen.clone(),
                                seconds_left: Some(299),
                                lang,
                                theme: Theme::Auto,
                                place,
                                copied,
                                utc_offset: JakartaTime::UTC_OFFSET,
                            };
                            screens.push((name, card(&model).to_html()));
                        }
                    }
                }
            }
        }
        screens
    }
}
