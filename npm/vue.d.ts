// `import "gopay-checkout/vue"` registers the element and declares it for templates (Vue 3.5).
import type { EmitFn, HTMLAttributes, PublicProps } from "vue";
import type { GopayCheckout, GopayCheckoutEventMap, PaySettings } from "./index.js";

export type * from "./index.js";

type Emits = { [Name in keyof GopayCheckoutEventMap]: (event: GopayCheckoutEventMap[Name]) => void };

// Vue's type checker turns attribute names in a template, such as `order-id`, into camelCase.
declare module "vue" {
  interface GlobalComponents {
    "gopay-checkout": new () => GopayCheckout & {
      $props: PaySettings & HTMLAttributes & PublicProps;
      $emit: EmitFn<Emits>;
    };
  }
}
