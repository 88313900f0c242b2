// Elements whose `fetch` answers at once, with what the merchant once answered: so a thousand of them need no network.

import { attributesOf, checkout } from "../order.js";

let known;

/** Asks the merchant for a charge and its status, once. */
export async function learn(order) {
  const of = attributesOf(order);
  const headers = { Authorization: `Bearer ${order.order_token}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ payment_type: "gopay", transaction_details: { order_id: order.order_id } });
  const charge = await (await fetch(of["charge-url"], { method: "POST", headers, body })).text();
  const status = await (await fetch(of["status-url"].replace("{order_id}", order.order_id), { headers })).text();
  known = { order, charge, status };
}

/** How often each kind was asked for. */
export const asked = { charge: 0, events: 0, status: 0 };

/** Push streams that nobody has ended. */
export const streams = new Set();

const encoder = new TextEncoder();

function answer(input, options) {
  const request = new Request(input, options);
  const inJson = (text) => new Response(text, { headers: { "Content-Type": "application/json", Date: new Date().toUTCString() } });
  if (request.method === "POST") {
    asked.charge += 1;
    return Promise.resolve(inJson(known.charge));
  }
  if (!request.url.endsWith("/events")) {
    asked.status += 1;
    return Promise.resolve(inJson(known.status));
  }
  asked.events += 1;
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

/** The merchant lets hear that it is still there. */
export const breathe = () => streams.forEach((it) => it.enqueue(encoder.encode(": still here\n\n")));

/** An element, put on the page, once it has its charge. */
export async function begin() {
  const widget = checkout(known.order);
  widget.fetch = answer;
  const charged = new Promise((heard) => widget.addEventListener("gopay-charge", heard, { once: true }));
  document.body.append(widget);
  await charged;
  return widget;
}

/** So many of them, one after the other, each taken off the page again. */
export async function lives(count) {
  for (let life = 0; life < count; life += 1) {
    (await begin()).remove();
    // What the page has written down of it; and an element is unmounted a microtask later.
    document.querySelector("#events").replaceChildren();
    await new Promise((go) => setTimeout(go));
  }
}
