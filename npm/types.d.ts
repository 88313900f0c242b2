// Attributes, properties and events of <gopay-checkout>. Amounts are in rupiah.

// The element's types.

/** Callbacks of `pay`. Use them for the page only: your backend learns from Midtrans what is paid. */
export interface PayCallbacks {
  /** Paid, as your backend says. */
  onSuccess?(detail: GopayFinalDetail): void;
  /** There is something to pay with. */
  onPending?(detail: GopayChargeDetail): void;
  /** It expired, was cancelled or denied, or something went wrong. */
  onError?(detail: GopayFinalDetail | GopayProblemDetail): void;
  /** The dialog is closed. The payment goes on, and the next `pay` of the order takes it up again. */
  onClose?(state: GopayCheckoutState): void;
}

/** An open dialog. */
export interface PayHandle {
  /** The element in it. */
  readonly element: GopayCheckout;
  /** Closes the dialog. */
  close(): void;
}

/** Registers `<gopay-checkout>` once. Does nothing where there is no document, as on a server. */
export function define(): void;

/** Opens the checkout in the browser's own `<dialog>`. */
export function pay(settings: PaySettings, callbacks?: PayCallbacks): PayHandle;

declare global {
  interface HTMLElementTagNameMap {
    "gopay-checkout": GopayCheckout;
  }
  // Listeners anywhere on the page: the events bubble to document and window.
  interface GlobalEventHandlersEventMap extends GopayCheckoutEventMap {}
}
