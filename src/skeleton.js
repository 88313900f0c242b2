// What an element shows before the core is there: its box, what is certain of the payment, and nothing to press.

const sheets = [];

/** Adds a stylesheet to every element. A browser without constructed ones shows the bare elements, which still say everything. */
function dress(css) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    sheets.push(sheet);
  } catch {
    // See above.
  }
}

const beside = async (file) => dress(await (await fetch(new URL(file, import.meta.url))).text());

// style/box.css, written in here by a release build; else it lies beside this file.
const boxed = typeof GOPAY_STYLE === "undefined" ? beside("./box.css") : dress(GOPAY_STYLE);

let whole;

/** Adds what comes with the core: style/checkout.css. Until then there is nothing that it would change. */
export function dressed(core) {
  whole ??= typeof GOPAY_STYLE === "undefined" ? boxed.then(() => beside("./checkout.css")) : (dress(core.STYLE), true);
  return whole;
}

function make(name, part, ...children) {
  const made = document.createElement(name);
  if (part) {
    made.className = part;
    made.setAttribute("part", part);
  }
  made.append(...children);
  return made;
}

/** The element's shadow root, dressed. */
export function shadow(element) {
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  if (sheets.length) root.adoptedStyleSheets = sheets;
  return root;
}

/** What the page put inside the element: shown while nothing can run. */
export function fallback(element, ...before) {
  shadow(element).replaceChildren(...before, document.createElement("slot"));
}

/** Paints the box. `known` is what `certain` in early.js gives, or nothing yet. */
export function paint(element, known) {
  const order = element.getAttribute("order-id") ?? "";
  const [amount = ""] = known ? [known.amount] : (/^\d+$/.exec(element.getAttribute("gross-amount")) ?? []);
  const card = make("div", "card");
  card.dataset.theme = element.getAttribute("theme")?.trim().toLowerCase() || "auto";
  card.dataset.state = "loading";
  card.setAttribute("aria-busy", "true");
  const rupiah = amount ? `Rp${amount.replace(/\B(?=(\d{3})+$)/g, ".")}` : "Rp…";
  const slot = make("slot");
  slot.name = "header";
  const summary = make("div", "summary", slot, make("p", "total", "\u00a0"), make("p", "amount", rupiah), make("p", "order", order));
  // As the core will almost always have it. Where it will not, the card changes its height once.
  if (element.channel === "deeplink" || (navigator.maxTouchPoints && Math.min(screen.width, screen.height) < 600)) {
    card.dataset.channel = "deeplink";
    known = null;
  }
  const middle = make("div", known ? "quiet-zone" : "waiting");
  if (known) {
    const qr = make("img", "qr");
    qr.referrerPolicy = "no-referrer";
    qr.alt = `${rupiah}, ${order}`;
    qr.src = known.qr;
    // Kept, for the core to count it as one that failed.
    qr.onerror = () => (qr.hidden = true);
    middle.append(qr);
  }
  card.append(summary, make("div", "stage", middle));
  shadow(element).replaceChildren(card);
}
