// `npm run dev`: Midtrans' offline sandbox, the backend, and the page. With the key and the URL of a real account in .env, no
// sandbox is started.

import { createServer } from 'vite';
import { answers, folder, start, startBackend, stop } from './processes.js';
import { find } from './programs.js';

const PAGE_PORT = process.env.PAGE_PORT ?? '5173';
const PORT = process.env.PORT ?? '7080';
try {
  process.loadEnvFile(`${folder}/.env`);
} catch {
  stop('There is no .env: `npm create gopay-shop` writes one, with MIDTRANS_SERVER_KEY and ORDER_TOKEN_SECRET');
}

const midtrans = new URL(process.env.MIDTRANS_BASE_URL ?? 'http://127.0.0.1:7081');
const isSandbox = ['127.0.0.1', 'localhost'].includes(midtrans.hostname);
if (isSandbox) {
  const notifications = `http://127.0.0.1:${PORT}/api/gopay/notifications`;
  start('The sandbox', await find('midtrans-sandbox'), ['--notification-url', notifications], {
    SANDBOX_PORT: midtrans.port || '80',
    SANDBOX_SERVER_KEY: process.env.MIDTRANS_SERVER_KEY,
    RUST_LOG: process.env.RUST_LOG ?? 'warn',
  });
  await answers('The sandbox', midtrans);
}

const page = `http://127.0.0.1:${PAGE_PORT}`;
startBackend({ PORT, SHOP_ORIGIN: page });
await answers('The backend', `http://127.0.0.1:${PORT}/`);

process.env.PORT = PORT; // vite.config.js reads it
const vite = await createServer({
  root: folder,
  server: { host: '127.0.0.1', port: Number(PAGE_PORT), strictPort: true },
});
await vite.listen();
console.log(`
  The shop       ${page}/
  The backend    http://127.0.0.1:${PORT}/api/
  ${isSandbox ? `The sandbox    ${midtrans.origin}/   pay here` : `Midtrans       ${midtrans.origin}`}

  Ctrl-C ends all of it.
`);
