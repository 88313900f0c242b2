// The package's entry: what its import does is nothing, in a browser as on a server, until one of these is called.

import { pay as open } from "../src/pay.js";

/** Registers <gopay-checkout>, once. Where there is no document, as on a server, it does nothing. */
export function define() {
  // The whole loader, which esbuild writes into this file as a function: it is run here and no sooner.
  if (typeof customElements === "object") require("../src/gopay-checkout.js");
}

/** Opens the checkout in a dialog: see src/pay.js. */
export function pay(...settings) {
  define();
  return open(...settings);
}
