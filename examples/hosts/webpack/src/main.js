import { pay } from "gopay-checkout";

const rupiah = new Intl.NumberFormat("id-ID", { style: "currency", currency: "IDR", maximumFractionDigits: 0 });

/** Asks the shop's backend for an order: it alone knows the price. */
async function makeOrder(sku) {
  const answer = await fetch("/api/shop/orders", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ items: [{ sku, quantity: 1 }] }),
  });
  if (!answer.ok) throw new Error(`/api/shop/orders answered ${answer.status}`);
  return answer.json();
}

document.querySelector("#buy").onclick = async () => {
  const order = await makeOrder("kopi-gayo");
  const settings = {
    orderId: order.order_id,
    orderToken: order.order_token,
    grossAmount: order.gross_amount,
    trustedHosts: order.trusted_hosts?.join(" "),
    chargeUrl: "/api/gopay/charge",
    statusUrl: "/api/gopay/orders/{order_id}",
    eventsUrl: "/api/gopay/orders/{order_id}/events",
    start: "press",
    headers: { "X-Requested-With": "kedai-senja" },
  };
  pay(settings, {
    onSuccess({ gross_amount }) {
      document.querySelector("#thanks").textContent = `Terima kasih! ${rupiah.format(gross_amount)} sudah kami terima.`;
    },
  });
};
