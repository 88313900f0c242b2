// Creates and removes elements whose `fetch` replays recorded responses at once: a thousand of them need no network.

import { attributesOf, checkout } from "../order.js";

let known;

/** Fetches a charge and its status from the merchant, once. */
export async function learn(order) {
  const of = attributesOf(order);
  const headers = { Authorization: `Bearer ${order.order_token}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ payment_type: "gopay", transaction_details: { order_id: order.order_id } });
  const charge = await (await fetch(of["charge-url"], { method: "POST", headers, body })).text();
  const status = await (await fetch(of["status-url"].replace("{order_id}", order.order_id), { headers })).text();
  known = { order, charge, status };
}

/** Number of requests of each kind. */
export const requests = { charge: 0, events: 0, status: 0 };

/** Open push streams. */
export const streams = new Set();

const encoder = new TextEncoder();

function answer(input, options) {
  const request = new Request(input, options);
  const inJson = (text) => new Response(text, { headers: { "Content-Type": "application/json", Date: new Date().toUTCString() } });
  if (request.method === "POST") {
    requests.charge += 1;
    return Promise.resolve(inJson(known.charge));
  }
  if (!request.url.endsWith("/events")) {
    requests.status += 1;
    return Promise.resolve(inJson(known.status));
  }
  requests.events += 1;
  let kept;
  const stream = new ReadableStream({
    start(controller) {
      kept = controller;
      streams.add(controller);
      controller.enqueue(encoder.encode(`id: 1\nevent: status\ndata: ${known.status}\n\n`));
      request.signal.addEventListener("abort", () => {
        if (streams.delete(controller)) controller.error(request.signal.reason);
      });
    },
    cancel: () => streams.delete(kept),
  });
  return Promise.resolve(new Response(stream, { headers: { "Content-Type": "text/event-stream" } }));
}

/** Sends a keep-alive comment on every push stream. */
export const keepAlive = () => streams.forEach((it) => it.enqueue(encoder.encode(": still here\n\n")));

/** Puts an element on the page, and waits for its charge. */
export async function begin() {
  const widget = checkout(known.order);
  widget.fetch = answer;
  const charged = new Promise((heard) => widget.addEventListener("gopay-charge", heard, { once: true }));
  document.body.append(widget);
  await charged;
  return widget;
}

/** Puts `count` elements on the page and removes each, one after the other. */
export async function lives(count) {
  for (let life = 0; life < count; life += 1) {
    (await begin()).remove();
    // Clears the event log of the page. An element is unmounted a microtask later.
    document.querySelector("#events").replaceChildren();
    await new Promise((go) => setTimeout(go));
  }
}
