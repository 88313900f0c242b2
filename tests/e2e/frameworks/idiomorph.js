// Idiomorph by itself, as Livewire's and LiveView's morphs work: the page becomes what the server has rendered.

import { Idiomorph } from "idiomorph/dist/idiomorph.esm.js";

export function begin(place, attributes, markup) {
  place.innerHTML = markup;
  return {
    "morphed, three times": async (task) => {
      for (let time = 0; time < 3; time += 1) {
        Idiomorph.morph(place, markup, { morphStyle: "innerHTML" });
        await task();
      }
    },
    "morphed beside new elements": async (task) => {
      Idiomorph.morph(place, `<p>Baru</p>${markup}<p>Baru juga</p>`, { morphStyle: "innerHTML" });
      await task();
    },
  };
}
