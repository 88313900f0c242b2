// Placeholder: paints the element before the core is there, with its box and the QR code or deeplink of the early charge. The
// elements are those of the core's own view, which adopts the one marked `data-early` and its ancestors in place.

import { importVerified } from "./core_loader.js";
import { attribute } from "./wire.js";
import { AMOUNT, ENGLISH, INDONESIAN, NO_SMARTPHONE, TABLET_SIDE } from "./generated_rules.js";

const sheets = [];

/** Adds a stylesheet to every element. A browser without constructed ones shows the bare elements, which still say everything. */
function addSheet(css) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    sheets.push(sheet);
    return sheet;
  } catch {
    // See above.
  }
}

const fetchSibling = async (file) => addSheet(await (await fetch(new URL(file, import.meta.url))).text());

// style/box.css, written in here by a release build; else it lies beside this file.
const boxed = typeof GOPAY_STYLE === "undefined" ? fetchSibling("./box.css") : addSheet(GOPAY_STYLE);

let whole;

/**
 * Resolves once the core may be mounted: with its stylesheet style/checkout.css, and for a developer with the debug panel. A
 * release build's glue does it (xtask/src/dist/mod.rs); style/later.css follows.
 */
export function setUpCore(core) {
  whole ??=
    typeof GOPAY_STYLE === "undefined"
      ? boxed.then(async () => {
          await fetchSibling("./checkout.css");
          await fetchSibling("./later.css");
          await import("./debug.js");
        })
      : core.setUp(addSheet, importVerified);
  return whole;
}

/** An element of this class; without a class it is a text's, or a slot. */
export function make(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** The same, which a shop may style by the name of the class. */
function makePart(name, part, ...children) {
  const made = make(name, part, ...children);
  made.setAttribute("part", part);
  return made;
}

function makeSlot(name, ...children) {
  const made = make("slot", "", ...children);
  made.name = name;
  return made;
}

/** The element's shadow root, with the stylesheets. */
export function shadow(element) {
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = sheets;
  return root;
}

/** The one box in the shadow root, which holds everything else. Extensions put elements of their own beside it. */
function boxOf(element) {
  const root = shadow(element);
  if (root.box?.parentNode !== root) root.box = root.appendChild(make("div"));
  return root.box;
}

/** Slot with the fallback: the element's children, shown while nothing can run. */
export function fallback(element, ...before) {
  boxOf(element).replaceChildren(...before, make("slot"));
}

/**
 * Resolves once somebody may see the element: its box is displayed, and the page is not merely prerendered. What no frame is
 * drawn for is observed by no ResizeObserver.
 */
export async function displayed(element) {
  const box = boxOf(element);
  if (document.prerendering || !box.checkVisibility?.())
    await new Promise((seen) => new ResizeObserver(([{ contentRect }]) => contentRect.width && seen()).observe(box));
}

/** The payer's words: the language of the element, else the nearest around it, else Indonesian. */
export function wordsOf(element) {
  for (let from = element; from; from = from.getRootNode().host) {
    // By a method of this element: a form's own may be one of its fields.
    const lang = element.getAttribute.call(from.closest("[lang]") ?? from, "lang");
    if (lang !== null) return /^\s*en(?![a-z])/i.test(lang) ? ENGLISH : INDONESIAN;
  }
  return INDONESIAN;
}

/** The core's own rule, which says why (src/payment/device.rs; tests/devices.rs compares them). */
export function isSmartphone(navigator, screen) {
  const { userAgent: agent, userAgentData: hints } = navigator;
  if (NO_SMARTPHONE.test(agent)) return false;
  if (/iPhone/.test(agent)) return true;
  if (!navigator.maxTouchPoints) return false;
  if (hints?.mobile ?? /^(?!.*Macintosh).*Mobile/.test(agent)) return true;
  const side = Math.min(screen.width, screen.height);
  return side && side < TABLET_SIDE && (!/X11/.test(agent) || /^Android|arm|aarch/.test(hints?.platform + navigator.platform));
}

/** Resolves once the last early QR image is there, or takes long. */
export let qrImageArrived;

/**
 * Paints the box. `preview` is what `previewFrom` in early_charge.js gives, or nothing yet; `onTap` hears a click on the
 * deeplink. With `preview` what is painted can be paid.
 */
export function paint(element, preview, onTap) {
  const value = (name) => attribute(element, name).toLowerCase();
  const order = attribute(element, "order-id");
  const amount = preview?.amount ?? AMOUNT.exec(value("gross-amount"))?.[1];
  const rupiah = amount ? `Rp${amount.replace(/\B(?=(\d{3})+$)/g, ".")}` : "Rp…";
  const channel = value("channel");
  const isPhone = channel === "deeplink" || (channel !== "qr" && isSmartphone(navigator, screen));
  const url = preview && ((isPhone && preview.deeplink) || preview.qr || preview.deeplink);
  const byLink = url ? url === preview.deeplink : isPhone;

  const summary = make("div", "summary", makeSlot("logo", make("b", "brand", "GoPay")), make("div", "order", order), make("div", "total", "\u00a0"), makePart("div", "amount", rupiah));
  const figure = make("div", "figure");
  const actions = make("div", "actions");
  const card = makePart("div", "card", makeSlot("header"), summary, figure, make("div", "status"), make("div", "timer"), actions, make("div", "help"));
  card.dataset.theme = value("theme") || "auto";
  // The core almost always shows the same. Where it does not, the card changes its height once.
  if (byLink) {
    const link = makePart(url ? "a" : "div", "button");
    card.dataset.channel = "deeplink";
    figure.append(make("div", "mark"));
    actions.append(link);
    if (url) {
      link.append(wordsOf(element).pay);
      // Neither a frame nor the page's own `<base target>` takes the app's page.
      Object.assign(link, { rel: "noopener", referrerPolicy: "no-referrer", target: "_top", href: url, onclick: onTap });
      link.dataset.early = "";
    }
  } else {
    const quietZone = make("div", "quiet-zone");
    figure.append(quietZone);
    if (url) {
      const qr = makePart("img", "qr");
      qrImageArrived = new Promise((onload) => {
        setTimeout(onload, 1_000);
        // Hidden where it fails, and kept: the core counts it as one that failed.
        Object.assign(qr, { fetchPriority: "high", referrerPolicy: "no-referrer", alt: `${rupiah}, ${order}`, onload, onerror: () => (qr.hidden = true), src: url });
      });
      qr.dataset.early = "";
      quietZone.append(qr);
    }
  }
  boxOf(element).replaceChildren(card);
}
