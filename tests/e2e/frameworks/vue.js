// Vue 3 with KeepAlive, which takes an element off the page and puts the same one back.

import { KeepAlive, createApp, h, nextTick, ref } from "vue";

export function begin(place, attributes) {
  const times = ref(0);
  const isShown = ref(true);
  const Checkout = { name: "Checkout", render: () => h("gopay-checkout", { ...attributes, "data-times": times.value }) };
  const Other = { name: "Other", render: () => h("p", "Keranjang") };
  createApp({ render: () => h(KeepAlive, null, [h(isShown.value ? Checkout : Other)]) }).mount(place);
  return {
    "rendered again, three times": async (task) => {
      for (const time of [1, 2, 3]) {
        times.value = time;
        await nextTick();
        await task();
      }
    },
    "kept alive while another is shown": async (task) => {
      isShown.value = false;
      await nextTick();
      await task();
      isShown.value = true;
      await nextTick();
      await task();
    },
  };
}
