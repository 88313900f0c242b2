// The debug panel, for a shop's developer: inputs and states of the state machine, requests to the merchant and events for
// the page, in the console and in a panel; and mistakes of the page's markup, named. Fetched only on a developer's own machine,
// with `?gopay-debug` in the address (the core's glue sees to that). Shows no header, no query and of bodies only statuses: no
// token and no deeplink.

import { EVENTS, INPUTS } from "./generated_debug.js";

/** Who wants to see it: `?gopay-debug`, on the machine itself. The glue of a release build asks the same (xtask). */
const WANTED = /^\w+:..(localhost|127\.0\.0\.1)[:/].*[?&]gopay-debug/;

/** Of an event's detail; the URL of `gopay-open` is the deeplink's. */
const TOLD = ["transaction_status", "previous", "channel", "resumed", "code", "message"];

/** What a page does not put inside the element on purpose. After `<gopay-checkout/>`, all of the page behind it is inside. */
const SWALLOWED = "gopay-checkout, script, form, main, nav, header:not([slot]), footer:not([slot])";

/** The panel stands at the end of the page, in its flow: it covers no button. */
const STYLE = `:host{all:initial;display:block;color-scheme:dark;color:#e6edf3;background:#0d1117;font:12px/1.5 ui-monospace,monospace}
summary{padding:.5rem .75rem;cursor:pointer}
ol{margin:0;padding:0 .75rem .5rem;max-block-size:14rem;overflow:auto;list-style:none;overflow-wrap:anywhere}
b{color:#7ee0f5;font-weight:400}
.warn,.error{color:#ffb454}`;

/** The most lines that the panel keeps. */
const KEPT = 200;

/** Where a request goes, without its query. */
const path = (url) => new URL(url, location.href).pathname;

/** What a body says of the payment, and nothing else of it. */
function gist(text) {
  try {
    const { status_code, transaction_status, fraud_status } = JSON.parse(text);
    return [status_code, transaction_status, fraud_status].filter(Boolean).join(" ");
  } catch {
    return "";
  }
}

/** A property of the document itself, even where the page has an element of that name: `<form name="body">`. */
const ofDocument = (name) => Reflect.get(Document.prototype, name, document);

/** A name without what separates its words: of `order-id`, `order_id` and JSX' `orderId` it is `orderid`. */
const bare = (name) => name.replace(/[-_]/g, "");

/** What `element` cannot have been meant to hold, each with what to write instead. */
function mistakes(element) {
  const found = [];
  const swallowed = element.querySelector(SWALLOWED);
  if (swallowed) {
    found.push(`<${swallowed.localName}> is inside <gopay-checkout>. HTML knows no <gopay-checkout/>: what follows it is swallowed; write </gopay-checkout>`);
  }
  const known = element.constructor.observedAttributes;
  for (const name of element.getAttributeNames()) {
    const meant = known.find((it) => bare(it) === bare(name));
    if (/^(headers|fetch)$/.test(name)) {
      found.push(`attribute ${name} does nothing, because an attribute is a text (React 18 writes "[object Object]"): set the property instead, element.${name} = …, in React 18 by a ref`);
    } else if (meant && meant !== name) {
      found.push(`attribute ${name} is not known: write ${meant}`);
    }
  }
  return found;
}

/** Files of the widget that were asked for where they are not. */
function missingFiles() {
  const missing = ({ name, responseStatus }) => responseStatus >= 400 && /\/gopay-checkout[._][^/]*$/.test(name);
  return performance.getEntriesByType("resource").filter(missing).map(
    ({ name, responseStatus }) => `${path(name)} answered ${responseStatus}. The loader looks beside itself (import.meta.url), or in the folder that <link rel="gopay-checkout" href="…/"> names: is that where its files are?`,
  );
}

function panel() {
  const box = document.createElement("gopay-debug");
  const root = box.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const [details, summary, list] = ["details", "summary", "ol"].map((name) => document.createElement(name));
  summary.textContent = "gopay-debug";
  list.tabIndex = 0;
  details.append(summary, list);
  details.open = true;
  root.append(details);
  // Behind the body, whatever its own layout is.
  ofDocument("documentElement").append(box);
  return list;
}

function debugging() {
  /** Elements that are followed, each with its last state. */
  const followed = new WeakMap();
  /** Inputs since the last other line. One that repeats is counted: timers and heartbeats would drown the rest. */
  const repeats = new Map();
  let list;

  function say(element, kind, text) {
    if (element) follow(element);
    const time = (performance.now() / 1000).toFixed(3);
    const order = element?.getAttribute("order-id") ?? "";
    const key = `${order} ${text}`;
    const repeated = repeats.get(key);
    if (kind === "input" && repeated) {
      repeated.times += 1;
      repeated.write?.(time, ` ×${repeated.times}`);
      return;
    }
    console.info("gopay-checkout:", time, order, kind, text);
    const write = show(time, kind, text);
    if (kind === "input") repeats.set(key, { times: 1, write });
  }

  /** A new line of the panel; returns what changes its time, and what stands at its end. */
  function show(time, kind, text) {
    if (kind !== "input") repeats.clear();
    if (!ofDocument("body")) return undefined;
    if (!list) {
      list = panel();
      console.info("gopay-checkout: the debug panel is at the end of the page");
    }
    const item = document.createElement("li");
    const name = document.createElement("b");
    const [when, times] = [new Text(`${time} `), new Text("")];
    name.className = kind;
    name.textContent = `${kind} `;
    item.append(when, name, text, times);
    list.append(item);
    if (list.childElementCount > KEPT) list.firstChild.remove();
    list.scrollTop = list.scrollHeight;
    return (later, more) => {
      when.data = `${later} `;
      times.data = more;
    };
  }

  function follow(element) {
    if (followed.has(element)) return;
    followed.set(element, "");
    const named = new Set();
    const look = () => {
      const { state } = element;
      if (followed.get(element) !== state) {
        followed.set(element, state);
        say(element, "state", state);
      }
      for (const mistake of mistakes(element)) {
        if (!named.has(mistake)) console.warn(`gopay-checkout: ${mistake}`);
        named.add(mistake);
      }
    };
    new MutationObserver(look).observe(element, { attributes: true, childList: true, subtree: true });
    look();
  }

  // The widget's own warnings and errors, and those from here.
  for (const level of ["warn", "error"]) {
    const own = console[level];
    console[level] = (...parts) => {
      own.apply(console, parts);
      // A page may log whatever it likes: only ours is read.
      if (typeof parts[0] !== "string" || !parts[0].startsWith("gopay-checkout:")) return;
      show((performance.now() / 1000).toFixed(3), level, parts.join(" ").slice("gopay-checkout:".length).trim());
    };
  }
  for (const missing of missingFiles()) console.warn(`gopay-checkout: ${missing}`);

  for (const name of EVENTS) {
    document.addEventListener(name, ({ target, type, detail }) => {
      const told = TOLD.filter((field) => detail?.[field] !== undefined).map((field) => `${field}=${detail[field]}`);
      say(target.closest?.("gopay-checkout"), "event", [type, ...told].join(" "));
    });
  }

  /** A `fetch` for `element` that shows each request and what came of it. The page's own, or else the browser's, sends. */
  const reporting = (element, page) => async (request) => {
    const { method, url } = request;
    const begun = performance.now();
    const answered = (what) => say(element, "answer", `${method} ${path(url)} → ${what}, ${Math.round(performance.now() - begun)} ms`);
    say(element, "request", `${method} ${path(url)}`);
    let response;
    try {
      response = await (typeof page === "function" ? page(request) : fetch(request));
    } catch (error) {
      answered("no answer");
      throw error;
    }
    const isStream = /event-stream/.test(response?.headers?.get?.("Content-Type"));
    if (isStream || !response?.clone) answered(`${response?.status}${isStream ? " (stream)" : ""}`);
    else response.clone().text().then((text) => answered(`${response.status} ${gist(text)}`), () => answered("cut off"));
    return response;
  };

  const { prototype } = customElements.get("gopay-checkout");
  // Every request is sent by the element's `fetch`, where there is one (src/browser/fetch.rs); now there always is. The
  // loader's first charge may be on its way already.
  const own = Object.getOwnPropertyDescriptor(prototype, "fetch");
  Object.defineProperty(prototype, "fetch", {
    ...own,
    get() {
      return reporting(this, own.get.call(this));
    },
  });
  /** The core calls it with every input, where it is there (src/browser/merchant_client.rs). */
  prototype.debugInput = function (input) {
    say(this, "input", INPUTS[input] ?? `${input}`);
  };
  for (const element of document.querySelectorAll("gopay-checkout")) follow(element);
}

if (WANTED.test(location)) debugging();
