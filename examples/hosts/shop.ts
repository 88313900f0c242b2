// The shop's own side, the same in every host: an order is made by its backend, which alone knows the price.

/** What the backend says of an order that it has just made. */
export interface Order {
  order_id: string;
  /** Opens this order's endpoints, and no other's. */
  order_token: string;
  /** Rupiah. */
  gross_amount: number;
  /** While the shop is tried against the sandbox: where its QR pictures come from. */
  trusted_hosts?: string[];
}

/** Asks the backend for one. */
export async function makeOrder(sku: string): Promise<Order> {
  const answer = await fetch("/api/shop/orders", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ items: [{ sku, quantity: 1 }] }),
  });
  if (!answer.ok) throw new Error(`/api/shop/orders answered ${answer.status}`);
  return answer.json();
}

/** What this shop's backend wants to see in every request, as many do against forged ones. */
export const shopHeaders = () => ({ "X-Requested-With": "kedai-senja" });

const rupiah = new Intl.NumberFormat("id-ID", { style: "currency", currency: "IDR", maximumFractionDigits: 0 });

/** `44000.00`, as Midtrans writes it → `Rp 44.000`. */
export const inRupiah = (gross_amount: string) => rupiah.format(Number(gross_amount));
