// The loader's HTTP client, for the first charge while the core is still on its way. The core sends all other requests
// itself, by the same rules (src/browser/fetch.rs).

/** An attribute as the core reads it. */
export const attribute = (element, name) => element.getAttribute(name)?.trim() ?? "";

/** Headers of the page: an object of texts, or a function that returns one. */
function pageHeaders(element) {
  try {
    const { headers } = element;
    return Object.entries((typeof headers === "function" ? headers() : headers) ?? {});
  } catch {
    return [];
  }
}

/** `own` are pairs of name and value, and win over the page's. */
function build(element, method, url, own, body, signal) {
  try {
    const headers = new Headers();
    for (const [name, value] of [...pageHeaders(element), ...own]) {
      if (typeof value === "string") headers.set(name, value);
    }
    const credentials = attribute(element, "credentials").toLowerCase() || "same-origin";
    return new Request(new URL(url, element.baseURI), { method, headers, body, signal, credentials, cache: "no-store" });
  } catch {
    throw "build";
  }
}

/**
 * Sends one request. Resolves to HTTP status, `Date`, `Retry-After`, body, and when (by `performance.now()`) the answer
 * came, perhaps long before it is read; or to a text, "build" where the request
 * cannot be made, "cut" where the answer breaks off, "network" where there is none.
 */
export async function ask(element, ...request) {
  let failed = "network";
  try {
    const built = build(element, ...request);
    const { fetch: page } = element;
    const response = await (typeof page === "function" ? page : fetch)(built);
    // Not `instanceof`: pages take their fetch from another frame, or write it themselves.
    if (!response?.text || !response.headers) return failed;
    failed = "cut";
    const came = performance.now();
    const header = (name) => response.headers.get(name);
    return [response.status, header("Date"), header("Retry-After"), await response.text(), came];
  } catch (error) {
    return error === "build" ? error : failed;
  }
}

/** A random UUID. `crypto.randomUUID()` is missing on plain http pages; the name of a blob ends with one everywhere. */
export function uuid() {
  const name = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(name);
  return name.slice(-36);
}
