// The one script a merchant pastes. It defines <gopay-checkout>, fetches the Rust core beside it, and forwards the
// element's life to the core. Every rule about payments is in the core; the only JavaScript written by hand is here,
// because Rust cannot write `class extends HTMLElement`.

const ATTRIBUTES = [
  "order-id", "charge-url", "status-url", "events-url", "cancel-url", "order-token", "gross-amount", "callback-url",
  "channel", "start", "lang", "theme", "credentials", "trusted-hosts",
];

/** Attributes whose camelCase name is free to be a property. `start` is a method, `lang` is the platform's own. */
const PROPERTIES = ATTRIBUTES.filter((name) => name !== "start" && name !== "lang");

const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

/** Milliseconds until the core is fetched again. After the last, only a network that comes back is a reason to try. */
const WAITS = [1_000, 3_000, 10_000, 30_000, 60_000];

/** Milliseconds until a core that neither comes nor fails is fetched again. */
const TIME_LIMIT = 45_000;

let loading;
let failures = 0;

/** The core, fetched once for all elements of a page. A failed fetch is forgotten, so that the next try may succeed. */
function core() {
  if (!loading) {
    const files = load().catch((error) => {
      forget(files);
      throw error;
    });
    loading = files;
  }
  return loading;
}

function forget(files) {
  if (files !== loading) return;
  loading = undefined;
  failures += 1;
}

async function load() {
  // Some browsers remember that an import has failed; another address is another import.
  const again = failures ? `?again=${failures}` : "";
  const module = await import(new URL(`./core/gopay-checkout.js${again}`, import.meta.url).href);
  await module.default({ module_or_path: await wasm() });
  return module;
}

async function wasm() {
  const url = new URL("./core/gopay-checkout_bg.wasm", import.meta.url);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  // A page's fetch may give what is no Response of this frame; it still has the bytes.
  return answer instanceof Response ? answer : answer.arrayBuffer();
}

class GopayCheckout extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  #mounted = null;
  #settling = false;
  #stopWaiting = () => {};
  #headers = null;
  #fetch = null;

  connectedCallback() {
    for (const name of [...PROPERTIES.map(camelCase), "headers", "fetch"]) this.#keep(name);
    if (!this.hasAttribute("state")) this.setAttribute("state", "loading");
    this.#settle();
  }

  disconnectedCallback() {
    this.#settle();
  }

  // Moved by moveBefore(): nothing ends and nothing begins.
  connectedMoveCallback() {}

  attributeChangedCallback(name, before, after) {
    if (before !== after) this.#settle();
  }

  start() {
    this.#mounted?.start();
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

  // Frameworks set a property only where the element has it.
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
    if (!Object.hasOwn(this, name) || !(name in GopayCheckout.prototype)) return;
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
        await this.#mount();
      }
    });
  }

  async #mount() {
    const files = core();
    this.#wait(TIME_LIMIT, () => forget(files));
    let module;
    try {
      module = await files;
    } catch (error) {
      console.error("gopay-checkout: the widget's files could not be loaded:", error);
      if (this.isConnected) this.#wait(WAITS[failures - 1]);
      return;
    }
    this.#stopWaiting();
    // While the core was on its way the element may have been removed, or mounted by another call.
    if (this.isConnected && !this.#mounted) this.#mounted = new module.Mounted(this);
  }

  /**
   * Nothing can run yet: what the page put inside the element stays visible. Looks again after `ms`, if given, or when
   * the network is back.
   */
  #wait(ms, then = () => {}) {
    this.#stopWaiting();
    const again = () => {
      this.#stopWaiting();
      then();
      this.#settle();
    };
    const timer = ms && setTimeout(again, ms);
    addEventListener("online", again);
    this.#stopWaiting = () => {
      clearTimeout(timer);
      removeEventListener("online", again);
    };
  }

  #unmount() {
    this.#stopWaiting();
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

if (!customElements.get("gopay-checkout")) customElements.define("gopay-checkout", GopayCheckout);
