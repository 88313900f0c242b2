// A page for a snippet: enough of a document for the real loader and the real dialog, and nothing that paints. Runs the
// script that it is given, presses every button that it has found, sends it every event, and tells what came of it.

import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { pathToFileURL } from "node:url";

register("./hooks.mjs", import.meta.url);

const sent = [];
const went = [];
const found = new Map();
const made = [];
const registry = new Map();

class StageElement extends EventTarget {
  #attributes = new Map();
  dataset = new Proxy({}, { get: () => "v1.the.token" });
  getAttribute = (name) => this.#attributes.get(name) ?? null;
  // As HTML has it: in small letters, whoever writes it.
  setAttribute = (name, value) => void this.#attributes.set(name.toLowerCase(), String(value));
  hasAttribute = (name) => this.#attributes.has(name);
  removeAttribute = (name) => void this.#attributes.delete(name);
  get attributes() {
    return [...this.#attributes].map(([name, value]) => ({ name, value }));
  }
  append() {}
  replaceChildren() {}
  remove() {}
  showModal() {}
  close() {
    this.onclose?.();
  }
}

function make(name) {
  const element = new (registry.get(name) ?? StageElement)();
  if (name === "gopay-checkout") made.push(element);
  return element;
}

function find(selector) {
  if (!found.has(selector)) found.set(selector, /^gopay-checkout/.test(selector) ? new (registry.get("gopay-checkout") ?? StageElement)() : make("div"));
  return found.get(selector);
}

const page = new EventTarget();
const never = () => new Promise(() => {});
const set = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
const body = async (of) => (typeof of === "string" ? of : await (of?.text?.() ?? ""));
// Every second beacon finds the queue full.
let beacons = 0;
set("HTMLElement", StageElement);
set("CSSStyleSheet", class { replaceSync() {} });
set("customElements", { get: (name) => registry.get(name), define: (name, element) => registry.set(name, element) });
set("addEventListener", page.addEventListener.bind(page));
set("removeEventListener", page.removeEventListener.bind(page));
set("window", globalThis);
set("location", { href: "https://toko.example/bayar", assign: (url) => went.push(url) });
set("navigator", { vendor: "", sendBeacon: (url, of) => (sent.push({ by: "beacon", url, body: body(of) }), beacons++ % 2 === 0) });
set("fetch", (url, options = {}) => (/^file:/.test(url) || sent.push({ by: "fetch", url: String(url), body: body(options.body), keepalive: options.keepalive }), never()));
class StageDocument extends EventTarget {
  #body = new StageElement();
  #documentElement = Object.assign(new StageElement(), { lang: "id" });

  get body() {
    return this.#body;
  }

  get documentElement() {
    return this.#documentElement;
  }
}
set("Document", StageDocument);
set("document", Object.assign(new StageDocument(), {
  createElement: make,
  querySelector: find,
  getElementById: (id) => find(`#${id}`),
  querySelectorAll: (selector) => [find(selector)],
  adoptedStyleSheets: [],
  readyState: "complete",
}));

const ORDER = { order_id: "order-101", transaction_id: "5f1f0f3e-0000-4000-8000-000000000001" };
const ended = (transaction_status) => ({ ...ORDER, transaction_status, previous: "pending", gross_amount: "44000.00" });
const EVENTS = {
  "gopay-charge": { ...ORDER, gross_amount: "44000.00", expiry_time: "2026-01-31 10:15:00", channel: "qr", resumed: false },
  "gopay-status": { ...ORDER, transaction_status: "pending", previous: null },
  "gopay-open": { order_id: "order-101", url: "https://gopay.co.id/app/merchanttransfer?tref=A1" },
  "gopay-channel": { order_id: "order-101", channel: "deeplink" },
  "gopay-problem": { order_id: "order-101", code: "offline", message: "no network", retryable: true, http_status: null, midtrans_status_code: null, validation_messages: [] },
  "gopay-settlement": ended("settlement"),
  "gopay-expire": ended("expire"),
  "gopay-cancel": ended("cancel"),
  "gopay-deny": ended("deny"),
  "gopay-refund": ended("refund"),
};

/** An `EventTarget` swallows what a listener throws; a snippet that throws is wrong. */
process.on("uncaughtException", (error) => {
  console.error(error);
  process.exit(1);
});

// Standard output is for what came of it.
set("console", new console.Console(process.stderr));

await import(pathToFileURL("src/loader/gopay-checkout.js"));
await import(pathToFileURL(process.argv[2]));
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};
for (const element of [...found.values()]) element.dispatchEvent(new Event("click"));
await turns();
// The dialog is fetched by whoever opens one.
const opensDialog = /import \{[^}]*\bpay\b/.test(await readFile(process.argv[2], "utf8"));
for (const begun = Date.now(); opensDialog && made.length === 0; await new Promise((resolve) => setTimeout(resolve, 5))) {
  if (Date.now() - begun > 20_000) throw new Error("it imports pay(), and has opened no dialog within 20 s");
}
for (const [name, detail] of Object.entries(EVENTS)) {
  for (const target of [...made, ...found.values(), document]) {
    const event = new CustomEvent(name, { detail, cancelable: true });
    target.dispatchEvent(event);
  }
}
await turns();
for (const request of sent) request.body = await request.body;
const elements = made.map(({ attributes }) => attributes.map(({ name, value }) => [name, value]));
process.stdout.write(JSON.stringify({ elements, sent, went }));
process.exit(0);
