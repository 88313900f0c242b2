// Type tests: the element, and what TypeScript must refuse. Only compiled, never run.

import { define, pay, type GopayCheckout, type GopayProblemCode } from "gopay-checkout";
import "gopay-checkout/define";

const element: GopayCheckout = document.createElement("gopay-checkout");
const found: GopayCheckout | null = document.querySelector("gopay-checkout");

element.orderId = "order-101";
element.grossAmount = 44_000;
element.channel = "qr";
element.eventsUrl = null;
element.headers = () => ({ "X-CSRF-Token": "token" });
element.fetch = async (request) => fetch(request);
element.refresh();
// @ts-expect-error there is no such channel
element.channel = "va";
// @ts-expect-error only the element says in which state it is
element.state = "settlement";
// @ts-expect-error `start` is a method
element.start = "press";

const text: string | null = element.grossAmount;
const state: "loading" | "settlement" | string = element.state;

element.addEventListener("gopay-settlement", (event) => {
  const amount: string = event.detail.gross_amount;
  // @ts-expect-error Midtrans' word is gross_amount
  event.detail.amount;
  return amount;
});
document.addEventListener("gopay-problem", ({ detail }) => {
  const code: GopayProblemCode = detail.code;
  const known: string | undefined = detail.order_id;
  return [code, known];
});
window.addEventListener("gopay-charge", ({ detail }) => {
  const expires: string | undefined = detail.expiry_time;
  return expires;
});

define();
const { close, element: inDialog } = pay(
  { orderId: "order-101", chargeUrl: "/api/gopay/charge", statusUrl: "/api/gopay/orders/{order_id}", start: "press" },
  {
    onSuccess: (detail) => detail.gross_amount,
    onError: (detail) => ("code" in detail ? detail.code : detail.transaction_status),
    onClose: (last) => last === "settlement",
  },
);
inDialog.refresh();
close();
// @ts-expect-error without an order there is nothing to pay
pay({ chargeUrl: "/api/gopay/charge", statusUrl: "/api/gopay/orders/{order_id}" });

export { found, state, text };
