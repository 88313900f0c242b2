// `import "gopay-checkout/react"` registers the element and declares it for JSX (React 19).
import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { GopayCheckout, GopayCheckoutEventMap, GopayCheckoutProps } from "./index.js";

export type * from "./index.js";

/** Event handlers like `ongopay-settlement`: React 19 listens to the event named after `on`. */
export type GopayCheckoutHandlers = {
  [Name in keyof GopayCheckoutEventMap as `on${Name}`]?: (event: GopayCheckoutEventMap[Name]) => void;
};

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "gopay-checkout": DetailedHTMLProps<HTMLAttributes<GopayCheckout>, GopayCheckout> &
        GopayCheckoutProps &
        GopayCheckoutHandlers;
    }
  }
}
