// Type tests: the element in JSX, and what TypeScript must refuse.

import "gopay-checkout/react";

const order = { "order-id": "order-101", "charge-url": "/charge", "status-url": "/orders/{order_id}" };

export const right = (
  <gopay-checkout
    {...order}
    className="checkout"
    ref={(element) => element?.refresh()}
    gross-amount={44_000}
    headers={{ "X-CSRF-Token": "token" }}
    ongopay-charge={(event) => event.detail.resumed}
    ongopay-open={(event) => event.preventDefault()}
  />
);

// @ts-expect-error three attributes are required
export const nothing = <gopay-checkout />;

// @ts-expect-error there is no such channel
export const channel = <gopay-checkout {...order} channel="va" />;

export const field = (
  <gopay-checkout
    {...order}
    // @ts-expect-error a channel has no amount
    ongopay-channel={(event) => event.detail.gross_amount}
  />
);
