// React 18 in its strict mode, which mounts every component twice; with Suspense, which hides what it has shown.

import { StrictMode, Suspense, createElement } from "react";
import { createRoot } from "react-dom/client";

let waiting;
let resume;

/** Suspends as long as `suspended` is true. */
function Late({ suspended }) {
  if (!suspended) return null;
  waiting ??= new Promise((done) => (resume = done));
  throw waiting;
}

const page = (attributes, { suspended = false, times = 0 } = {}) =>
  createElement(
    StrictMode,
    null,
    createElement(
      Suspense,
      { fallback: createElement("p", null, "Sebentar") },
      createElement("gopay-checkout", { ...attributes, "data-times": times }, createElement("p", null, "Cara bayar lain")),
      createElement(Late, { suspended }),
    ),
  );

export function begin(place, attributes) {
  const root = createRoot(place);
  root.render(page(attributes));
  return {
    "rendered again, three times": async (task) => {
      for (const times of [1, 2, 3]) {
        root.render(page(attributes, { times }));
        await task();
      }
    },
    "suspended and resumed": async (task) => {
      root.render(page(attributes, { suspended: true }));
      await task();
      root.render(page(attributes));
      resume?.();
      await task();
    },
  };
}
