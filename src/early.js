// What can be done before the core is there: the first charge is sent, and the box is painted with what is certain.
//
// Nothing is decided here that the core would not decide: each condition is narrower than the core's own rule, and where
// one does not hold, nothing is done early. The core reads everything again, and ends what it does not confirm.

import { ask, uuid } from "./wire.js";

/** Hosts of QR pictures and of deeplinks: some of those in payment/trust.rs. */
const QR_HOSTS = /^https:\/\/(api(\.sandbox)?\.(midtrans\.com|veritrans\.co\.id)|merchants-app\.(sbx\.)?midtrans\.com)\//;
const DEEPLINK_HOSTS = /^(https:\/\/(gopay\.co\.id|gojek\.link|simulator\.sandbox\.midtrans\.com)\/|(gojek|gopay):\/\/[\w.-]+)/;

const attribute = (element, name) => element.getAttribute(name)?.trim() ?? "";

const IS_URL = /^(https?:\/\/|\/(?!\/))[!-~]+$/;
const IS_URL_OR_NONE = /^((https?:\/\/|\/(?!\/))[!-~]+)?$/;

/** What these attributes may be, where the core would certainly charge now. */
const CERTAIN = {
  "order-id": /^[\w.~-]{1,50}$/,
  "charge-url": IS_URL,
  "status-url": IS_URL,
  "events-url": IS_URL_OR_NONE,
  "cancel-url": IS_URL_OR_NONE,
  "order-token": /^[!-~]*$/,
  "gross-amount": /^([1-9]\d{0,11})?$/,
  "callback-url": /^(https?:\/\/[\w.-]+(\/[!-~]*)?)?$/,
  "trusted-hosts": /^([a-z0-9.-]+(:\d{1,5})?(?![^\s,])[\s,]*)*$/,
  channel: /^(auto|qr|deeplink|)$/,
  start: /^(auto|)$/,
  lang: /^(id|en|)$/,
  theme: /^(auto|light|dark|)$/,
  credentials: /^(same-origin|include|omit|)$/,
};

const isSecret = (text) => /(Mid|VT)-server-/.test(text);

/** Whether the core would certainly charge now. */
export function mayCharge(element) {
  const holds = ([name, rule]) => rule.test(attribute(element, name));
  return Object.entries(CERTAIN).every(holds) && ![...element.attributes].some(({ value }) => isSecret(value));
}

/** A first charge that is out: the core takes it over as its own. */
export class Early {
  key = uuid();
  /** `performance.now()` when it was sent. */
  sent = performance.now();
  #controller = new AbortController();

  constructor(element) {
    const of = (name) => attribute(element, name);
    const token = of("order-token");
    const headers = {
      Accept: "application/json",
      "Content-Type": "application/json",
      "Idempotency-Key": this.key,
      ...(token && { Authorization: `Bearer ${token}` }),
    };
    const callback_url = of("callback-url");
    const body = {
      payment_type: "gopay",
      transaction_details: { order_id: of("order-id") },
      ...(callback_url && { gopay: { enable_callback: true, callback_url } }),
    };
    const url = of("charge-url").replaceAll("{order_id}", of("order-id"));
    /** What `ask` resolves to. */
    this.answer = ask(element, "POST", url, Object.entries(headers), JSON.stringify(body), this.#controller.signal);
  }

  wait(hear) {
    this.answer.then(hear);
  }

  abort() {
    this.#controller.abort();
  }
}

/** What a charge's answer certainly promises the payer: its amount and its QR picture, or nothing. */
export function certain(element, answered) {
  try {
    const [status, , , text] = answered;
    const of = (name) => attribute(element, name);
    const answer = JSON.parse(text);
    const amount = /^([1-9]\d{0,11})\.00$/.exec(answer.gross_amount)?.[1];
    const url = (action) => answer.actions.find(({ name }) => name === action)?.url;
    const [qr, deeplink] = [url("generate-qr-code"), url("deeplink-redirect")];
    const added = of("trusted-hosts").split(/[\s,]+/).map((host) => `http://${host}/`);
    const leads = (to, known) => typeof to === "string" && /^[!-~]{1,2048}$/.test(to) && !/[\\@]/.test(to) && (known.test(to) || added.some((start) => to.startsWith(start)));
    const names = [...text.matchAll(/"(\w+)"\s*:/g)].map((found) => found[1]).filter((name) => !/^(name|method|url|fields)$/.test(name));
    const holds =
      status === 200 &&
      amount &&
      (of("gross-amount") || amount) === amount &&
      answer.order_id === of("order-id") &&
      answer.transaction_status === "pending" &&
      (answer.currency ?? "IDR") === "IDR" &&
      typeof answer.transaction_id === "string" &&
      /^[\w-]{1,64}$/.test(answer.transaction_id) &&
      !isSecret(text) &&
      new Set(names).size === names.length &&
      leads(qr, QR_HOSTS) &&
      (deeplink === undefined || leads(deeplink, DEEPLINK_HOSTS));
    return holds ? { amount, qr } : null;
  } catch {
    return null;
  }
}
