// `npm run doctor`: a sandbox and the backend of their own, on free ports and with an empty database, and the doctor before
// them. `npm run doctor -- --only charge-is-idempotent` runs one check, `npm run doctor -- --list` names them.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, end, start, startBackend } from './processes.js';
import { find } from './programs.js';

/** The offline sandbox's own: a real account's key has nothing to do here. */
const SERVER_KEY = 'SB-Mid-server-offline-sandbox';

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(String(port)));
    });
  });
}

const [sandbox, doctor] = [await find('midtrans-sandbox'), await find('gopay-doctor')];
const [sandboxPort, PORT] = [await freePort(), await freePort()];
const [midtrans, merchant] = [`http://127.0.0.1:${sandboxPort}`, `http://127.0.0.1:${PORT}`];
const files = mkdtempSync(join(tmpdir(), 'gopay-doctor-'));
process.on('exit', () => rmSync(files, { recursive: true, force: true }));

start('The sandbox', sandbox, [], { SANDBOX_PORT: sandboxPort, SANDBOX_SERVER_KEY: SERVER_KEY, RUST_LOG: 'error' });
await answers('The sandbox', midtrans);
startBackend({
  PORT,
  DATABASE: join(files, 'shop.sqlite3'),
  MIDTRANS_BASE_URL: midtrans,
  MIDTRANS_SERVER_KEY: SERVER_KEY,
  ORDER_TOKEN_SECRET: randomBytes(36).toString('base64url'),
  SHOP_ORIGIN: merchant,
});
await answers('The backend', merchant);
const given = ['--merchant', merchant, '--sandbox', midtrans, '--server-key', SERVER_KEY, ...process.argv.slice(2)];
start('The doctor', doctor, given, {}, end);
