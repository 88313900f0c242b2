// Every screen of the widget, made by the widget itself: each element has a `fetch` that answers as a merchant would.
// `?screen=settlement&lang=en&theme=dark&width=328` shows one alone; `shop` applies one of the example themes.

import { pay } from "../gopay-checkout.js";

const CHARGE = "/api/gopay/charge";
const never = new Promise(() => {});

/** Midtrans' times: Jakarta's, without an offset. */
const jakarta = (ms) => new Date(ms + 7 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");

/** A charge's answer, or a status. */
const answer = (transaction_status, more) => ({
  status_code: "201",
  transaction_id: "b1c2d3e4-0000-4000-8000-101101101101",
  order_id: "order-101",
  gross_amount: "44000.00",
  currency: "IDR",
  payment_type: "gopay",
  transaction_status,
  fraud_status: "accept",
  expiry_time: jakarta(Date.now() + 895_000),
  actions: [
    { name: "generate-qr-code", method: "GET", url: new URL("./qr.svg", import.meta.url).href },
    { name: "deeplink-redirect", method: "GET", url: "https://gopay.co.id/app/merchanttransfer?tref=galeri" },
  ],
  ...more,
});

const pending = answer("pending");
const refusal = (status_code) => ({ status_code, status_message: "as the gallery wants it" });
const link = (element) => element.shadowRoot?.querySelector("a[part~=button]");
/** Calls `act` as soon as the element is in `state`. */
const once = (state, act) => (element) => {
  const observer = new MutationObserver(() => {
    if (element.state !== state) return;
    observer.disconnect();
    setTimeout(() => act(element));
  });
  observer.observe(element, { attributeFilter: ["state"] });
};
const polls = once("pending", (element) => element.refresh());

/** Makes the core panic once, in the middle of a step: its second call of `performance.now()` throws. */
const panics = once("pending", (element) => {
  let calls = 0;
  performance.now = () => {
    if (!calls++) return Performance.prototype.now.call(performance);
    delete performance.now;
    throw new Error("on purpose, by the gallery");
  };
  element.refresh();
});

/** Screens: attributes, the merchant's answers (to the charge, then to every poll), and an action. */
const SCREENS = {
  ready: { start: "press", answers: [pending] },
  charging: { answers: [never] },
  "pending-qr": { answers: [pending] },
  "pending-deeplink": { channel: "deeplink", answers: [pending] },
  "last-minutes": { answers: [answer("pending", { expiry_time: jakarta(Date.now() + 150_000) })] },
  "long-and-large": {
    "order-id": "PESANAN-2026-11-24-TOKO-SENJA-CABANG-KEMANG-000001",
    answers: [answer("pending", { order_id: "PESANAN-2026-11-24-TOKO-SENJA-CABANG-KEMANG-000001", gross_amount: "20000000.00" })],
  },
  "not-opened": { channel: "deeplink", answers: [pending], act: once("pending", (element) => link(element).click()) },
  "not-opened-qr": {
    channel: "deeplink",
    answers: [pending],
    act: once("pending", (element) => {
      link(element).click();
      setTimeout(() => {
        // The widget scrolls to the result of a press; the gallery stays where it is.
        const here = scrollY;
        element.shadowRoot.querySelector("[part=switch]").click();
        requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(0, here)));
      }, 2_500);
    }),
  },
  checking: { answers: [answer("pending", { expiry_time: jakarta(Date.now() - 1_000) }), never] },
  "came-back": { channel: "deeplink", answers: [pending, never], act: polls },
  unpaid: { channel: "deeplink", answers: [pending, pending, never], act: polls },
  settlement: { answers: [answer("settlement")] },
  expire: { answers: [answer("expire")] },
  cancel: { answers: [answer("cancel")] },
  deny: { answers: [answer("deny")] },
  refund: { answers: [answer("refund")] },
  config: { "gross-amount": "44.000", answers: [never] },
  offline: { answers: [pending, never], alone: true, act: once("pending", () => dispatchEvent(new Event("offline"))) },
  "merchant-unreachable": { answers: [503] },
  "status-unreachable": { answers: [pending, 503], act: polls },
  "merchant-refused": { answers: [401] },
  "bad-answer": { answers: ["<html>"] },
  "status-bad-answer": { answers: [pending, "<html>"], act: polls },
  "amount-mismatch": { "gross-amount": "45000", answers: [pending] },
  "untrusted-url": { answers: [answer("pending", { actions: [{ name: "generate-qr-code", url: "https://x.example/qr" }] })] },
  "charge-rejected": { answers: [refusal("400")] },
  "charge-rejected-402": { answers: [refusal("402")] },
  "charge-rejected-406": { answers: [refusal("406")] },
  "charge-rejected-410": { answers: [refusal("410")] },
  "qr-image": { answers: [answer("pending", { actions: [{ name: "generate-qr-code", url: new URL("./no-image", location.href).href }] })] },
  internal: { answers: [pending, never], act: panics },
  "server-key": { "order-token": ["SB-Mid", "server", "galeri"].join("-"), answers: [never] },
};

function answering(answers) {
  let requests = 0;
  return async () => {
    const body = await answers[Math.min(requests++, answers.length - 1)];
    const headers = { "Content-Type": "application/json", Date: new Date().toUTCString() };
    if (typeof body === "number") return new Response("", { status: body, headers });
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { headers });
  };
}

let merchants = 0;

const attributesOf = ({ answers, act, alone, ...attributes }, { lang, theme }) => ({
  "order-id": "order-101",
  // Each element has a merchant of its own: they take no turns with their charges.
  "charge-url": `${CHARGE}?merchant=${(merchants += 1)}`,
  "status-url": "/api/gopay/orders/{order_id}",
  "cancel-url": "/api/gopay/orders/{order_id}/cancel",
  "trusted-hosts": location.host,
  channel: "qr",
  lang,
  theme,
  ...attributes,
});

function checkout(screen, chosen) {
  const { answers, act } = screen;
  const element = document.createElement("gopay-checkout");
  const all = attributesOf(screen, chosen);
  for (const [name, value] of Object.entries(all)) element.setAttribute(name, value);
  element.fetch = answering(answers);
  // The links to the app do nothing in the gallery.
  element.addEventListener("click", (event) => event.composedPath().some((it) => it.part?.contains("button") && it.href) && event.preventDefault());
  act?.(element);
  return element;
}

/** Makes copies of the loader's placeholder, taken before the core replaces it. */
async function placeholderFactory() {
  const element = checkout({ answers: [never] }, { lang: "id", theme: "auto" });
  // Displayed, or nothing would begin.
  Object.assign(element.style, { position: "absolute", visibility: "hidden" });
  document.body.append(element);
  const card = element.shadowRoot.querySelector(".card").cloneNode(true);
  while (element.state === "loading") await new Promise(requestAnimationFrame);
  const sheets = element.shadowRoot.adoptedStyleSheets;
  element.remove();
  return ({ theme, lang }) => {
    const copy = document.createElement("div");
    Object.assign(copy, { className: "loading", lang, state: "loading" });
    const root = copy.attachShadow({ mode: "open" });
    root.append(card.cloneNode(true));
    root.firstChild.dataset.theme = theme;
    root.adoptedStyleSheets = sheets;
    return copy;
  };
}

const choices = document.getElementById("choices");
const wanted = new URLSearchParams(location.search);
choices.elements.screen.append(...["", "loading", ...Object.keys(SCREENS)].map((name) => new Option(name || "–", name)));
for (const [name, value] of wanted) if (choices.elements[name]) choices.elements[name].value = value;

const loading = await placeholderFactory();

function show() {
  const chosen = Object.fromEntries(new FormData(choices));
  const alone = Boolean(chosen.screen);
  document.body.className = chosen.shop;
  document.body.classList.toggle("alone", alone);
  const names = ["loading", ...Object.keys(SCREENS)].filter((name) => (alone ? name === chosen.screen : !SCREENS[name]?.alone));
  document.getElementById("screens").replaceChildren(
    ...names.map((name) => {
      const section = document.createElement("section");
      const title = document.createElement("h2");
      title.textContent = name;
      section.style.width = `${chosen.width}px`;
      section.append(title, SCREENS[name] ? checkout(SCREENS[name], chosen) : loading(chosen));
      return section;
    }),
  );
}

choices.addEventListener("change", () => {
  history.replaceState(null, "", `?${new URLSearchParams(new FormData(choices))}`);
  show();
});
document.getElementById("dialog").addEventListener("click", () => {
  const chosen = Object.fromEntries(new FormData(choices));
  const screen = SCREENS[chosen.screen] ?? SCREENS["pending-qr"];
  const tell = (name) => (detail) => (document.getElementById("told").textContent += ` ${name}:${detail?.code ?? detail?.order_id ?? detail}`);
  const callbacks = Object.fromEntries(["onSuccess", "onPending", "onError", "onClose"].map((name) => [name, tell(name)]));
  window.dialog = pay({ ...attributesOf(screen, chosen), fetch: answering(screen.answers) }, callbacks);
});
window.SCREENS = ["loading", ...Object.keys(SCREENS)];
show();
