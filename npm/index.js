// The package's entry. Importing it has no side effect: call one of these functions.

import { pay as open } from "../src/loader/dialog.js";

/** Registers <gopay-checkout> once. Does nothing where there is no document, as on a server. */
export function define() {
  // esbuild bundles the loader into this file as a function, which runs only here.
  if (typeof customElements === "object") require("../src/loader/gopay-checkout.js");
}

/** Opens the checkout in a dialog: see src/loader/dialog.js. */
export function pay(...settings) {
  define();
  return open(...settings);
}
