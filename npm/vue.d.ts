// `import "gopay-checkout/vue"` registers the element, and tells TypeScript of it in templates (Vue 3.5).
import type { EmitFn, HTMLAttributes, PublicProps } from "vue";
import type { GopayCheckout, GopayCheckoutEventMap, PaySettings } from "./index.js";

export type * from "./index.js";

type Emits = { [Name in keyof GopayCheckoutEventMap]: (event: GopayCheckoutEventMap[Name]) => void };

// Vue's own checks turn what a template writes, `order-id` say, into camelCase.
declare module "vue" {
  interface GlobalComponents {
    "gopay-checkout": new () => GopayCheckout & {
      $props: PaySettings & HTMLAttributes & PublicProps;
      $emit: EmitFn<Emits>;
    };
  }
}
