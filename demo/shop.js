// The demo shop's page script: products, cart and language. It requests an order from the merchant, puts <gopay-checkout> on
// the page with that order's attributes, and listens to its events. It does not know Midtrans.

const STORAGE_KEY = "kedai-senja-orders";
const CART_KEY = "kedai-senja-cart";
const LANGUAGE_KEY = "kedai-senja-lang";
const KEPT_ORDERS = 20;
/** The merchant's limit for one product in one order. */
const MOST_OF_ONE = 20;
const WIDGET_EVENTS = [
  "gopay-charge", "gopay-status", "gopay-settlement", "gopay-expire", "gopay-cancel", "gopay-deny", "gopay-refund",
  "gopay-open", "gopay-channel", "gopay-problem",
];
// Attributes that the query may set, for example /?channel=deeplink&lang=en
const TRIED_FROM_ADDRESS = ["channel", "start", "lang", "theme"];
/** Products that have a picture of their own in pictures/. */
const PICTURES = ["kopi-gayo", "teh-melati", "gula-aren", "cangkir-batik"];

/** The page is written in Indonesian; these are its texts in English. */
const ENGLISH = {
  "Kopi dan teman-temannya": "Coffee and its friends",
  "Mau bawa pulang apa hari ini?": "What will you take home today?",
  "Langsung dari pembuatnya. Bayar dengan GoPay, ambil di kedai sebelum senja.":
    "Straight from their makers. Pay with GoPay, pick up before sunset.",
  "Biji kopi arabika dari dataran tinggi Gayo, sangrai sedang.": "Arabica beans from the Gayo highlands, medium roast.",
  "Teh wangi melati untuk poci tanah liat.": "Jasmine tea for a clay pot.",
  "Gula aren murni, digiling halus.": "Pure palm sugar, finely ground.",
  "Cangkir 250 ml dengan motif kawung.": "A 250 ml cup with the kawung motif.",
  Keranjang: "Cart",
  "Masih kosong. Kopi dulu?": "Still empty. Coffee first?",
  "Ambil di kedai": "Pick up at the shop",
  Gratis: "Free",
  "Bayar dengan GoPay": "Pay with GoPay",
  "Lihat keranjang": "View cart",
  Beli: "Buy",
  "+ Keranjang": "+ Cart",
  "{name} masuk keranjang.": "{name} is in the cart.",
  "Tambah {name} ke keranjang": "Add {name} to the cart",
  "Beli {name}": "Buy {name}",
  "Kurangi {name}": "One {name} less",
  "Tambah {name}": "One {name} more",
  "Coba lagi": "Try again",
  "Toko belum bisa dihubungi.": "The shop cannot be reached yet.",
  "Pesanan belum bisa dibuat. Coba lagi sebentar.": "The order could not be made. Try again in a moment.",
  "Pesanan {order} tidak dikenal di peramban ini.": "This browser does not know order {order}.",
  Pembayaran: "Payment",
  "Terima kasih!": "Thank you!",
  "Belum dibayar": "Not paid",
  "Dana dikembalikan": "Refunded",
  "Pesanan Anda": "Your order",
  "Nomor pesanan": "Order number",
  "Pembayaran diterima": "Payment received",
  "Disiapkan di kedai": "Being prepared",
  "Siap diambil": "Ready for pick-up",
  "Terima kasih! Pesanan {order} segera kami siapkan.": "Thank you! We are preparing order {order}.",
  "Belanja lagi": "Back to the shop",
  "Toko contoh, bukan uang sungguhan.": "A demo shop, no real money.",
  "Bayar pesanan ini di sandbox:": "Pay this order in the sandbox:",
  "Peristiwa (untuk pengembang)": "Events (for developers)",
  "Cara bayar lain": "Other ways to pay",
  "Cara bayar lain:": "Other ways to pay:",
  "datang saja ke kedai.": "come to the shop.",
  "Ini toko contoh: tidak ada uang sungguhan yang berpindah.": "This is a demo shop: no real money moves.",
};

const find = (id) => document.getElementById(id);
const thousands = new Intl.NumberFormat("id-ID");
const rupiah = (amount) => `Rp${thousands.format(amount)}`;

/** Storage may be forbidden or full: then what is kept lives as long as the page. */
function load(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Only this page knows it then, which is enough to pay.
  }
}

// Language: the address, then what was chosen before, then Indonesian.

const asked = /[?&]lang=(id|en)\b/.exec(location.search)?.[1];
const language = asked ?? (load(LANGUAGE_KEY, "id") === "en" ? "en" : "id");

/** A text in the page's language. `{name}` and the like are filled in. */
function text(indonesian, values = {}) {
  const words = language === "en" ? (ENGLISH[indonesian] ?? indonesian) : indonesian;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function translatePage() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.textContent);
  const another = find("checkout-template").content.querySelector("a");
  another.textContent = text(another.textContent);
  for (const link of document.querySelectorAll(".languages a")) {
    const address = new URL(location.href);
    address.searchParams.set("lang", link.lang);
    link.href = address.href;
    link.toggleAttribute("aria-current", link.lang === language);
    if (link.lang === language) link.setAttribute("aria-current", "true");
    link.addEventListener("click", () => keep(LANGUAGE_KEY, link.lang));
  }
}

// Orders that this browser made, newest first. Kept so that a reload, or the return from the GoPay app (often a new
// tab), finds its order again.
let orders = load(STORAGE_KEY, []);

function remember(order) {
  orders = [order, ...orders.filter((known) => known.order_id !== order.order_id)].slice(0, KEPT_ORDERS);
  keep(STORAGE_KEY, orders);
}

// The order that the address names. GoPay appends `?order_id=…` even where there is a query already, and names the
// charge's attempt, whose id begins with the shop's order id.
function orderInAddress() {
  const named = /[?&]order_id=([^&?#]+)/.exec(location.search);
  if (!named) return undefined;
  let orderId;
  try {
    orderId = decodeURIComponent(named[1]);
  } catch {
    return undefined;
  }
  const known = orders
    .filter((order) => orderId === order.order_id || orderId.startsWith(`${order.order_id}-`))
    .sort((a, b) => b.order_id.length - a.order_id.length);
  return known[0] ?? { order_id: orderId, unknown: true };
}

function say(words, tryAgain) {
  const notice = find("notice");
  notice.replaceChildren(words);
  if (tryAgain) {
    const again = button(text("Coba lagi"), "main");
    again.addEventListener("click", tryAgain, { once: true });
    notice.append(again);
  }
  notice.hidden = words === "";
}

async function request(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

/** A new element with a class and what is in it. */
function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function button(words, className) {
  const it = make("button", className, words);
  it.type = "button";
  return it;
}

function picture(sku) {
  const image = make("img");
  Object.assign(image, { src: `/pictures/${PICTURES.includes(sku) ? sku : "barang"}.svg`, alt: "", width: 320, height: 240 });
  return image;
}

// Products

let products = [];

async function showProducts() {
  find("products-section").hidden = false;
  find("checkout-section").hidden = true;
  find("checkout-place").replaceChildren();
  showCart();
  try {
    const answer = await request("/api/shop/products");
    products = answer.products ?? answer;
    say("");
    find("products").replaceChildren(...products.map(productCard));
    showCart();
  } catch (error) {
    console.error("shop: cannot list products:", error);
    say(text("Toko belum bisa dihubungi."), showProducts);
  }
}

function productCard({ sku, name, description, price }) {
  const buy = button(text("Beli"), "main");
  buy.dataset.sku = sku;
  buy.setAttribute("aria-label", text("Beli {name}", { name }));
  buy.addEventListener("click", () => order([{ sku, quantity: 1 }], buy));
  const add = button(text("+ Keranjang"));
  add.setAttribute("aria-label", text("Tambah {name} ke keranjang", { name }));
  add.addEventListener("click", () => {
    change(sku, 1);
    find("cart-said").textContent = text("{name} masuk keranjang.", { name });
  });
  return make(
    "li",
    "product",
    picture(sku),
    make("h2", "", name),
    make("p", "", text(description ?? "")),
    make("span", "price", rupiah(price)),
    make("div", "buttons", add, buy),
  );
}

// Cart: quantities by sku. Prices are the merchant's: the order that it makes is what counts.

let cart = load(CART_KEY, {});

function change(sku, by) {
  const quantity = Math.min(MOST_OF_ONE, (cart[sku] ?? 0) + by);
  const { [sku]: _, ...others } = cart;
  cart = quantity > 0 ? { ...cart, [sku]: quantity } : others;
  keep(CART_KEY, cart);
  showCart();
}

const cartLines = () =>
  products.filter(({ sku }) => cart[sku] > 0).map((product) => ({ ...product, quantity: cart[product.sku] }));
const sum = (lines) => lines.reduce((all, { price, quantity }) => all + price * quantity, 0);

function showCart() {
  const lines = cartLines();
  const count = lines.reduce((all, { quantity }) => all + quantity, 0);
  find("cart-count").textContent = String(count);
  find("cart-empty").hidden = count > 0;
  find("cart-full").hidden = count === 0;
  find("cart-total").textContent = rupiah(sum(lines));
  const bar = find("cart-bar");
  bar.hidden = count === 0 || find("products-section").hidden;
  bar.replaceChildren(make("span", "", `${text("Lihat keranjang")} (${count})`), make("b", "", rupiah(sum(lines))));
  // A button that was pressed keeps the focus, though its line is drawn anew.
  const pressed = document.activeElement?.dataset.change;
  find("cart-lines").replaceChildren(...lines.map(cartLine));
  if (pressed) (document.querySelector(`[data-change="${pressed}"]:enabled`) ?? find("cart")).focus();
}

function cartLine({ sku, name, price, quantity }) {
  const step = (sign, by, words) => {
    const it = button(sign);
    it.dataset.change = `${sku}${by}`;
    it.setAttribute("aria-label", text(words, { name }));
    it.disabled = by > 0 && quantity >= MOST_OF_ONE;
    it.addEventListener("click", () => change(sku, by));
    return it;
  };
  const stepper = make("div", "stepper", step("−", -1, "Kurangi {name}"), make("output", "", String(quantity)), step("+", 1, "Tambah {name}"));
  return make("li", "", picture(sku), make("div", "what", make("span", "", name), make("b", "", rupiah(price * quantity))), stepper);
}

find("pay").addEventListener("click", () => order(cartLines(), find("pay"), true));

// Order and checkout

async function order(lines, pressed, fromCart = false) {
  pressed.disabled = true;
  try {
    const made = await request("/api/shop/orders", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ items: lines.map(({ sku, quantity }) => ({ sku, quantity })) }),
    });
    const items = lines.map(({ sku, quantity }) => ({ ...products.find((product) => product.sku === sku), quantity }));
    const order = { ...made, items, fromCart };
    remember(order);
    const address = new URL("/", location.href);
    address.search = location.search;
    address.searchParams.set("order_id", order.order_id);
    history.pushState(null, "", address);
    showCheckout(order);
  } catch (error) {
    console.error("shop: cannot make an order:", error);
    say(text("Pesanan belum bisa dibuat. Coba lagi sebentar."));
    find("notice").scrollIntoView({ block: "nearest" });
  } finally {
    pressed.disabled = false;
  }
}

function showCheckout(order) {
  find("products-section").hidden = true;
  find("checkout-section").hidden = false;
  find("cart-bar").hidden = true;
  find("receipt").hidden = Boolean(order.unknown);
  find("sandbox").hidden = true;
  showOutcome("Pembayaran");
  if (order.unknown) {
    // Another browser made it, and only that one has its order token.
    find("order-line").textContent = text("Pesanan {order} tidak dikenal di peramban ini.", { order: order.order_id });
    find("checkout-place").replaceChildren();
    return;
  }
  find("order-line").textContent = order.description ?? "";
  showReceipt(order);
  const checkout = find("checkout-template").content.firstElementChild.cloneNode(true);
  checkout.setAttribute("order-id", order.order_id);
  checkout.setAttribute("order-token", order.order_token);
  checkout.setAttribute("gross-amount", order.gross_amount);
  checkout.setAttribute("callback-url", new URL("/selesai/", location.href).href);
  if (order.trusted_hosts?.length) checkout.setAttribute("trusted-hosts", order.trusted_hosts.join(" "));
  const address = new URLSearchParams(location.search);
  for (const name of TRIED_FROM_ADDRESS) {
    if (address.has(name)) checkout.setAttribute(name, address.get(name));
  }
  find("checkout-place").replaceChildren(checkout);
}

function showReceipt(order) {
  find("receipt-order").textContent = order.order_id;
  find("receipt-total").textContent = rupiah(order.gross_amount);
  find("receipt-lines").replaceChildren(
    ...(order.items ?? []).map(({ sku, name, price, quantity }) =>
      make("li", "", picture(sku), make("div", "what", make("span", "", name), make("b", "", `${quantity} × ${rupiah(price)}`))),
    ),
  );
  // Only the preview's merchant names a trusted host: the sandbox, where such an order is paid.
  const [host] = order.trusted_hosts ?? [];
  if (!host) return;
  const link = find("sandbox-link");
  link.href = `${location.protocol}//${host}/?order_id=${encodeURIComponent(order.order_id)}`;
  link.textContent = host;
  find("sandbox").hidden = false;
}

/** The heading, the steps of the order and the thanks, by how the payment stands. */
function showOutcome(heading, thanks = "") {
  find("checkout-title").textContent = text(heading);
  find("steps").dataset.paid = String(thanks !== "");
  find("thanks").textContent = thanks;
}

function show() {
  const order = orderInAddress();
  if (order) showCheckout(order);
  else showProducts();
}

// The widget's events bubble: one listener on the page is enough for any number of widgets.
for (const name of WIDGET_EVENTS) {
  document.addEventListener(name, (event) => {
    // A deeplink's query is between the payer and GoPay: do not log it.
    const detail = { ...event.detail };
    if (detail.url) detail.url = String(detail.url).split("?")[0];
    find("events").append(make("li", "", make("code", "", `${name} ${JSON.stringify(detail)}`)));
  });
}

document.addEventListener("gopay-settlement", (event) => {
  // For the payer only. The merchant learns from Midtrans what is paid.
  const { order_id } = event.detail;
  showOutcome("Terima kasih!", text("Terima kasih! Pesanan {order} segera kami siapkan.", { order: order_id }));
  // What was bought from the cart has left it.
  if (orders.find((order) => order.order_id === order_id)?.fromCart) {
    cart = {};
    keep(CART_KEY, cart);
    showCart();
  }
});
document.addEventListener("gopay-charge", () => showOutcome("Pembayaran"));
document.addEventListener("gopay-refund", () => showOutcome("Dana dikembalikan"));
for (const name of ["gopay-expire", "gopay-cancel", "gopay-deny"]) {
  document.addEventListener(name, () => showOutcome("Belum dibayar"));
}

addEventListener("popstate", show);
translatePage();
show();
