// The page. It names a product and never an amount: the backend knows the price, and its answer alone ends a payment.

import 'gopay-checkout/define';

const buy = document.querySelector('#buy');
const problem = document.querySelector('#problem');
const rupiah = new Intl.NumberFormat('id-ID', { style: 'currency', currency: 'IDR', maximumFractionDigits: 0 });

buy.addEventListener('click', async () => {
  buy.disabled = true;
  problem.textContent = '';
  try {
    const order = await makeOrder();
    // So that a reload goes on with the same payment.
    sessionStorage.setItem('order', JSON.stringify(order));
    showCheckout(order);
  } catch {
    problem.textContent = 'Pesanan belum bisa dibuat. Coba lagi sebentar lagi.';
    buy.disabled = false;
  }
});

async function makeOrder() {
  const answer = await fetch('/api/shop/orders', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ items: [{ sku: 'kopi-gayo', quantity: 1 }] }),
  });
  if (!answer.ok) throw new Error(`/api/shop/orders answered ${answer.status}`);
  return answer.json();
}

function showCheckout(order) {
  const checkout = document.createElement('gopay-checkout');
  Object.assign(checkout, {
    orderId: order.order_id,
    orderToken: order.order_token,
    chargeUrl: '/api/gopay/charge',
    statusUrl: '/api/gopay/orders/{order_id}',
    eventsUrl: '/api/gopay/orders/{order_id}/events',
    cancelUrl: '/api/gopay/orders/{order_id}/cancel',
  });
  if (import.meta.env.DEV) {
    // The sandbox's QR code and link are of its own host. What is built for payers trusts Midtrans' hosts alone.
    checkout.trustedHosts = order.trusted_hosts?.join(' ');
  }
  buy.replaceWith(checkout);
  if (import.meta.env.DEV) checkout.after(...linkToSandbox(order.trusted_hosts));
}

// Where a payer's phone is played.
function linkToSandbox([host] = []) {
  if (!host?.startsWith('127.0.0.1:')) return [];
  const link = document.createElement('a');
  Object.assign(link, { href: `http://${host}/`, target: '_blank', textContent: 'Bayar di sandbox' });
  return [link];
}

// Only to thank. Ship when the backend's view `paid_orders` has the order, never on an event.
document.addEventListener('gopay-settlement', ({ detail }) => {
  sessionStorage.removeItem('order');
  document.querySelector('#thanks').textContent =
    `Terima kasih! ${rupiah.format(Number(detail.gross_amount))} sudah kami terima.`;
});

const order = sessionStorage.getItem('order');
if (order) showCheckout(JSON.parse(order));
