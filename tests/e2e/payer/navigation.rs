//! Navigation of a payer: addresses, back, reload; and losing the network.

use super::Payer;
use crate::engine::Engine;

impl Payer<'_> {
    /// The browser's own "back".
    pub async fn walks_back(&self) {
        let address = self.evaluates("return location.href").await.expect("an address");
        let is_at_shop = address.as_str().is_some_and(|address| address.starts_with(&self.shop.address("/")));
        let left = self.left.borrow().clone();
        match (Engine::from_env(), left) {
            // WebKit's driver loses the page when going back from another site: type its address instead.
            (Engine::Webkit, Some(left)) if !is_at_shop => self.goes_to(&left).await,
            (Engine::Chromium | Engine::Firefox | Engine::Webkit, _) => {
                self.browser.client().back().await.expect("there is a page to go back to");
            }
        }
    }

    /// The phone opens an address in a tab beside this one, as it does when another app asks it to. What they do next,
    /// they do there.
    pub async fn gets_a_new_tab(&self, url: &str) {
        let tab = self.browser.client().new_window(true).await.expect("there is room for one more");
        self.browser.client().switch_to_window(tab.handle).await.expect("it is open");
        self.goes_to(url).await;
    }

    /// Closes the tab that they got last, and looks at the one before it.
    pub async fn closes_the_new_tab(&self) {
        self.browser.client().close_window().await.expect("it was open");
        let first = self.browser.client().windows().await.expect("there is another").remove(0);
        self.browser.client().switch_to_window(first).await.expect("it is open");
    }

    /// The browser's own "reload".
    pub async fn reloads(&self) {
        self.browser.client().refresh().await.expect("the page loads again");
    }

    /// Types an address.
    pub async fn goes_to(&self, url: &str) {
        self.browser.client().goto(url).await.expect("the page loads");
    }

    /// Has no signal any more: the browser notices, and nothing gets through to the shop.
    pub async fn loses_network(&self) {
        self.browser.is_offline(true).await;
        self.shop.proxy.set_cut(true);
    }

    /// Has signal again.
    pub async fn has_network_again(&self) {
        self.shop.proxy.set_cut(false);
        self.browser.is_offline(false).await;
    }
}
