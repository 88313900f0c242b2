// htmx 2, which swaps a part of the page for the server's answer; with idiomorph it keeps the elements that stay.

import htmx from "htmx.org";

// Idiomorph's extension looks for a global htmx.
window.htmx = htmx;

export async function begin(place, attributes, markup) {
  await import("idiomorph/dist/idiomorph-ext.esm.js");
  place.setAttribute("hx-ext", "morph");
  place.innerHTML = markup;
  htmx.process(place);
  const swap = (swapStyle) => htmx.swap(place, markup, { swapStyle, swapDelay: 0, settleDelay: 0 }, { contextElement: place });
  return {
    "morphed by idiomorph in a swap": async (task) => {
      swap("morph:innerHTML");
      await task();
    },
    "swapped for the same markup": async (task) => {
      swap("innerHTML");
      await task();
    },
  };
}
