// Every screen of the widget, made by the widget itself: each element has a `fetch` that answers as a merchant would.
// `?screen=settlement&lang=en&theme=dark&width=328` shows one alone, without the tools; `only` shows one with them; `shop`
// applies one of the example themes; a custom property's name without `--gopay-` sets it.

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
  enlarged: { answers: [pending], alone: true, act: once("pending", (element) => element.shadowRoot.querySelector("[part=enlarge]").click()) },
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

/** A custom property of the stylesheet that comes last. */
const LAST_PROPERTY = "--gopay-warning-surface";

/** Makes copies of the loader's placeholder, taken before the core replaces it. */
async function placeholderFactory() {
  const element = checkout({ answers: [never] }, { lang: "id", theme: "auto" });
  // Displayed, or nothing would begin.
  Object.assign(element.style, { position: "absolute", visibility: "hidden" });
  document.body.append(element);
  const card = element.shadowRoot.querySelector(".card").cloneNode(true);
  // The rest of the styles follows the core; where it never comes, some of the editor's defaults are missing.
  const isStyled = () => element.shadowRoot.adoptedStyleSheets.some((sheet) => [...sheet.cssRules].some((rule) => rule.cssText.includes(LAST_PROPERTY)));
  const patience = performance.now() + 10_000;
  while (element.state === "loading" || (!isStyled() && performance.now() < patience)) await new Promise(requestAnimationFrame);
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

/** Each screen: its group, and what it is, in Indonesian and in English. */
const ABOUT = {
  loading: ["paying", "Rangka dari loader, sebelum inti widget dimuat.", "The loader's placeholder, before the core is there."],
  ready: ["paying", "start=\"press\": menunggu tombol ditekan.", "start=\"press\": waits for the button."],
  charging: ["paying", "Transaksi sedang dibuat.", "The charge is being made."],
  "pending-qr": ["paying", "Komputer dan tablet: kode QR.", "Computers and tablets: a QR code."],
  enlarged: ["paying", "Kode QR diperbesar ke seluruh layar.", "The QR code, enlarged to the whole screen."],
  "pending-deeplink": ["paying", "HP: tautan ke aplikasi GoPay.", "Phones: a link to the GoPay app."],
  "last-minutes": ["paying", "Waktu hampir habis.", "The time is nearly over."],
  "long-and-large": ["paying", "Nomor pesanan panjang, jumlah besar.", "A long order number, a large amount."],
  "not-opened": ["paying", "Aplikasi tidak terbuka.", "The app did not open."],
  "not-opened-qr": ["paying", "Aplikasi tidak terbuka: kode QR di HP yang sama.", "The app did not open: a QR code on the same phone."],
  checking: ["paying", "Waktu habis, status sedang dicek.", "The time is over, the status is being checked."],
  "came-back": ["paying", "Kembali dari aplikasi.", "Back from the app."],
  unpaid: ["paying", "Kembali, tetapi belum dibayar.", "Back, and not paid yet."],
  settlement: ["final", "Sudah dibayar.", "Paid."],
  expire: ["final", "Kedaluwarsa.", "Expired."],
  cancel: ["final", "Dibatalkan.", "Cancelled."],
  deny: ["final", "Ditolak GoPay.", "Denied by GoPay."],
  refund: ["final", "Dana dikembalikan.", "Refunded."],
  config: ["problem", "Atribut yang salah.", "A wrong attribute."],
  offline: ["problem", "Tidak ada jaringan.", "No network."],
  "merchant-unreachable": ["problem", "Backend tidak menjawab charge.", "The backend does not answer the charge."],
  "status-unreachable": ["problem", "Backend tidak menjawab status.", "The backend does not answer the status."],
  "merchant-refused": ["problem", "Backend menolak token.", "The backend refuses the token."],
  "bad-answer": ["problem", "Jawaban bukan JSON.", "The answer is not JSON."],
  "status-bad-answer": ["problem", "Status bukan JSON.", "The status is not JSON."],
  "amount-mismatch": ["problem", "Jumlah berbeda dari yang dijanjikan halaman.", "Another amount than the page promised."],
  "untrusted-url": ["problem", "Gambar atau tautan dari host asing.", "An image or link of an unknown host."],
  "charge-rejected": ["problem", "Midtrans menolak: 400.", "Midtrans refuses: 400."],
  "charge-rejected-402": ["problem", "Midtrans menolak: 402.", "Midtrans refuses: 402."],
  "charge-rejected-406": ["problem", "Midtrans menolak: 406.", "Midtrans refuses: 406."],
  "charge-rejected-410": ["problem", "Midtrans menolak: 410.", "Midtrans refuses: 410."],
  "qr-image": ["problem", "Gambar QR tidak termuat.", "The QR image does not load."],
  internal: ["problem", "Kesalahan di dalam widget.", "An error within the widget."],
  "server-key": ["problem", "Server key di halaman: tidak dijalankan.", "A server key in the page: nothing runs."],
};

/** The custom properties of npm/element.json: the kind of input, and their meaning. */
const PROPERTIES = [
  ["accent", "color", "Warna utama: tombol, tautan, pita", "Main colour: button, links, band"],
  ["on-accent", "color", "Teks di atas warna utama", "Text on the main colour"],
  ["surface", "color", "Kartu", "The card"],
  ["text", "color", "Teks", "Text"],
  ["text-quiet", "color", "Teks pendamping", "Secondary text"],
  ["line", "color", "Garis", "Lines"],
  ["success", "color", "Berhasil", "Paid"],
  ["warning-text", "color", "Teks peringatan", "Text of a warning"],
  ["warning-surface", "color", "Latar peringatan", "Background of a warning"],
  ["radius", "range", "Sudut kartu", "The card's corners", [0, 2, 0.125, "rem"]],
  ["button-radius", "range", "Sudut tombol", "The buttons' corners", [0, 2, 0.125, "rem"]],
  ["space", "range", "Jarak", "Distances", [0.75, 1.5, 0.0625, "em"]],
  ["font", "select", "Huruf", "The font", ["", "system-ui, sans-serif", "Georgia, serif", "ui-monospace, monospace", "ui-rounded, \"Nunito\", sans-serif"]],
];

/** Texts and backgrounds whose contrast matters. The countdown's last minutes are a warning on the card itself. */
const CONTRASTS = [
  ["on-accent", "accent"], ["accent", "surface"], ["text", "surface"], ["text-quiet", "surface"], ["success", "surface"],
  ["warning-text", "surface"], ["warning-text", "warning-surface"],
];

/** The page is written in Indonesian; these are its texts in English. */
const ENGLISH = {
  "Setiap layar yang dilihat pembeli, dari widget yang sebenarnya.": "Every screen that the payer sees, from the real widget.",
  "Toko contoh": "Demo shop",
  Alat: "Tools",
  Cari: "Search",
  Kelompok: "Group",
  Semua: "All",
  Membayar: "Paying",
  Selesai: "Final",
  Masalah: "Problems",
  Layar: "Screen",
  "Semua layar": "All screens",
  "Bandingkan: dua bahasa, dua tema, tiga lebar": "Compare: two languages, two themes, three widths",
  Bahasa: "Language",
  Tema: "Theme",
  Lebar: "Width",
  "Gaya toko": "Shop's style",
  "Ukuran di layar ini": "Size on this page",
  "Buka di dialog": "Open in a dialog",
  "Editor tema": "Theme editor",
  "Ubah satu nilai: semua layar langsung ikut berubah. Begitu satu warna diubah, CSS-nya memuat semua warna, supaya mode gelap perangkat tidak mencampurnya. Gaya toko yang dipilih di atas ikut.":
    "Change a value: all screens follow at once. Once a colour is changed, the CSS has all colours, so that a device's dark mode does not mix in its own. The shop's style chosen above is included.",
  "Tempel di CSS halaman Anda, bukan di dalam elemennya. Huruf harus dimuat oleh halaman Anda. Untuk dua tema, ekspor dua kali, dan bungkus yang kedua dengan @media (prefers-color-scheme: dark).":
    "Paste it into your page's CSS, not into the element. Your page has to load the font. For two themes export twice, and put the second into @media (prefers-color-scheme: dark).",
  "{count} kontras di bawah 4,5: pembeli bisa salah baca.": "{count} contrasts are below 4.5: payers may misread.",
  "Kontras di bawah 4,5": "Contrast below 4.5",
  Kontras: "Contrast",
  "Kembalikan {name}": "Reset {name}",
  "Salin CSS": "Copy the CSS",
  "Kembali ke bawaan": "Back to the defaults",
  "Satu tag skrip dan satu elemen. Order dan token berasal dari backend Anda.":
    "One script tag and one element. Order and token come from your backend.",
  Salin: "Copy",
  Tersalin: "Copied",
  "Tidak bisa disalin: pilih teksnya": "Cannot be copied: select the text",
  Tutup: "Close",
  Kode: "Code",
  "Buka sendiri": "Open alone",
  "{count} dari {all} layar": "{count} of {all} screens",
  "Belum ada yang diubah.": "Nothing is changed.",
  bawaan: "default",
};

const find = (id) => document.getElementById(id);
const choices = find("choices");
const wanted = new URLSearchParams(location.search);
const names = ["loading", ...Object.keys(SCREENS)];
choices.elements.only.append(...names.map((name) => new Option(name)));
for (const [name, value] of wanted) {
  const field = choices.elements[name];
  if (field?.type === "checkbox") field.checked = true;
  else if (field) field.value = value;
}
// The overview, as it is opened first: many screens at a glance.
if (location.search === "") {
  choices.elements.size.value = "75";
  choices.elements.width.value = "328";
}
const chosenNow = () => Object.fromEntries(new FormData(choices));

const originals = new Map([...document.querySelectorAll("[data-text]")].map((element) => [element, element.textContent]));
const text = (indonesian) => (choices.elements.lang.value === "en" ? (ENGLISH[indonesian] ?? indonesian) : indonesian);

/** An element with a class and what is in it. */
function make(name, className, ...children) {
  const element = Object.assign(document.createElement(name), { className });
  element.append(...children);
  return element;
}

const loading = await placeholderFactory();

// Screens

function section(name, chosen) {
  const it = make("section", "");
  it.style.width = `${chosen.width}px`;
  const [, indonesian, english] = ABOUT[name];
  const about = chosen.compare
    ? `${chosen.lang} · ${chosen.theme} · ${chosen.width} px`
    : chosen.lang === "en" ? english : indonesian;
  const code = make("button", "", text("Kode"));
  Object.assign(code, { type: "button" });
  code.setAttribute("aria-label", `${text("Kode")}: ${name}`);
  code.addEventListener("click", () => showCode(name, chosen));
  const alone = make("a", "", text("Buka sendiri"));
  alone.href = `?${new URLSearchParams({ ...properties(), screen: name, lang: chosen.lang, theme: chosen.theme, width: chosen.width, shop: chosen.shop })}`;
  alone.setAttribute("aria-label", `${text("Buka sendiri")}: ${name}`);
  it.append(make("h2", "", name), make("p", "about", about), make("div", "row", code, alone));
  it.append(SCREENS[name] ? checkout(SCREENS[name], chosen) : loading(chosen));
  return it;
}

function variants(chosen) {
  if (!chosen.compare || !chosen.only) return [{ ...chosen, compare: undefined }];
  return ["id", "en"].flatMap((lang) =>
    ["light", "dark"].flatMap((theme) => ["280", "328", "448"].map((width) => ({ ...chosen, lang, theme, width }))),
  );
}

function show() {
  const chosen = chosenNow();
  const alone = Boolean(chosen.screen);
  document.documentElement.lang = chosen.lang;
  document.body.className = chosen.shop;
  document.body.classList.toggle("alone", alone);
  for (const [element, indonesian] of originals) element.textContent = text(indonesian);
  choices.elements.compare.disabled = !chosen.only;
  const one = chosen.screen || chosen.only;
  const shown = names.filter((name) => (one ? name === one : !SCREENS[name]?.alone));
  find("screens").style.zoom = alone ? "" : `${chosen.size}%`;
  find("screens").replaceChildren(...shown.flatMap((name) => variants(chosen).map((variant) => section(name, variant))));
  search();
}

/** Everything that a person reads in a screen. */
const read = (root) => [...root.childNodes].map((node) => (node.nodeName === "STYLE" ? "" : node.nodeType === 3 ? node.data : read(node))).join(" ");

function search() {
  const { search, group, screen, only } = chosenNow();
  const words = search.trim().toLowerCase();
  const all = [...find("screens").children];
  for (const it of all) {
    const name = it.firstChild.textContent;
    const content = [name, ...ABOUT[name].slice(1), read(it.lastChild.shadowRoot ?? it.lastChild)].join(" ").toLowerCase();
    it.hidden = !screen && ((!only && group !== "" && ABOUT[name][0] !== group) || !content.includes(words));
  }
  const values = { count: all.filter((it) => !it.hidden).length, all: all.length };
  find("count").textContent = text("{count} dari {all} layar").replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Code of a screen

async function copy(words, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(words);
    button.textContent = text("Tersalin");
  } catch {
    button.textContent = text("Tidak bisa disalin: pilih teksnya");
  }
  setTimeout(() => (button.textContent = label), 2_000);
}

/** The element as a merchant writes it: what differs from the defaults, and nothing of the gallery's own. */
function snippet(name, { lang, theme }) {
  const { channel, start, "gross-amount": amount } = SCREENS[name] ?? {};
  const attributes = {
    "order-id": SCREENS[name]?.["order-id"] ?? "order-101",
    "order-token": "v1.1798761600.from-your-backend",
    "charge-url": "/api/gopay/charge",
    "status-url": "/api/gopay/orders/{order_id}",
    "events-url": "/api/gopay/orders/{order_id}/events",
    "cancel-url": "/api/gopay/orders/{order_id}/cancel",
    ...(amount && { "gross-amount": amount }),
    ...(channel && { channel }),
    ...(start && { start }),
    ...(lang === "en" && { lang }),
    ...(theme !== "auto" && { theme }),
  };
  const lines = Object.entries(attributes).map(([key, value]) => `\n  ${key}="${value}"`);
  const tag = '<script type="module" src="https://cdn.example/gopay-checkout/gopay-checkout.js"></' + "script>";
  const other = lang === "en" ? "Other ways to pay" : "Cara bayar lain";
  return `${tag}\n\n<gopay-checkout${lines.join("")}>\n  <a href="/cara-bayar">${other}</a>\n</gopay-checkout>\n`;
}

function showCode(name, chosen) {
  find("code-title").textContent = name;
  find("snippet").textContent = snippet(name, chosen);
  find("code").showPopover();
}

find("copy-snippet").addEventListener("click", ({ target }) => copy(find("snippet").textContent, target));

// Theme editor

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);
/** Values by property; what is not in it has the widget's default. */
const changed = new Map();
const properties = () => Object.fromEntries(changed);

/** The widget's own values, for light and for dark, read from its stylesheets. */
const defaults = (() => {
  const rules = loading({ theme: "light", lang: "id" }).shadowRoot.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)).join("\n");
  return Object.fromEntries(
    PROPERTIES.map(([name]) => {
      const values = [...rules.matchAll(new RegExp(`var\\(--gopay-${name}, ?([^)]+)\\)`, "g"))].map(([, value]) => value.trim());
      return [name, { light: values[0], dark: values.find((value) => value !== values[0]) ?? values[0] }];
    }),
  );
})();

const isDark = () => {
  const theme = choices.elements.theme.value;
  return theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
};

const isColour = ([, kind]) => kind === "color";
const colours = PROPERTIES.filter(isColour).map(([name]) => name);
/** Example themes are stylesheets: their values are read from an element that has them, while it has nothing of the editor's. */
let ofShop = {};
function readShop() {
  sheet.replaceSync("");
  const element = find("screens").querySelector("gopay-checkout, .loading");
  const style = element && getComputedStyle(element);
  ofShop = Object.fromEntries(PROPERTIES.map(([name, kind]) => {
    const value = style?.getPropertyValue(`--gopay-${name}`).trim() ?? "";
    return [name, value && kind === "color" ? hex(value) : value];
  }));
}
const effective = (name) => changed.get(name) || ofShop[name] || defaults[name][isDark() ? "dark" : "light"] || "";

/**
 * The values of the page's CSS: the editor's and the example theme's. With one colour come all: the others would follow the
 * device's dark mode, and be unreadable on it.
 */
function exported() {
  const isSet = (name) => changed.has(name) || ofShop[name] !== "";
  const isColoured = colours.some(isSet);
  return PROPERTIES.map(([name]) => name).filter((name) => isSet(name) || (isColoured && colours.includes(name))).map((name) => [name, colours.includes(name) ? hex(effective(name)) : effective(name)]);
}

/** The pairs that are hard to read, with their contrast. */
const unreadable = () => CONTRASTS.map(([on, under]) => [on, under, contrast(effective(on), effective(under))]).filter(([, , ratio]) => ratio < 4.5);
const labelOf = (name) => {
  const [, , indonesian, english] = PROPERTIES.find(([property]) => property === name);
  return (choices.elements.lang.value === "en" ? english : indonesian).split(":")[0];
};
const pairOf = ([on, under, ratio]) => `${labelOf(on)} / ${labelOf(under)} ${ratio.toFixed(1)}`;

/** `#abc`, `#aabbcc`, `rgb(…)` as `#aabbcc`, which a colour input takes. */
function hex(colour) {
  const short = /^#(.)(.)(.)$/.exec(colour);
  if (short) return `#${short.slice(1).map((digit) => digit + digit).join("")}`;
  const rgb = /^rgb\((\d+)[, ]+(\d+)[, ]+(\d+)\)$/.exec(colour);
  if (rgb) return `#${rgb.slice(1).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
  return /^#[\da-f]{6}$/i.test(colour) ? colour.toLowerCase() : "#808080";
}

function luminance(colour) {
  const [red, green, blue] = hex(colour).match(/[\da-f]{2}/gi).map((part) => {
    const value = Number.parseInt(part, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function cssOf(selector) {
  const lines = exported().map(([name, value]) => `  --gopay-${name}: ${value};\n`);
  return lines.length ? `${selector} {\n${lines.join("")}}\n` : "";
}

/** The same, with what is hard to read named in it. */
function cssToCopy() {
  const css = cssOf("gopay-checkout");
  const bad = unreadable();
  return css && bad.length ? `/* ${text("Kontras di bawah 4,5")}: ${bad.map(pairOf).join("; ")} */\n${css}` : css;
}

function field([name, kind, indonesian, english, range]) {
  const input = make(kind === "select" ? "select" : "input", "");
  input.name = name;
  input.id = `property-${name}`;
  if (kind === "select") input.append(...range.map((value) => new Option(value || `– ${text("bawaan")} –`, value)));
  else input.type = kind;
  if (kind === "range") [input.min, input.max, input.step] = range;
  const unit = kind === "range" ? range[3] : "";
  input.addEventListener("input", () => {
    if (input.value === "") changed.delete(name);
    else changed.set(name, `${input.value}${unit}`);
    themed();
  });
  const words = choices.elements.lang.value === "en" ? english : indonesian;
  const label = make("label", "", make("span", "", words), make("code", "quiet", `--gopay-${name}`));
  label.htmlFor = input.id;
  const output = kind === "select" ? "" : kind === "range" ? make("output", "") : colourText(name, words);
  const reset = make("button", "reset", "↺");
  Object.assign(reset, { type: "button", title: text("Kembalikan {name}").replace("{name}", words) });
  reset.setAttribute("aria-label", reset.title);
  reset.addEventListener("click", () => {
    changed.delete(name);
    themed();
    keepAddress();
    input.focus();
  });
  return make("div", "property", label, reset, input, output);
}

/** A colour as text, as a brand's guide has it. */
function colourText(name, words) {
  const written = make("input", "written");
  Object.assign(written, { type: "text", maxLength: 7, spellcheck: false, autocomplete: "off" });
  written.setAttribute("aria-label", `${words}: #rrggbb`);
  written.addEventListener("change", () => {
    const value = hex(written.value.trim().replace(/^#?/, "#"));
    if (/^#?([\da-f]{3}|[\da-f]{6})$/i.test(written.value.trim())) changed.set(name, value);
    themed();
    keepAddress();
  });
  return written;
}

/** Writes the editor's fields, the contrasts and the CSS anew; all screens follow by the stylesheet. */
function themed() {
  readShop();
  sheet.replaceSync(cssOf("#screens :is(gopay-checkout, .loading), dialog gopay-checkout"));
  for (const [name, kind] of PROPERTIES) {
    const input = find(`property-${name}`);
    const value = effective(name);
    const shown = input.parentElement.lastElementChild;
    if (kind === "color") shown.value = input.value = hex(value);
    else if (kind === "range") [input.value, shown.value] = [String(Number.parseFloat(value) || 0), value];
    else input.value = changed.get(name) ?? "";
    input.parentElement.classList.toggle("changed", changed.has(name));
  }
  find("contrasts").replaceChildren(
    ...CONTRASTS.map(([on, under]) => {
      const ratio = contrast(effective(on), effective(under));
      const enough = ratio >= 4.5;
      return make("li", "", make("span", "", `${labelOf(on)} / ${labelOf(under)}`), make("b", enough ? "good" : "bad", `${ratio.toFixed(1)} ${enough ? "✓ AA" : "✗ < 4.5"}`));
    }),
  );
  const bad = unreadable().length;
  find("unreadable").textContent = bad ? text("{count} kontras di bawah 4,5: pembeli bisa salah baca.").replace("{count}", bad) : "";
  find("css").textContent = cssToCopy() || text("Belum ada yang diubah.");
}

function showEditor() {
  find("properties").replaceChildren(...PROPERTIES.map(field));
  themed();
}

/** The address has the choices that differ from the page's own, and the theme. */
function keepAddress() {
  const chosen = Object.entries(chosenNow()).filter(([name, value]) => value !== "" && name !== "screen");
  history.replaceState(null, "", `?${new URLSearchParams([...chosen, ...changed])}`);
}

find("properties").addEventListener("input", keepAddress);
find("copy-css").addEventListener("click", ({ target }) => copy(cssToCopy(), target));
find("reset").addEventListener("click", () => {
  changed.clear();
  showEditor();
  keepAddress();
});

choices.addEventListener("submit", (event) => event.preventDefault());
choices.addEventListener("input", ({ target }) => {
  keepAddress();
  if (target.name === "search" || target.name === "group") search();
});
choices.addEventListener("change", ({ target }) => {
  if (target.name === "search" || target.name === "group") return;
  show();
  showEditor();
});
find("dialog").addEventListener("click", () => {
  const chosen = chosenNow();
  const screen = SCREENS[chosen.screen || chosen.only] ?? SCREENS["pending-qr"];
  const tell = (name) => (detail) => (find("told").textContent += ` ${name}:${detail?.code ?? detail?.order_id ?? detail}`);
  const callbacks = Object.fromEntries(["onSuccess", "onPending", "onError", "onClose"].map((name) => [name, tell(name)]));
  window.dialog = pay({ ...attributesOf(screen, chosen), fetch: answering(screen.answers) }, callbacks);
});

for (const [name, kind] of PROPERTIES) {
  const value = wanted.get(name);
  if (value && (kind !== "color" || /^#[\da-f]{6}$/i.test(value))) changed.set(name, value.replace(/[;{}]/g, ""));
}
window.SCREENS = names;
show();
showEditor();
if (changed.size) find("editor").open = true;
