// The shop's part of every host page, like demo/shop.js: an order, an element for it, and a log of the host events. The
// order is kept in the address, so that a reload and a second tab find it without storage.

const EVENTS = [
  "gopay-charge", "gopay-status", "gopay-settlement", "gopay-expire", "gopay-cancel", "gopay-deny", "gopay-refund",
  "gopay-open", "gopay-channel", "gopay-problem",
];

/** The original fetch, where the page has replaced it. */
const originalFetch = window.pageFetch ?? window.fetch;

const log = document.createElement("ol");
log.id = "events";
document.body.append(log);
for (const name of EVENTS) {
  document.addEventListener(name, (event) => {
    const line = document.createElement("code");
    line.textContent = `${name} ${JSON.stringify(event.detail)}`;
    log.append(line);
  });
}

export async function newOrder() {
  const answer = await originalFetch.call(window, "/api/shop/orders", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ items: [{ sku: "kopi-gayo", quantity: 1 }] }),
  });
  return answer.json();
}

/** The page's order, for the page and for the test. */
export async function theOrder() {
  const kept = /^#order=(.+)/.exec(location.hash);
  const order = kept ? JSON.parse(decodeURIComponent(kept[1])) : await newOrder();
  if (!kept) history.replaceState(null, "", `#order=${encodeURIComponent(JSON.stringify(order))}`);
  window.order = order;
  return order;
}

export function attributesOf(order) {
  return {
    "order-id": order.order_id,
    "order-token": order.order_token,
    "gross-amount": order.gross_amount,
    "trusted-hosts": order.trusted_hosts.join(" "),
    "charge-url": "/api/gopay/charge",
    "status-url": "/api/gopay/orders/{order_id}",
    "events-url": "/api/gopay/orders/{order_id}/events",
    "cancel-url": "/api/gopay/orders/{order_id}/cancel",
  };
}

/** An element for the order, not yet on the page. `more` changes attributes; null takes one away. */
export function checkout(order, more = {}) {
  const widget = document.createElement("gopay-checkout");
  for (const [name, value] of Object.entries({ ...attributesOf(order), ...more })) {
    if (value !== null) widget.setAttribute(name, value);
  }
  return widget;
}
