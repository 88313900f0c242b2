import "gopay-checkout/react";
import { useState } from "react";
import { inRupiah, makeOrder, type Order, shopHeaders } from "../../shop";

export function Page() {
  const [order, setOrder] = useState<Order>();
  const [paid, setPaid] = useState<string>();

  if (!order) {
    return (
      <button id="buy" onClick={async () => setOrder(await makeOrder("kopi-gayo"))}>
        Beli kopi Gayo
      </button>
    );
  }
  return (
    <>
      <gopay-checkout
        order-id={order.order_id}
        order-token={order.order_token}
        gross-amount={order.gross_amount}
        trusted-hosts={order.trusted_hosts?.join(" ")}
        charge-url="/api/gopay/charge"
        status-url="/api/gopay/orders/{order_id}"
        events-url="/api/gopay/orders/{order_id}/events"
        start="press"
        headers={shopHeaders}
        ongopay-settlement={(event) => setPaid(event.detail.gross_amount)}
      >
        <a href="/cara-bayar">Cara bayar lain</a>
      </gopay-checkout>
      {paid && <p id="thanks">Terima kasih! {inRupiah(paid)} sudah kami terima.</p>}
    </>
  );
}
