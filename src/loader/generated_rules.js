// Generated from Rust by src/loader_rules.rs; `GOPAY_BLESS=1 cargo test --test loader_rules` writes it anew.

/** Every attribute, and what it may hold for the first charge to be sent early. */
export const EARLY_RULES = {
  "order-id": /^[\w.~-]{1,50}$/,
  "charge-url": /^[!-~]+$/,
  "status-url": /^[!-~]+$/,
  "events-url": /^[!-~]*$/,
  "cancel-url": /^[!-~]*$/,
  "order-token": /^[!-~]*$/,
  "gross-amount": /^(([1-9]\d{0,11})(?:\.(?:00?|0{4,15}))?)?$/,
  "callback-url": /^((?![bdfjv])[a-z][a-z\d+.-]*:\/\/[!-~]+)?$/i,
  "channel": /^/,
  "start": /^(auto)?$/i,
  "lang": /^/,
  "theme": /^/,
  "credentials": /^(same-origin|include|omit)?$/i,
  "trusted-hosts": /^([a-z\d.-]+(:\d{1,5})?(?![^\s,])[\s,]*)*$/i,
};

/** Finds what looks like a Midtrans server key. */
export const SERVER_KEY = /Mid-server-|VT-server-/;

/** Scheme, authority and host of a URL. What a browser would have to repair does not match. */
export const URL_PARTS = /^(?=[!-[\]-~]{1,2048}$)([a-z]+):\/\/(([a-zA-Z\d.-]+)(?::\d{1,5})?)(?![^/?#])/;

/** Hosts of QR pictures. */
export const QR_HOST = /^(api\.midtrans\.com|api\.sandbox\.midtrans\.com|api\.veritrans\.co\.id|api\.sandbox\.veritrans\.co\.id|merchants-app\.midtrans\.com|merchants-app\.sbx\.midtrans\.com)$/;

/** Hosts of deeplinks. */
export const DEEPLINK_HOST = /^(gopay\.co\.id|gojek\.link|gopayapp\.page\.link|gojek\.page\.link|simulator\.sandbox\.midtrans\.com|simulator-v2\.sandbox\.midtrans\.com|.*\.gopay\.co\.id)$/;

/** Schemes that the apps own. */
export const APP_SCHEME = /^(gojek|gopay)$/;

/** The actions with a QR picture, the one that is shown first. */
export const QR_ACTIONS = ["generate-qr-code","generate-qr-code-v2"];

/** The action with the deeplink. */
export const DEEPLINK_ACTION = "deeplink-redirect";

/** Fields that decide about a charge: texts, or whole numbers written as texts. Any other value is the core's to refuse. */
export const ANSWER_RULES = {
  status_code: /^([1-9]\d\d)?$/,
  order_id: /^[\w.~-]{1,50}$/,
  transaction_id: /^[\w-]{1,64}$/,
  gross_amount: /^([1-9]\d{0,11})(?:\.(?:00?|0{4,15}))?$/,
  currency: /^(IDR)?$/i,
  transaction_status: /^pending$/,
  fraud_status: /^(accept)?$/,
  refund_amount: /^[0.]*$/,
};

/** An amount; the group is whole rupiah. */
export const AMOUNT = /^([1-9]\d{0,11})(?:\.(?:00?|0{4,15}))?$/;

/** How long a charge without an expiry_time lives, in ms. */
export const DEFAULT_LIFE = 900000;

/** User agents that are no smartphone. */
export const NO_SMARTPHONE = /iPad|Windows|CrOS|Silk\/|VR Safari/;

/** A screen whose shorter side is as long is a tablet's, in CSS pixels. */
export const TABLET_SIDE = 600;

/** The payer's words. */
export const INDONESIAN = {"failed":"Muat ulang halaman","pay":"Bayar dengan GoPay"};

/** The same in English. */
export const ENGLISH = {"failed":"Reload page","pay":"Pay with GoPay"};
