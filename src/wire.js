// Requests to the merchant, and nothing else: how one is built, sent with the page's own say in it, and how much of the
// answer the core needs. The loader sends the first charge with this while the core is still on its way, and the core
// sends everything else with it, so that there is one way to ask.

/** What the page adds: an object of texts, or a function that gives one. */
function pageHeaders(element) {
  try {
    const { headers } = element;
    return Object.entries((typeof headers === "function" ? headers() : headers) ?? {});
  } catch {
    return [];
  }
}

/**
 * Sends one request. `own` are pairs of name and value, and win over the page's. Rejects with a text: "build" where the
 * request cannot be made, "network" where no answer comes.
 */
export async function open(element, method, url, own, body, signal) {
  let request;
  try {
    const headers = new Headers();
    for (const [name, value] of [...pageHeaders(element), ...own]) if (typeof value === "string") headers.set(name, value);
    const credentials = element.getAttribute("credentials")?.trim().toLowerCase() || "same-origin";
    request = new Request(new URL(url, element.baseURI), { method, headers, body, signal, credentials, cache: "no-store" });
  } catch {
    throw "build";
  }
  let response;
  try {
    const page = element.fetch;
    response = await (typeof page === "function" ? page(request) : fetch(request));
  } catch {
    throw "network";
  }
  // Not `instanceof`: pages take their fetch from another frame, or write it themselves.
  if (!response?.text || !response.headers) throw "network";
  return response;
}

/** Sends one request and reads its answer: HTTP status, `Date`, `Retry-After`, body. Rejects with "cut" where it breaks off. */
export async function ask(element, method, url, own, body, signal) {
  const response = await open(element, method, url, own, body, signal);
  const header = (name) => response.headers.get(name);
  try {
    return [response.status, header("Date"), header("Retry-After"), await response.text()];
  } catch {
    throw "cut";
  }
}

/** Both, as the core takes them. */
export const wire = { ask, open };
