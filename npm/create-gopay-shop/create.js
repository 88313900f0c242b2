#!/usr/bin/env node
// `npm create gopay-shop my-shop`: copies template/ into a new folder, gives it a name and a secret of its own, and says how
// to go on. Nothing is installed and nothing is fetched here.

import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEMPLATE = fileURLToPath(new URL('template', import.meta.url));

function stop(why) {
  console.error(why);
  process.exit(1);
}

const [named, ...more] = process.argv.slice(2);
if (!named || named.startsWith('-') || more.length > 0) {
  stop('Name a folder for the shop: npm create gopay-shop my-shop');
}
const folder = resolve(named);
if (existsSync(folder) && readdirSync(folder).length > 0) {
  stop(`${folder} is not empty: name a folder that is not there yet`);
}
if (!existsSync(join(TEMPLATE, 'backend/shop.js'))) {
  stop('This is the package\'s source, without its backend: run `cargo xtask package`, and take target/npm/create-gopay-shop');
}

cpSync(TEMPLATE, folder, { recursive: true });
// npm packs no .gitignore under its own name.
renameSync(join(folder, '_gitignore'), join(folder, '.gitignore'));

const manifest = join(folder, 'package.json');
const name = basename(folder).toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '');
const settings = JSON.parse(readFileSync(manifest, 'utf8'));
writeFileSync(manifest, `${JSON.stringify({ ...settings, name: name || 'shop' }, null, 2)}\n`);

// Readable by its owner only: later the account's own key stands here.
writeFileSync(
  join(folder, '.env'),
  `# Of the backend alone. Never in the page, and never in the repository.
# The offline sandbox's key; your own is in Midtrans' dashboard, with the base URL https://api.sandbox.midtrans.com
MIDTRANS_SERVER_KEY=SB-Mid-server-offline-sandbox
MIDTRANS_BASE_URL=http://127.0.0.1:7081
# Order tokens are signed with it. Made for this folder.
ORDER_TOKEN_SECRET=${randomBytes(36).toString('base64url')}
`,
  { mode: 0o600 },
);

const place = relative(process.cwd(), folder) || '.';
console.log(`${folder} is there. Go on with:

  cd ${/^[\w./-]+$/.test(place) ? place : `'${place}'`}
  npm install
  npm run dev      # page, backend and Midtrans' offline sandbox
  npm run doctor   # does the backend keep the rules? three to four minutes
`);
