// Opens the same element in a native <dialog>, for shops used to Snap: the browser keeps the focus inside, closes it on Esc,
// and restores the focus. Closing does not cancel the payment: it goes on, and `pay` with the same order takes it up again.

import { ENGLISH, INDONESIAN } from "./generated_dialog.js";

const STYLE = `.gopay-pay{padding:0;border:0;background:none;inline-size:28rem;max-inline-size:100%}
.gopay-pay button{min-block-size:2.75rem;inline-size:100%;color:inherit;background:none;border:0;font:inherit}`;

let sheet;

/** The handles of the dialogs that are open, by order: a double click opens none twice. Browsers load this file anew for each call. */
const opened = (globalThis[Symbol.for("gopay-pay")] ??= new Map());

/** A property of the document itself, even where the page has an element of that name: `<form name="body">`. */
const ofDocument = (name) => Reflect.get(Document.prototype, name, document);

/**
 * Opens the checkout. `settings` are the element's properties (`orderId`, `chargeUrl`, `statusUrl` …). Returns
 * `{ element, close() }`; that of the order's dialog, if it is open.
 *
 * Each callback gets the event's detail: `onSuccess` of `gopay-settlement`, `onPending` of
 * `gopay-charge`, `onError` of `gopay-expire`, `-cancel`, `-deny` and `-problem`. `onClose` gets the last `state`.
 */
export function pay(settings, callbacks = {}) {
  const { orderId } = settings;
  if (opened.has(orderId)) return opened.get(orderId);
  const dialog = document.createElement("dialog");
  const element = document.createElement("gopay-checkout");
  const button = document.createElement("button");
  for (const name in settings) {
    const value = settings[name];
    if (/^(headers|fetch)$/.test(name)) element[name] = value;
    else if (value != null) element.setAttribute(name.replace(/[A-Z]/g, "-$&"), value);
  }
  const forward = (name, callback) => element.addEventListener(`gopay-${name}`, ({ detail }) => callbacks[callback]?.(detail));
  forward("settlement", "onSuccess");
  forward("charge", "onPending");
  for (const name of ["expire", "cancel", "deny", "problem"]) forward(name, "onError");
  const words = /^en\b/i.test(settings.lang ?? ofDocument("documentElement").lang) ? ENGLISH : INDONESIAN;
  if (!sheet) {
    try {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    } catch {
      // Without constructed stylesheets it has the browser's own look.
    }
  }
  dialog.className = "gopay-pay";
  dialog.ariaLabel = words.label;
  dialog.autofocus = true;
  dialog.onclose = () => {
    opened.delete(orderId);
    dialog.remove();
    callbacks.onClose?.(element.state);
  };
  button.slot = "footer";
  button.textContent = words.close;
  const close = (button.onclick = () => dialog.close());
  element.append(button);
  dialog.append(element);
  ofDocument("body").append(dialog);
  dialog.showModal();
  const handle = { element, close };
  opened.set(orderId, handle);
  return handle;
}
