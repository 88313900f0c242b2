import type { UserConfig } from "vite";

/** The same for all three hosts: the shop's backend is another process while the page is worked at. */
export const shop: UserConfig = {
  // The built page may lie in any folder.
  base: "./",
  server: { proxy: { "/api": process.env["MERCHANT_URL"] ?? "http://127.0.0.1:7080" } },
};
