// Early charge: sends the first charge before the core is there, and decides which parts of its answer may be shown.
//
// Every rule is the core's own or a narrower one (tests/early.rs compares them), for answers as serializers write them: that a
// name occurs twice is left to the core. Where a rule does not hold, nothing is done early. The core reads everything again, and takes away what it does not confirm.

import {
  AMOUNT, ANSWER_RULES, APP_SCHEME, DEEPLINK_ACTION, DEEPLINK_HOST, DEFAULT_LIFE, EARLY_RULES, QR_ACTIONS, QR_HOST, SERVER_KEY,
  URL_PARTS,
} from "./generated_rules.js";
import { ask, attribute, uuid } from "./wire.js";

/** The core refuses a server key. And it does not trim a byte order mark, as JavaScript does. */
const isRefused = (text) => SERVER_KEY.test(text) || text.includes("\ufeff");

const keeps = (rules, read) => Object.keys(rules).every((name) => rules[name].test(read(name)));

/** Returns whether the core would certainly charge now. */
export function canChargeEarly(element) {
  const of = (name) => attribute(element, name);
  const isHttp = (name) => /^https?:/.test(new URL(of(name), element.baseURI));
  try {
    return (
      keeps(EARLY_RULES, of) &&
      ["charge-url", "status-url", "events-url", "cancel-url"].every(isHttp) &&
      ![...element.attributes].some(({ value }) => isRefused(value))
    );
  } catch {
    // One of the URLs is invalid.
    return false;
  }
}

/** Time at which the page was last hidden or shown. */
let visibilityChanged = 0;
addEventListener("visibilitychange", ({ timeStamp }) => (visibilityChanged = timeStamp));

/** A first charge that is in flight. The core takes it over as its own. */
export class EarlyCharge {
  key = uuid();
  /** `performance.now()` when it was sent. */
  sent = performance.now();
  /** Time at which the payer tapped the early deeplink, or 0. */
  tapped = 0;
  #controller = new AbortController();

  /** Calls `sent` once the request is under way. */
  constructor(element, sent) {
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
    const url = of("charge-url").replace(/({|%7B)order_id(}|%7D)/gi, of("order-id"));
    const { signal } = this.#controller;
    // A page's own fetch may never hear of the abort.
    const aborted = new Promise((end) => (signal.onabort = end));
    const send = () => {
      sent();
      return Promise.race([ask(element, "POST", url, Object.entries(headers), JSON.stringify(body), signal), aborted]);
    };
    /** The promise of `ask`. One charge of an order at a time, in all tabs. Where there are no locks, the merchant sees to it alone. */
    this.answer = navigator.locks?.request(`gopay-charge ${of("order-id")} ${url}`, { signal }, send).catch(send) ?? send();
  }

  /** True if the page was hidden after the tap, as it is behind the GoPay app. */
  get left() {
    return visibilityChanged > this.tapped;
  }

  abort() {
    this.#controller.abort();
  }
}

/** A time of an answer in Unix milliseconds; without an offset it is Jakarta's. */
const unixTime = (text) => Date.parse(`${text}`.replace(/^(.{10})[ T]([\d:.]+)$/, "$1T$2+07:00"));

/**
 * The certain part of a charge's answer, or null: the amount in whole rupiah, and URLs that may be shown, of the QR image, of
 * the deeplink, or of both.
 */
export function previewFrom(element, answered) {
  try {
    const [status, date, , text] = answered;
    const answer = JSON.parse(text);
    const of = (name) => attribute(element, name);
    /** A field as text; of any other type, what no rule allows. */
    const field = (name) => {
      const value = answer[name] ?? "";
      return typeof value === "string" || Number.isSafeInteger(value) ? value : "\n";
    };
    const expiry = answer.expiry_time || answer.expire_time;
    const ends = unixTime(expiry || answer.transaction_time) + (expiry ? 0 : DEFAULT_LIFE);
    const [, amount] = AMOUNT.exec(answer.gross_amount);
    // The GoPay app adds `result` to the address: then the core checks the payment before it shows how to pay.
    if (
      !/^2/.test(status) || /[?&]result=/.test(location.search) || isRefused(text) ||
      !keeps(ANSWER_RULES, field) ||
      // It begins with the order's id, and no digit follows: `order-10` is no attempt at `order-1`.
      !/^,(\D|$)/.test(`${answer.order_id}`.split(of("order-id"))) ||
      (AMOUNT.exec(of("gross-amount")) ?? [, amount])[1] !== amount ||
      // Also where it is not a time: Unix time is the core's to read.
      !(ends > (Date.parse(date) || Date.now()))
    ) return null;

    const hosts = of("trusted-hosts").toLowerCase().split(/[\s,]+/);
    /** The URL of an action, if it may be shown. */
    const url = (action, known, orElse) => {
      const found = Object.values(answer.actions).filter((it) => it?.name === action);
      // Of several the core chooses the first that it can use.
      if (found[1]) throw action;
      const { url, method = "" } = found[0] ?? {};
      const [, scheme, authority, host] = URL_PARTS.exec(url) ?? [];
      const trusted =
        (scheme === "https" && known.test(authority)) ||
        orElse(scheme, authority) ||
        (/^https?$/.test(scheme) && (hosts.includes(authority) || hosts.includes(host)));
      return trusted && typeof url === "string" && typeof method === "string" ? url : null;
    };
    const isOwn = (scheme, authority) => new URL(of("charge-url"), element.baseURI).origin === `${scheme}://${authority}`;
    const [qr, otherQr] = QR_ACTIONS.map((action) => url(action, QR_HOST, isOwn));
    const deeplink = url(DEEPLINK_ACTION, DEEPLINK_HOST, (scheme) => APP_SCHEME.test(scheme));
    return qr || otherQr || deeplink ? { amount, qr: qr || otherQr, deeplink } : null;
  } catch {
    return null;
  }
}
