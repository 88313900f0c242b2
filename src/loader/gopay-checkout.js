// The loader: the one script that a merchant pastes. It defines <gopay-checkout>, sends the first charge and shows what can
// be paid (early_charge.js, placeholder.js), fetches the Rust core beside it (core_loader.js), and forwards the element's life to
// the core. The rules about payments are the core's; JavaScript is written by hand only where the core is not there yet, and
// where Rust cannot do it (`class extends HTMLElement`).

import { EARLY_RULES } from "./generated_rules.js";
import { dialog, load, Unverified, within } from "./core_loader.js";
import { canChargeEarly, EarlyCharge, previewFrom } from "./early_charge.js";
import { attribute } from "./wire.js";
import { setUpCore, displayed, fallback, paint, shadow, wordsOf } from "./placeholder.js";

const ATTRIBUTES = Object.keys(EARLY_RULES);

/** Attributes that change only the appearance or the next request: the payment goes on. */
const KEEPS_PAYMENT = /^(lang|theme|order-token|credentials)$/;

const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

let loading;
let failures = 0;

/** Loads the core, once for all elements of a page. A failed load is forgotten, so that the next try may succeed. */
function core() {
  loading ??= load().catch((error) => {
    failures += 1;
    if (!(error instanceof Unverified)) loading = undefined;
    throw error;
  });
  return loading;
}

/** Resolves once the page's own scripts have run: what they set on an element (`headers`, `fetch`) applies to its first charge. */
const pageIsReady = new Promise((resolve) => {
  const [navigation] = performance.getEntriesByType("navigation");
  if (document.readyState === "complete" || navigation?.domContentLoadedEventStart) resolve();
  addEventListener("DOMContentLoaded", resolve);
  addEventListener("load", resolve);
});

class GopayCheckout extends HTMLElement {
  static observedAttributes = [...ATTRIBUTES, "state"];

  #headers = null;
  #fetch = null;

  #mounted = null;
  /** Until the core is there. */
  #state = "loading";
  #early = null;
  #updateIsQueued = false;
  #cancelRetry = () => {};

  connectedCallback() {
    // A property that was set before this script had loaded hides the accessor of the same name: set it again.
    for (const name of [...ATTRIBUTES, "fetch", "headers"].map(camelCase)) {
      if (Object.hasOwn(this, name)) {
        const value = this[name];
        delete this[name];
        this[name] = value;
      }
    }
    this.#reflect();
    if (!this.#mounted && !this.#early) paint(this);
    this.#update();
  }

  disconnectedCallback() {
    this.#update();
  }

  // Moved by moveBefore(): nothing ends and nothing begins.
  connectedMoveCallback() {}

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === "state") {
      // While the core mounts, it knows better.
      if (this.#mounted) this.#reflect();
      return;
    }
    if (!KEEPS_PAYMENT.test(name) && this.#early) {
      this.#endEarly();
      // The QR code or the link on the screen may be another order's.
      paint(this);
    }
    this.#update();
  }

  // Accessors, because frameworks set a property only where the element has one, and Svelte only where it has a setter.
  get headers() {
    return this.#headers;
  }

  set headers(value) {
    this.#headers = value;
  }

  get fetch() {
    return this.#fetch;
  }

  set fetch(value) {
    this.#fetch = value;
  }

  // A method; and, for those that then set it instead of the attribute, the attribute too.
  get start() {
    return () => this.#mounted?.start();
  }

  set start(value) {
    this.setAttribute("start", value ?? "");
  }

  refresh() {
    this.#mounted?.refresh();
  }

  cancel() {
    this.#mounted?.cancel();
  }

  retry() {
    this.#mounted?.retry();
  }

  get state() {
    return this.#mounted?.state ?? this.#state;
  }

  get transactionId() {
    return this.#mounted?.transaction_id ?? null;
  }

  get transactionStatus() {
    return this.#mounted?.transaction_status ?? null;
  }

  /** `state` is an output: what markup or a script says is overwritten. */
  #reflect() {
    if (this.getAttribute("state") !== this.state) this.setAttribute("state", this.state);
  }

  /**
   * Mounts, updates or unmounts, in a microtask: five attributes set at once are one change, and an element that was moved was
   * not removed.
   */
  #update() {
    if (this.#updateIsQueued) return;
    this.#updateIsQueued = true;
    queueMicrotask(async () => {
      this.#updateIsQueued = false;
      if (!this.isConnected) {
        this.#unmount();
      } else if (this.#mounted) {
        this.#mounted.attributes_changed();
      } else {
        // The charge is sent first where that is soon: the core's files would be in its way, and starting it keeps a slow processor busy.
        await within(200, new Promise((sent) => this.#chargeEarly(sent).then(sent))).catch(Boolean);
        await this.#mount();
      }
    });
  }

  /** Sends the first charge before the core is fetched, calls `sent`, and shows what can be paid. */
  async #chargeEarly(sent) {
    await pageIsReady;
    await displayed(this);
    // After a failed load the core may never come: then nothing is charged.
    if (failures || this.#early || this.#mounted || !this.isConnected || !canChargeEarly(this)) return;
    const early = new EarlyCharge(this, sent);
    this.#early = early;
    const preview = previewFrom(this, await early.answer);
    // Without the core nothing follows the payment, so there is nothing to pay with.
    if (preview && this.#early === early && !this.#mounted && !failures) paint(this, preview, (event) => this.#tap(event, early, preview.deeplink));
  }

  /** Handles a tap on the early deeplink: emits `gopay-open`, which the page may prevent, as the core does. */
  #tap(event, early, url) {
    // The core listens itself.
    if (this.#mounted) return;
    if (!this.#emit("gopay-open", { order_id: attribute(this, "order-id"), url }, true)) event.preventDefault();
    else early.tapped = event.timeStamp;
  }

  #emit(name, detail, cancelable) {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable, detail }));
  }

  #endEarly() {
    this.#early?.abort();
    this.#early = null;
  }

  async #mount() {
    let module;
    try {
      module = await core();
      await setUpCore(module);
      await displayed(this);
    } catch (error) {
      console.error("gopay-checkout:", error);
      if (!this.isConnected) return;
      if (error instanceof Unverified) this.#fail(error);
      // After 1.2, 3.6, 11, 32 and 97 seconds; then only `online` starts another try.
      else this.#retryLater(failures < 6 && 400 * 3 ** failures);
      return;
    }
    this.#cancelRetry();
    // While the core was on its way the element may have been removed, or mounted by another call.
    if (!this.isConnected || this.#mounted) return;
    shadow(this);
    const early = this.#early ?? undefined;
    this.#early = null;
    this.#mounted = new module.Mounted(this, early);
  }

  /** The core cannot be loaded now: shows the fallback, and tries again after `ms`, if given, or when the network is back. */
  #retryLater(ms) {
    this.#cancelRetry();
    fallback(this);
    const again = () => {
      this.#cancelRetry();
      this.#update();
    };
    const timer = ms && setTimeout(again, ms);
    addEventListener("online", again);
    this.#cancelRetry = () => {
      clearTimeout(timer);
      removeEventListener("online", again);
    };
  }

  /** A file failed verification: nothing of it has run, and nothing is tried again. */
  #fail({ message }) {
    this.#endEarly();
    fallback(this, wordsOf(this).failed);
    this.#state = "problem";
    this.#reflect();
    this.#emit("gopay-problem", { code: "internal", message, retryable: false, http_status: null, midtrans_status_code: null, validation_messages: [] });
  }

  #unmount() {
    this.#cancelRetry();
    this.#endEarly();
    this.#mounted?.unmount();
    this.#mounted = null;
  }
}

for (const name of ATTRIBUTES) {
  const property = camelCase(name);
  // `start` is a method, `lang` is the platform's own.
  if (!(property in GopayCheckout.prototype))
    Object.defineProperty(GopayCheckout.prototype, property, {
      get() {
        return this.getAttribute(name);
      },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(name);
        else this.setAttribute(name, value);
      },
    });
}

/** Opens the checkout in a dialog, for shops used to Snap: see dialog.js. Returns a handle with `close()`. */
export function pay(...settings) {
  const opened = dialog().then((module) => module.pay(...settings));
  return { close: () => opened.then((it) => it.close()) };
}

if (!customElements.get("gopay-checkout")) customElements.define("gopay-checkout", GopayCheckout);
