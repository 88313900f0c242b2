// What one may say to <gopay-checkout> and hear of it. Amounts are in rupiah.

// The element's types.

/** What `pay` tells the shop. For the payer's eyes only: what is paid, your backend learns from Midtrans. */
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
  /** Closes it. */
  close(): void;
}

/** Registers `<gopay-checkout>`, once. Where there is no document, as on a server, it does nothing. */
export function define(): void;

/** Opens the checkout in the browser's own `<dialog>`. */
export function pay(settings: PaySettings, callbacks?: PayCallbacks): PayHandle;

declare global {
  interface HTMLElementTagNameMap {
    "gopay-checkout": GopayCheckout;
  }
  // Whatever listens: the events bubble to document and window.
  interface GlobalEventHandlersEventMap extends GopayCheckoutEventMap {}
}
