// The demo shop's page script. It requests an order from the merchant, puts <gopay-checkout> on the page with that order's
// attributes, and listens to its events. It does not know Midtrans.

const STORAGE_KEY = "kedai-senja-orders";
const KEPT_ORDERS = 20;
const WIDGET_EVENTS = [
  "gopay-charge", "gopay-status", "gopay-settlement", "gopay-expire", "gopay-cancel", "gopay-deny", "gopay-refund",
  "gopay-open", "gopay-channel", "gopay-problem",
];
// Attributes that the query may set, for example /?channel=deeplink&lang=en
const TRIED_FROM_ADDRESS = ["channel", "start", "lang", "theme"];

const find = (id) => document.getElementById(id);
const rupiah = new Intl.NumberFormat("id-ID", { style: "currency", currency: "IDR", maximumFractionDigits: 0 });

// Orders that this browser made, newest first. Kept so that a reload, or the return from the GoPay app (often a new
// tab), finds its order again. Storage may be forbidden or full: then they live as long as the page.
let orders = [];
try {
  orders = JSON.parse(localStorage.getItem(STORAGE_KEY)) ?? [];
} catch {
  orders = [];
}

function remember(order) {
  orders = [order, ...orders.filter((known) => known.order_id !== order.order_id)].slice(0, KEPT_ORDERS);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(orders));
  } catch {
    // Only this page knows the order then, which is enough to pay it.
  }
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

function say(text, tryAgain) {
  const notice = find("notice");
  notice.replaceChildren(text);
  if (tryAgain) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Coba lagi";
    button.addEventListener("click", tryAgain, { once: true });
    notice.append(button);
  }
  notice.hidden = text === "";
}

async function ask(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}

async function showProducts() {
  find("products-section").hidden = false;
  find("checkout-section").hidden = true;
  find("checkout-place").replaceChildren();
  try {
    const answer = await ask("/api/shop/products");
    say("");
    find("products").replaceChildren(...(answer.products ?? answer).map(productCard));
  } catch (error) {
    console.error("shop: cannot list products:", error);
    say("Toko belum bisa dihubungi.", showProducts);
  }
}

function productCard(product) {
  const card = document.createElement("li");
  card.className = "product";
  const name = document.createElement("h2");
  name.textContent = product.name;
  const about = document.createElement("p");
  about.textContent = product.description ?? "";
  const price = document.createElement("span");
  price.className = "price";
  price.textContent = rupiah.format(product.price);
  const buy = document.createElement("button");
  buy.type = "button";
  buy.textContent = "Beli";
  buy.dataset.sku = product.sku;
  buy.setAttribute("aria-label", `Beli ${product.name}`);
  buy.addEventListener("click", () => buyOne(product.sku, buy));
  card.append(name, about, price, buy);
  return card;
}

async function buyOne(sku, button) {
  button.disabled = true;
  try {
    const order = await ask("/api/shop/orders", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ items: [{ sku, quantity: 1 }] }),
    });
    remember(order);
    const address = new URL("/", location.href);
    address.search = location.search;
    address.searchParams.set("order_id", order.order_id);
    history.pushState(null, "", address);
    showCheckout(order);
  } catch (error) {
    console.error("shop: cannot make an order:", error);
    say("Pesanan belum bisa dibuat. Coba lagi sebentar.");
  } finally {
    button.disabled = false;
  }
}

function showCheckout(order) {
  find("products-section").hidden = true;
  find("checkout-section").hidden = false;
  find("thanks").textContent = "";
  if (order.unknown) {
    // Another browser made it, and only that one has its order token.
    find("order-line").textContent = `Pesanan ${order.order_id} tidak dikenal di peramban ini.`;
    find("checkout-place").replaceChildren();
    return;
  }
  find("order-line").textContent = order.description ?? "";
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

function show() {
  const order = orderInAddress();
  if (order) showCheckout(order);
  else showProducts();
}

// The widget's events bubble: one listener on the page is enough for any number of widgets.
for (const name of WIDGET_EVENTS) {
  document.addEventListener(name, (event) => {
    const line = document.createElement("li");
    const code = document.createElement("code");
    // A deeplink's query is between the payer and GoPay: do not log it.
    const detail = { ...event.detail };
    if (detail.url) detail.url = String(detail.url).split("?")[0];
    code.textContent = `${name} ${JSON.stringify(detail)}`;
    line.append(code);
    find("events").append(line);
  });
}

document.addEventListener("gopay-settlement", (event) => {
  // For the payer only. The merchant learns from Midtrans what is paid.
  find("thanks").textContent = `Terima kasih! Pesanan ${event.detail.order_id} segera kami siapkan.`;
});

addEventListener("popstate", show);
show();
