// The one script a merchant pastes. It defines <gopay-checkout>, begins what can be begun at once (early.js,
// skeleton.js), fetches the Rust core beside it (core.js), and forwards the element's life to the core. Every rule about
// payments is in the core; JavaScript is written by hand only where the core is not there yet, and where Rust cannot
// (`class extends HTMLElement`) or would do it with many times the bytes (wire.js).

import { dialog, load, Tampered } from "./core.js";
import { certain, Early, mayCharge } from "./early.js";
import { dressed, fallback, paint, shadow } from "./skeleton.js";
import { wire } from "./wire.js";

const ATTRIBUTES = [
  "order-id", "charge-url", "status-url", "events-url", "cancel-url", "order-token", "gross-amount", "callback-url",
  "channel", "start", "lang", "theme", "credentials", "trusted-hosts",
];

/** Attributes whose camelCase name is free to be a property. `start` is a method, `lang` is the platform's own. */
const PROPERTIES = ATTRIBUTES.filter((name) => !/^(start|lang)$/.test(name));

/** What changes the picture and not the payment. */
const LOOKS = /^(lang|theme)$/;

const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

/** Milliseconds until the core is fetched again. After the last, only a network that comes back is a reason to try. */
const WAITS = [1_000, 3_000, 10_000, 30_000, 60_000];

let loading;
let failures = 0;

/** The core, fetched once for all elements of a page. A failed fetch is forgotten, so that the next try may succeed. */
function core() {
  loading ??= load(failures).catch((error) => {
    if (!(error instanceof Tampered)) {
      loading = undefined;
      failures += 1;
    }
    throw error;
  });
  return loading;
}

/** Once the page's own scripts have run: what they give an element (`headers`, `fetch`) belongs to its first charge. */
const pageIsReady = new Promise((resolve) => {
  const [navigation] = performance.getEntriesByType("navigation");
  if (document.readyState === "complete" || navigation?.domContentLoadedEventStart) resolve();
  addEventListener("DOMContentLoaded", resolve);
  addEventListener("load", resolve);
});

class GopayCheckout extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  #headers = null;
  #fetch = null;

  #mounted = null;
  #early = null;
  #settling = false;
  #waits = false;
  #stopWaiting = () => {};

  connectedCallback() {
    for (const name of [...ATTRIBUTES, "fetch", "headers"]) this.#keep(camelCase(name));
    if (!this.hasAttribute("state")) this.setAttribute("state", "loading");
    if (!this.#mounted) paint(this);
    this.#settle();
  }

  disconnectedCallback() {
    this.#settle();
  }

  // Moved by moveBefore(): nothing ends and nothing begins.
  connectedMoveCallback() {}

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (!LOOKS.test(name)) this.#endEarly();
    this.#settle();
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
    return this.getAttribute("state") ?? "loading";
  }

  get transactionId() {
    return this.#mounted?.transaction_id ?? null;
  }

  get transactionStatus() {
    return this.#mounted?.transaction_status ?? null;
  }

  /** A property that was set before this script had loaded hides the accessor of the same name: set it again. */
  #keep(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  /**
   * Looks, a microtask later, at where the element is by then: five attributes set at once are one change, and an
   * element that was moved was not removed.
   */
  #settle() {
    if (this.#settling) return;
    this.#settling = true;
    queueMicrotask(async () => {
      this.#settling = false;
      if (!this.isConnected) {
        this.#unmount();
      } else if (this.#mounted) {
        this.#mounted.attributes_changed();
      } else {
        this.#begin();
        await this.#mount();
      }
    });
  }

  /** Sends the first charge while the core is on its way, and shows what its answer makes certain. */
  async #begin() {
    await pageIsReady;
    if (this.#early || this.#mounted || !this.isConnected || !mayCharge(this)) return;
    const early = new Early(this);
    this.#early = early;
    const known = certain(this, await early.answer);
    // With nobody to follow the payment there is nothing to pay with.
    if (known && this.#early === early && !this.#mounted && !this.#waits) paint(this, known);
  }

  #endEarly() {
    this.#early?.abort();
    this.#early = null;
  }

  async #mount() {
    let module;
    try {
      module = await core();
      await dressed(module);
    } catch (error) {
      console.error("gopay-checkout: the widget's files could not be loaded:", error);
      if (!this.isConnected) return;
      if (error instanceof Tampered) this.#refuse(error);
      else this.#wait(WAITS[failures - 1]);
      return;
    }
    this.#stopWaiting();
    // While the core was on its way the element may have been removed, or mounted by another call.
    if (!this.isConnected || this.#mounted) return;
    shadow(this);
    const early = this.#early ?? undefined;
    this.#early = null;
    this.#mounted = new module.Mounted(this, wire, early);
  }

  /** Nothing can run yet: shows what the page put inside, and tries again after `ms`, if given, or with the network. */
  #wait(ms) {
    this.#stopWaiting();
    this.#waits = true;
    fallback(this);
    const again = () => {
      this.#stopWaiting();
      this.#settle();
    };
    const timer = ms && setTimeout(again, ms);
    addEventListener("online", again);
    this.#stopWaiting = () => {
      this.#waits = false;
      clearTimeout(timer);
      removeEventListener("online", again);
    };
  }

  /** The files are not ours: nothing of them has run, and nothing will. */
  #refuse({ message }) {
    this.#endEarly();
    this.#waits = true;
    const words = /^en\b/i.test(this.closest("[lang]")?.lang) ? "Something went wrong. Reload the page." : "Terjadi kesalahan. Muat ulang halaman.";
    fallback(this, words);
    this.setAttribute("state", "problem");
    const detail = { code: "internal", message, retryable: false, http_status: null, midtrans_status_code: null, validation_messages: [] };
    this.dispatchEvent(new CustomEvent("gopay-problem", { bubbles: true, composed: true, detail }));
  }

  #unmount() {
    this.#stopWaiting();
    this.#endEarly();
    this.#mounted?.unmount();
    this.#mounted?.free();
    this.#mounted = null;
  }
}

for (const name of PROPERTIES) {
  Object.defineProperty(GopayCheckout.prototype, camelCase(name), {
    configurable: true,
    enumerable: true,
    get() {
      return this.getAttribute(name);
    },
    set(value) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}

/** Opens the checkout in a dialog, for shops used to Snap: see pay.js. Gives back a handle that closes it. */
export function pay(...settings) {
  const opened = dialog().then((module) => module.pay(...settings));
  return { close: () => opened.then((it) => it.close()) };
}

if (!customElements.get("gopay-checkout")) customElements.define("gopay-checkout", GopayCheckout);
