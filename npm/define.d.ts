// Registers `<gopay-checkout>` where it is imported; on a server that is nothing.
export type * from "./index.js";
