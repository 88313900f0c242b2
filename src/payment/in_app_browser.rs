//! In-app browsers: which app shows the page, and the link that leaves it. Many of them do not open another app's links, so
//! a payer whose GoPay app did not open is told which browser to leave.

use gopay_contract::{contains, split_once_ascii};

/// An app that shows pages itself, and says so in the user agent. Only apps with a certain label: a payer must not be told
/// to leave an app that he does not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InAppBrowser {
    /// Instagram.
    Instagram,
    /// Threads, which says `Barcelona`.
    Threads,
    /// Messenger.
    Messenger,
    /// Facebook, and Facebook Lite.
    Facebook,
    /// `TikTok`, which says `musical_ly`, or `trill` in South-East Asia.
    TikTok,
    /// LINE.
    Line,
    /// Shopee, which says `Beeshop`.
    Shopee,
    /// Tokopedia.
    Tokopedia,
    /// Telegram, on Android; on iPhones it does not say so.
    Telegram,
    /// X, which still says `Twitter`.
    X,
    /// `WeChat`, which says `MicroMessenger`.
    WeChat,
    /// Snapchat.
    Snapchat,
    /// `LinkedIn`.
    LinkedIn,
    /// Pinterest.
    Pinterest,
    /// The Google app, which says `GSA`.
    Google,
}

/// Labels in user agents, in the order in which they are searched: Messenger's also has Facebook's.
const LABELS: [(&str, InAppBrowser); 19] = [
    ("Instagram ", InAppBrowser::Instagram),
    ("Barcelona ", InAppBrowser::Threads),
    ("Orca-Android", InAppBrowser::Messenger),
    ("FBAN/Messenger", InAppBrowser::Messenger),
    ("FBAN/", InAppBrowser::Facebook),
    ("FBAV/", InAppBrowser::Facebook),
    ("musical_ly", InAppBrowser::TikTok),
    (" trill_", InAppBrowser::TikTok),
    (" Line/", InAppBrowser::Line),
    ("Beeshop", InAppBrowser::Shopee),
    ("Tokopedia Webview", InAppBrowser::Tokopedia),
    ("Telegram-Android", InAppBrowser::Telegram),
    ("Twitter for iPhone", InAppBrowser::X),
    ("TwitterAndroid", InAppBrowser::X),
    ("MicroMessenger", InAppBrowser::WeChat),
    ("Snapchat/", InAppBrowser::Snapchat),
    ("LinkedInApp", InAppBrowser::LinkedIn),
    ("[Pinterest/", InAppBrowser::Pinterest),
    ("GSA/", InAppBrowser::Google),
];

/// Finds the app whose in-app browser has this user agent.
#[must_use]
pub fn in_app_browser(user_agent: &str) -> Option<InAppBrowser> {
    LABELS.into_iter().find(|(label, _)| contains(user_agent, label)).map(|(_, app)| app)
}

/// The URL that opens `href` in the payer's own browser: LINE has a parameter for it, Android an `intent:` link. iPhones have
/// none.
#[must_use]
pub fn way_out(app: InAppBrowser, user_agent: &str, href: &str) -> Option<String> {
    let (scheme, rest) = split_once_ascii(href, b':')?;
    let rest = rest.strip_prefix("//")?;
    let rest = split_once_ascii(rest, b'#').map_or(rest, |(rest, _)| rest);
    if app == InAppBrowser::Line {
        let sign = if rest.as_bytes().contains(&b'?') { "&" } else { "?" };
        Some([scheme, "://", rest, sign, "openExternalBrowser=1"].concat())
    } else {
        let android = contains(user_agent, "Android");
        android
            .then(|| ["intent://", rest, "#Intent;scheme=", scheme, ";action=android.intent.action.VIEW;end"].concat())
    }
}

impl InAppBrowser {
    /// The app's name, the same in every language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instagram => "Instagram",
            Self::Threads => "Threads",
            Self::Messenger => "Messenger",
            Self::Facebook => "Facebook",
            Self::TikTok => "TikTok",
            Self::Line => "LINE",
            Self::Shopee => "Shopee",
            Self::Tokopedia => "Tokopedia",
            Self::Telegram => "Telegram",
            Self::X => "X",
            Self::WeChat => "WeChat",
            Self::Snapchat => "Snapchat",
            Self::LinkedIn => "LinkedIn",
            Self::Pinterest => "Pinterest",
            Self::Google => "Google",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://toko.example/bayar?order_id=order-101#atas";

    #[test]
    fn android_hands_the_page_to_another_browser_and_an_iphone_does_not() {
        let out = |user_agent| way_out(InAppBrowser::Instagram, user_agent, PAGE);
        let intent =
            "intent://toko.example/bayar?order_id=order-101#Intent;scheme=https;action=android.intent.action.VIEW;end";
        assert_eq!(out("Mozilla/5.0 (Linux; Android 15) Instagram 300").as_deref(), Some(intent));
        assert_eq!(out("Mozilla/5.0 (iPhone) Instagram 300"), None);
    }

    #[test]
    fn line_opens_a_browser_for_a_word_in_the_query() {
        let out = |href| way_out(InAppBrowser::Line, "Mozilla/5.0 (iPhone) Line/14", href).unwrap_or_default();
        assert_eq!(out(PAGE), "https://toko.example/bayar?order_id=order-101&openExternalBrowser=1");
        assert_eq!(out("https://toko.example/"), "https://toko.example/?openExternalBrowser=1");
    }
}
