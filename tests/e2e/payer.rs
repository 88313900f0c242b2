//! Page object: a payer in front of a browser, what they do and what they see. It uses the widget's public surface only:
//! attributes, parts and events.

mod navigation;

use crate::browser::Browser;
use crate::camera;
use crate::device::Device;
use crate::eventually::eventually;
use crate::shop::Shop;
use fantoccini::elements::{Element, ElementRef};
use serde_json::{Value, json};
use std::cell::{Cell, OnceCell, RefCell};
use std::path::PathBuf;
use std::{env, fs};

/// WebDriver's own name for "this is an element".
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// `widget` in a script: the element, or the Leptos component, which is a `<div>` with the same attributes. `part(name)`:
/// the first element of that part in its shadow root, or null.
const PARTS: &str = "
    const widget = document.querySelector('gopay-checkout, div[order-id][charge-url]');
    const all = (css) => [...(widget?.shadowRoot?.querySelectorAll(css) ?? [])];
    const part = (css) => all(css)[0] ?? null;
";

/// An order as the shop's page remembers it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The shop's own id.
    pub order_id: String,
    /// Token for the order's endpoints.
    pub order_token: String,
}

/// A payer and their browser.
pub struct Payer<'a> {
    shop: &'a Shop,
    browser: Browser,
    query: OnceCell<String>,
    order: OnceCell<Order>,
    /// The address of the page that they left for the GoPay app.
    left: RefCell<Option<String>>,
    screenshots: Cell<u32>,
}

impl<'a> Payer<'a> {
    pub(crate) async fn comes(shop: &'a Shop, device: Device, time_zone: Option<&str>) -> Self {
        let browser = Browser::opens_in(device, time_zone).await;
        Self {
            shop,
            browser,
            query: OnceCell::new(),
            order: OnceCell::new(),
            left: RefCell::default(),
            screenshots: Cell::new(0),
        }
    }

    /// Their browser.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Will open the shop's page with this query, like `channel=qr`.
    #[must_use]
    pub fn trying(self, query: &str) -> Self {
        self.query.set(format!("?{query}")).expect("only once");
        self
    }

    // What they do

    /// Opens the shop, presses "Beli" on one product, and has the checkout before them.
    pub async fn buys(&self, sku: &str) -> Order {
        let query = self.query.get().map_or("", String::as_str);
        self.goes_to(&self.shop.address(&format!("/{query}"))).await;
        let button = format!("return document.querySelector('button[data-sku=\"{sku}\"]')");
        self.presses("the product's button", &button).await;
        let order = eventually("the shop has made an order", async || {
            let stored =
                self.evaluates("return JSON.parse(localStorage.getItem('kedai-senja-orders') ?? '[]')[0]").await?;
            match (stored["order_id"].as_str(), stored["order_token"].as_str()) {
                (Some(id), Some(token)) => Ok(Order { order_id: id.to_owned(), order_token: token.to_owned() }),
                _ => Err(stored.to_string()),
            }
        })
        .await;
        self.shop.keeps_secret(&order.order_token);
        assert!(self.order.set(order.clone()).is_ok(), "this payer buys once");
        order
    }

    /// Opens one of the host pages in `pages/`, and waits until it has made an order (see `pages/order.js`).
    pub async fn opens(&self, page: &str) -> Order {
        let query = self.query.get().map_or("", String::as_str);
        self.goes_to(&self.shop.address(&format!("/pages/{page}/{query}"))).await;
        let order = eventually("the page has made an order", async || {
            let order = self.evaluates("return window.order ?? null").await?;
            match (order["order_id"].as_str(), order["order_token"].as_str()) {
                (Some(id), Some(token)) => Ok(Order { order_id: id.to_owned(), order_token: token.to_owned() }),
                _ => self.unexpected(&order).await,
            }
        })
        .await;
        self.shop.keeps_secret(&order.order_token);
        self.order.get_or_init(|| order.clone());
        order
    }

    /// Points a phone's camera at the screen, and pays what it reads.
    pub async fn scans_and_pays(&self) {
        self.sees_qr_code().await;
        // On a small screen they look for it first.
        let looks = "document.querySelector('gopay-checkout')?.shadowRoot?.querySelector('.qr')?.scrollIntoView({ block: 'nearest' })";
        self.evaluates(looks).await.expect("the page can be scrolled");
        let qris = eventually("a camera reads the QR code on the screen", async || {
            camera::scan(&self.browser.screenshot().await.map_err(|error| error.to_string())?)
        })
        .await;
        self.shop.sandbox.is_paid_by_qr_code(&qris).await;
    }

    /// Taps "Bayar dengan GoPay", the link that opens the app.
    pub async fn taps_pay_button(&self) {
        let address = self.evaluates("return location.href").await.expect("an address");
        *self.left.borrow_mut() = address.as_str().map(str::to_owned);
        let link = format!("{PARTS} return part('a[part~=button][rel~=noopener]')");
        self.presses("the deeplink", &link).await;
        self.waits_to_be_at(&format!("{}/v2/deeplink/", self.shop.sandbox.url())).await;
    }

    /// Taps it, and nothing opens: no app on this phone knows such links. A phone stays on the page then; these engines
    /// would ask their computer, and wait for its answer.
    pub async fn taps_pay_button_in_vain(&self) {
        let stays = "addEventListener('click', (event) => event.preventDefault())";
        self.evaluates(stays).await.expect("it is a page");
        self.presses("the deeplink", &format!("{PARTS} return part('a[part~=button][rel~=noopener]')")).await;
    }

    /// Presses this button of the GoPay app: `success` ("Bayar"), `failure` or `abort`.
    pub async fn presses_in_gopay(&self, result: &str) {
        let button = format!("return document.querySelector('button[name=result][value=\"{result}\"]')");
        self.presses("GoPay's button", &button).await;
    }

    /// Presses the first button of the widget that says this.
    pub async fn presses_button(&self, label: &str) {
        let script =
            format!("{PARTS} return all('button, a').find((it) => it.textContent.includes({})) ?? null", json!(label));
        self.presses(label, &script).await;
    }

    /// Presses what the page itself has beside the widget: the first that this selector finds.
    pub async fn presses_beside(&self, css: &str) {
        self.presses(css, &format!("return document.querySelector({})", json!(css))).await;
    }

    /// Calls the element's `refresh()`, and waits until the merchant has answered one more status request.
    pub async fn refreshes(&self) {
        let polls = "return performance.getEntriesByType('resource').filter((it) => it.responseEnd > 0
            && /\\/api\\/gopay\\/orders\\/[^\\/?]+$/.test(it.name)).length";
        let before = self.evaluates(polls).await.expect("a number").as_u64();
        self.evaluates("document.querySelector('gopay-checkout').refresh()").await.expect("it has this method");
        eventually("the merchant answers a poll", async || {
            let now = self.evaluates(polls).await?.as_u64();
            if now > before { Ok(()) } else { Err(format!("{now:?} polls, as before")) }
        })
        .await;
    }

    // What they see

    /// Waits for a QR code: loaded, with an `alt` text, and in state `pending`, because the loader may have painted it before
    /// the core has started.
    pub async fn sees_qr_code(&self) {
        let script = format!(
            "{PARTS} const it = part('img[part~=qr]');
            return it && {{drawn: it.complete && it.naturalWidth > 0 && widget.getAttribute('state') === 'pending', alt: it.alt, src: it.src}}"
        );
        let qr = eventually("a QR code is on the screen", async || {
            let qr = self.evaluates(&script).await?;
            if qr["drawn"] == true { Ok(qr) } else { self.unexpected(&qr).await }
        })
        .await;
        assert!(qr["alt"].as_str().is_some_and(|alt| !alt.trim().is_empty()), "the QR code has no words: {qr}");
        let src = qr["src"].as_str().unwrap_or_default();
        assert!(src.starts_with(self.shop.sandbox.url()), "the QR code is not hot-linked: {src}");
    }

    /// Waits for the link that opens the app, in state `pending`. Returns its address.
    pub async fn sees_deeplink(&self) -> String {
        let script = format!(
            "{PARTS} const it = part('a[part~=button][rel~=noopener]');
            return it && widget.getAttribute('state') === 'pending' && {{href: it.getAttribute('href'), text: it.textContent.trim(), target: it.target}}"
        );
        let link = eventually("a link to the GoPay app is on the screen", async || {
            let link = self.evaluates(&script).await?;
            if link["href"].is_string() { Ok(link) } else { self.unexpected(&link).await }
        })
        .await;
        assert_eq!((&link["text"], &link["target"]), (&json!("Bayar dengan GoPay"), &json!("_top")), "{link}");
        link["href"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the widget reflects this `state`.
    pub async fn waits_for_state(&self, state: &str) {
        eventually(&format!("the widget's state is {state}"), async || {
            let now = self.evaluates(&format!("{PARTS} return widget?.getAttribute('state') ?? null")).await?;
            if now == state { Ok(()) } else { self.unexpected(&now).await }
        })
        .await;
    }

    /// The widget's state at this moment.
    pub async fn state(&self) -> String {
        let state = self.evaluates(&format!("{PARTS} return widget?.getAttribute('state')")).await;
        state.expect("a page with a widget").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until this part of the widget shows this text.
    pub async fn reads(&self, part: &str, text: &str) {
        let script = format!("{PARTS} return all('[part~={part}]').map((it) => it.innerText).join(' ')");
        eventually(&format!("the part `{part}` reads {text:?}"), async || {
            let now = self.evaluates(&script).await?;
            if now.as_str().is_some_and(|now| now.contains(text)) { Ok(()) } else { self.unexpected(&now).await }
        })
        .await;
    }

    /// The text of a part of the widget at this moment; empty where there is none.
    pub async fn text_of(&self, part: &str) -> String {
        let script = format!("{PARTS} return all('[part~={part}]').map((it) => it.innerText).join(' ').trim()");
        self.evaluates(&script).await.expect("a page with a widget").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the address begins so.
    pub async fn waits_to_be_at(&self, url: &str) -> String {
        eventually(&format!("the browser is at {url}…"), async || {
            let now = self.evaluates("return location.href").await?;
            let now = now.as_str().unwrap_or_default().to_owned();
            if now.starts_with(url) { Ok(now) } else { Err(now) }
        })
        .await
    }

    /// Details of all host events of this name that the page has received.
    pub async fn heard(&self, event: &str) -> Vec<Value> {
        let lines =
            self.evaluates("return [...document.querySelectorAll('#events code')].map((it) => it.textContent)").await;
        let lines = lines.expect("the demo shop's own log");
        let lines = lines.as_array().into_iter().flatten().filter_map(Value::as_str);
        lines
            .filter_map(|line| line.strip_prefix(event)?.strip_prefix(' '))
            .map(|detail| serde_json::from_str(detail).expect("the shop logs JSON"))
            .collect()
    }

    /// Waits until the page has received this event, and returns its first detail.
    pub async fn waits_to_hear(&self, event: &str) -> Value {
        eventually(&format!("the page hears {event}"), async || {
            self.heard(event).await.into_iter().next().ok_or("not yet")
        })
        .await
    }

    /// The charge of their order, as the merchant answers anyone who has the order's token: the same one each time.
    pub async fn charge(&self) -> Value {
        let order = self.order.get().expect("they have bought something");
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
        let request = self.shop.http().post(self.shop.address("/api/gopay/charge")).bearer_auth(&order.order_token);
        request.json(&body).send().await.expect("the merchant answers").json().await.expect("in JSON")
    }

    /// Saves a screenshot, where `E2E_SCREENSHOTS` names a folder.
    pub async fn keeps_screenshot(&self, name: &str) {
        let Some(folder) = env::var_os("E2E_SCREENSHOTS").map(PathBuf::from) else { return };
        fs::create_dir_all(&folder).expect("the folder for screenshots");
        self.screenshots.set(self.screenshots.get() + 1);
        let screenshot = self.browser.screenshot().await.expect("a screenshot");
        fs::write(folder.join(format!("{name}-{}.png", self.screenshots.get())), screenshot)
            .expect("the screenshot is saved");
    }

    /// Evaluates a script in the page.
    ///
    /// # Errors
    /// In words, when the page is just being left, or the script throws.
    pub async fn evaluates(&self, script: &str) -> Result<Value, String> {
        self.browser.runs(script, Vec::new()).await.map_err(|error| error.to_string())
    }

    /// Clicks, or taps, as a person does: on what is on the screen.
    async fn presses(&self, what: &str, script: &str) {
        eventually(&format!("{what} can be pressed"), async || {
            let found = self.evaluates(script).await?;
            let Some(id) = found[ELEMENT].as_str() else { return self.unexpected(&found).await };
            let element = Element::from_element_id(self.browser.client().clone(), ElementRef::from(id.to_owned()));
            element.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// The error for an unexpected value: the value, the address, and the text of the page.
    async fn unexpected<T>(&self, found: &Value) -> Result<T, String> {
        let script = format!(
            "{PARTS} return location.href.split('?')[0] + ' state=' + widget?.getAttribute('state') + '\\n'
            + (part('[part~=card]')?.innerText ?? document.body.innerText)"
        );
        let page = self.evaluates(&script).await?;
        Err(format!("{found}\n{}", page.as_str().unwrap_or_default()))
    }
}
