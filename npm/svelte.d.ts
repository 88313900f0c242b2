// `import "gopay-checkout/svelte"` registers the element and declares it for markup (Svelte 5).
import type { HTMLAttributes } from "svelte/elements";
import type { GopayCheckout, GopayCheckoutEventMap, GopayCheckoutProps } from "./index.js";

export type * from "./index.js";

/** Event handlers like `ongopay-settlement`: Svelte 5 listens to the event named after `on`. */
export type GopayCheckoutHandlers = {
  [Name in keyof GopayCheckoutEventMap as `on${Name}`]?: (event: GopayCheckoutEventMap[Name]) => void;
};

declare module "svelte/elements" {
  export interface SvelteHTMLElements {
    "gopay-checkout": HTMLAttributes<GopayCheckout> & GopayCheckoutProps & GopayCheckoutHandlers;
  }
}
