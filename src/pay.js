// The same element in a native <dialog>, for shops used to Snap: the browser itself keeps the focus inside, closes it on
// Esc, and puts the focus back. Closing asks nothing of the payer's money: the payment goes on, and `pay` with the same
// order takes it up again.

const STYLE = `.gopay-pay{padding:0;border:0;background:none;inline-size:28rem;max-inline-size:100%}
.gopay-pay button{min-block-size:2.75rem;inline-size:100%;color:inherit;background:none;border:0;font:inherit}`;

let sheet;

/**
 * Opens the checkout. `settings` are the element's properties (`orderId`, `chargeUrl`, `statusUrl` …). Gives back
 * `{ element, close() }`.
 *
 * Each callback is given the detail of the event that it is called for: `onSuccess` of `gopay-settlement`, `onPending` of
 * `gopay-charge`, `onError` of `gopay-expire`, `-cancel`, `-deny` and `-problem`. `onClose` is given the last `state`.
 */
export function pay(settings, callbacks = {}) {
  const dialog = document.createElement("dialog");
  const element = document.createElement("gopay-checkout");
  const button = document.createElement("button");
  for (const name in settings) {
    const value = settings[name];
    if (/^(headers|fetch)$/.test(name)) element[name] = value;
    else if (value != null) element.setAttribute(name.replace(/[A-Z]/g, "-$&"), value);
  }
  const hear = (name, heard) => element.addEventListener(`gopay-${name}`, ({ detail }) => callbacks[heard]?.(detail));
  hear("settlement", "onSuccess");
  hear("charge", "onPending");
  for (const name of ["expire", "cancel", "deny", "problem"]) hear(name, "onError");
  const english = /^en\b/i.test(settings.lang ?? document.documentElement.lang);
  if (!sheet) {
    try {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    } catch {
      // It stands there as the browser draws it.
    }
  }
  dialog.className = "gopay-pay";
  dialog.ariaLabel = english ? "GoPay payment" : "Pembayaran GoPay";
  dialog.autofocus = true;
  dialog.onclose = () => {
    dialog.remove();
    callbacks.onClose?.(element.state);
  };
  button.slot = "footer";
  button.textContent = english ? "Close" : "Tutup";
  const close = (button.onclick = () => dialog.close());
  element.append(button);
  dialog.append(element);
  document.body.append(dialog);
  dialog.showModal();
  return { element, close };
}
