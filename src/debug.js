// What happens, for a shop's developer: what the machine is told, how it stands, what is asked of the merchant and what
// the page hears, in the console and in a panel. Fetched only on a developer's own machine, with `?gopay-debug` in the
// address (the core's glue sees to that). Tells no header, no query and of bodies only statuses: tokens and deeplinks stay out of it.

/** Who wants to see it: `?gopay-debug`, on the machine itself. The glue of a release build asks the same (xtask). */
const WANTED = /^\w+:..(localhost|127\.0\.0\.1)[:/].*[?&]gopay-debug/;

/** By number, as `Input::NAMES` has them (src/payment/input.rs). */
const INPUTS = [
  "Begun", "PayPressed", "RetryPressed", "RefreshPressed", "CancelPressed", "ChargeAnswered", "StatusAnswered",
  "CancelAnswered", "WatchOpened", "WatchHeartbeat", "StatusPushed", "PushUnreadable", "WatchRefused", "WatchLost",
  "CameBack", "ReturnedFromApp", "Follows", "Leads", "NewsElsewhere", "Hidden", "WentOffline", "ChannelChosen",
  "DeeplinkTapped", "QrShown", "QrLoaded", "QrFailed", "Woken",
];

const EVENTS = ["charge", "status", "settlement", "expire", "cancel", "deny", "refund", "open", "channel", "problem"];

/** Of an event's detail; the URL of `gopay-open` is the deeplink's. */
const TOLD = ["transaction_status", "previous", "channel", "resumed", "code", "message"];

const STYLE = `:host{color-scheme:dark;position:fixed;inset:auto 0 0 auto;z-index:2147483647;max-inline-size:min(32rem,100vw);color:#e6edf3;background:#0d1117;font:12px/1.5 ui-monospace,monospace}
summary{padding:.5rem .75rem;cursor:pointer}
ol{margin:0;padding:0 .75rem .5rem;max-block-size:14rem;overflow:auto;list-style:none;overflow-wrap:anywhere}
b{color:#7ee0f5;font-weight:400}`;

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
  document.body.append(box);
  return list;
}

function debugging() {
  const known = new WeakSet();
  const wires = new WeakSet();
  let list;

  function say(element, kind, text) {
    if (element) follow(element);
    const line = [(performance.now() / 1000).toFixed(3), element?.getAttribute("order-id") ?? "", kind, text];
    console.info("gopay-checkout:", ...line);
    if (!document.body) return;
    list ??= panel();
    const item = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = `${kind} `;
    item.append(`${line[0]} `, name, text);
    list.append(item);
    if (list.childElementCount > KEPT) list.firstChild.remove();
    list.scrollTop = list.scrollHeight;
  }

  function follow(element) {
    if (known.has(element)) return;
    known.add(element);
    const watch = new MutationObserver(() => say(element, "state", element.state));
    watch.observe(element, { attributeFilter: ["state"] });
    say(element, "state", element.state);
  }

  for (const name of EVENTS) {
    document.addEventListener(`gopay-${name}`, ({ target, type, detail }) => {
      const told = TOLD.filter((field) => detail?.[field] !== undefined).map((field) => `${field}=${detail[field]}`);
      say(target.closest?.("gopay-checkout"), "event", [type, ...told].join(" "));
    });
  }

  /** Puts itself in front of every request. The loader's first charge may be on its way already. */
  function listen(wire) {
    const { open } = wire;
    wire.open = async (...request) => {
      const [element, method, url] = request;
      const begun = performance.now();
      const tell = (what) => say(element, "answer", `${method} ${path(url)} → ${what}, ${Math.round(performance.now() - begun)} ms`);
      say(element, "request", `${method} ${path(url)}`);
      let response;
      try {
        response = await open(...request);
      } catch (error) {
        tell(typeof error === "string" ? error : "no answer");
        throw error;
      }
      const isStream = /event-stream/.test(response.headers.get("Content-Type"));
      if (isStream || !response.clone) tell(`${response.status}${isStream ? " (stream)" : ""}`);
      else response.clone().text().then((text) => tell(`${response.status} ${gist(text)}`), () => tell("cut off"));
      return response;
    };
  }

  return (wire, element, input) => {
    if (!wires.has(wire)) {
      wires.add(wire);
      listen(wire);
    }
    say(element, "input", INPUTS[input] ?? `${input}`);
  };
}

/** What wire.js calls whenever a machine is told something. */
if (WANTED.test(location)) globalThis.gopayDebug = debugging();
