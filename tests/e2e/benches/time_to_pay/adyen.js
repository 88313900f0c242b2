// adyen-web as a shop would use it for one QR payment: its core and its DuitNow component, nothing else. The shop's charge
// is sent before anything of adyen-web runs, which is the best that a shop can do for it.
import { AdyenCheckout, DuitNow } from "@adyen/adyen-web";

const place = document.querySelector("#checkout");
const { order, amount, chargeUrl } = place.dataset;

const charging = fetch(chargeUrl, {
  method: "POST",
  headers: { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": crypto.randomUUID() },
  body: JSON.stringify({ payment_type: "gopay", transaction_details: { order_id: order } }),
}).then((answer) => answer.json());

// Its own servers are ours, at the end of the same wire. It wants to read "test" in their address.
const own = `${location.origin}/test/`;
AdyenCheckout.register(DuitNow);
const checkout = await AdyenCheckout({
  environment: "test",
  _environmentUrls: { api: own, analytics: own, cdn: { images: own, translations: own } },
  clientKey: "test_0000000000000000",
  countryCode: "MY",
  locale: "en-US",
  amount: { value: Number(amount), currency: "IDR" },
  paymentMethodsResponse: { paymentMethods: [{ type: "duitnow", name: "DuitNow" }] },
});
const charge = await charging;
const action = { type: "qrCode", paymentMethodType: "duitnow", paymentData: charge.transaction_id, qrCodeData: charge.transaction_id };
checkout.createFromAction(action).mount(place);
