// Turbo 8: streams that replace or morph a part of the page.

import * as Turbo from "@hotwired/turbo";

export function begin(place, attributes, markup) {
  place.innerHTML = markup;
  const stream = (action, method) =>
    Turbo.renderStreamMessage(
      `<turbo-stream action="${action}" ${method} target="place"><template>${markup}</template></turbo-stream>`,
    );
  return {
    "morphed by a stream": async (task) => {
      stream("update", 'method="morph"');
      await task();
    },
    "replaced by a stream": async (task) => {
      stream("update", "");
      await task();
    },
  };
}
