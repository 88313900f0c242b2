// Makes the calls in argv[2] (JSON: [["status", "order-101"], …]) with Midtrans' Node library, and prints what it gave.
'use strict';

const midtransClient = require('midtrans-client');
const apiConfig = require('midtrans-client/lib/apiConfig');

apiConfig.CORE_SANDBOX_BASE_URL = process.env.SANDBOX_URL;

const core = new midtransClient.CoreApi({
  isProduction: false,
  serverKey: process.env.SANDBOX_SERVER_KEY,
  clientKey: '',
});

// Its own time limit is none; whoever wants one sets it on the axios client that it exposes.
if (process.env.SDK_TIMEOUT_MS) core.httpClient.http_client.defaults.timeout = Number(process.env.SDK_TIMEOUT_MS);

const verbs = {
  charge: (body) => core.charge(body),
  capture: (body) => core.capture(body),
  status: (id) => core.transaction.status(id),
  statusb2b: (id) => core.transaction.statusb2b(id),
  approve: (id) => core.transaction.approve(id),
  deny: (id) => core.transaction.deny(id),
  cancel: (id) => core.transaction.cancel(id),
  expire: (id) => core.transaction.expire(id),
  refund: (id, body) => core.transaction.refund(id, body),
  refundDirect: (id, body) => core.transaction.refundDirect(id, body),
  notification: (body) => core.transaction.notification(body),
};

async function main() {
  const results = [];
  for (const [verb, ...args] of JSON.parse(process.argv[2])) {
    try {
      results.push({ ok: await verbs[verb](...args) });
    } catch (error) {
      results.push({ error: error.name, code: Number(error.httpStatusCode), body: error.ApiResponse });
    }
  }
  process.stdout.write(JSON.stringify(results));
}

main();
