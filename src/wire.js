// What leaves the page and what comes back, and nothing of what it means: requests to the merchant, the push stream, and
// the lock by which one tab asks for all. The loader sends the first charge with this while the core is still on its
// way, and the core sends everything else with it, so that there is one way to ask.

/** What the page adds: an object of texts, or a function that gives one. */
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
    const credentials = element.getAttribute("credentials")?.trim().toLowerCase() || "same-origin";
    return new Request(new URL(url, element.baseURI), { method, headers, body, signal, credentials, cache: "no-store" });
  } catch {
    throw "build";
  }
}

async function open(...request) {
  const built = build(...request);
  const page = request[0].fetch;
  const response = await (typeof page === "function" ? page(built) : fetch(built));
  // Not `instanceof`: pages take their fetch from another frame, or write it themselves.
  if (!response?.text || !response.headers) throw "network";
  return response;
}

/**
 * Sends one request. Resolves to HTTP status, `Date`, `Retry-After`, body, and when (by `performance.now()`) the answer
 * came, which may be long before anybody reads it; or to a text, "build" where the request
 * cannot be made, "cut" where the answer breaks off, "network" where there is none.
 */
export async function ask(...request) {
  let failed = "network";
  try {
    const response = await wire.open(...request);
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

/** What the core calls. `hear`, `granted` and the like are its own functions. */
export const wire = {
  /** For debug.js, which puts itself in front of it. */
  open,

  /** The machine is told something: the input's number in `Input::NAMES`. Nobody listens but debug.js. */
  step(...told) {
    globalThis.gopayDebug?.(wire, ...told);
  },

  uuid,

  ask(element, method, url, own, body, signal, hear) {
    ask(element, method, url, own, body, signal).then(hear);
  },

  /** Reads a stream: `hear("refused")`, or `hear("opened")`, `hear("text", …)` as often as it is answered `true`, `hear("lost")`. */
  async watch(element, url, own, signal, hear) {
    const tell = (what, text) => !signal.aborted && hear(what, text);
    try {
      const response = await wire.open(element, "GET", url, own, undefined, signal);
      if ([401, 403, 404].includes(response.status)) return tell("refused");
      if (response.ok && response.body) {
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        tell("opened");
        for (let piece; !(piece = await reader.read()).done; ) {
          if (!tell("text", decoder.decode(piece.value, { stream: true }))) break;
        }
      }
    } catch {
      // However it ended, it is gone.
    }
    tell("lost");
  },

  /**
   * Asks for the Web Lock `name`. `granted` gives a promise that is kept as long as the lock is; `ended` hears whether it
   * was given back, or else whether it was taken away.
   */
  async lock(name, options, granted, ended) {
    let over = false;
    try {
      // WebKit may tell that a lock was stolen before it tells that it was granted.
      await navigator.locks.request(name, options, () => (over ? undefined : granted()));
      ended(true, false);
    } catch (error) {
      over = true;
      ended(false, error?.name === "AbortError");
    }
  },
};
