// Fetches the Rust core, and makes sure that it is the one this loader was made with: each file's hash stands in here
// (`cargo xtask dist` writes it), and what does not match is not run.
//
// Where WebAssembly cannot be had (a page's policy, Lockdown Mode, an old WebView), the JavaScript build of the same
// Rust is fetched instead. Which it is to be is tried, not guessed.

/** Where the files are, beside this one, and their hashes; without a release build they have their plain names and none. */
const FILES =
  // A release build sets both names; asked for the text, it leaves the other branch out.
  typeof GOPAY_STYLE === "undefined"
    ? { wasm: { url: "./core/gopay-checkout_bg.wasm" }, glue: { url: "./core/gopay-checkout.js" }, pay: { url: "./pay.js" } }
    : GOPAY_FILES;

/** A file that is there and is not what it should be. */
export class Tampered extends Error {}

// GOPAY_BUNDLED: in the npm package a bundler has given the wasm its address, and is answerable for the modules.

/** Its address. Some browsers remember that an import has failed: another address is another import, verified anew. */
const at = ({ url }, again) =>
  typeof GOPAY_BUNDLED !== "undefined" && GOPAY_BUNDLED
    ? url
    : new URL(url + (again ? `?again=${again}` : ""), import.meta.url).href;

/** Milliseconds until files that neither come nor fail are given up. */
const TIME_LIMIT = 45_000;

/** The bytes at `url`. Redirects, content codings and MIME types are the browser's business, the hash is ours. */
async function bytes(url, integrity) {
  let answer;
  try {
    answer = await fetch(url, integrity ? { integrity } : {});
  } catch (error) {
    // A wrong hash and a lost network look alike. Without the hash they do not.
    const found = integrity && (await fetch(url, { cache: "no-store" }).catch(() => null));
    throw found?.ok ? new Tampered(`${url} does not match ${integrity}`) : error;
  }
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.arrayBuffer();
}

/** Resolves once the browser holds the module verified, so that `import()` runs those very bytes; rejects otherwise. */
function preload(href, integrity) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    // WebKit preloads modules and does not look at their hash.
    if (!link.relList.supports("modulepreload") || /Apple/.test(navigator.vendor)) return reject();
    Object.assign(link, { rel: "modulepreload", integrity, href, onload: resolve, onerror: reject });
    document.head.append(link);
  });
}

async function module(file, again) {
  if (typeof GOPAY_BUNDLED !== "undefined" && GOPAY_BUNDLED) return file.load();
  const { integrity } = file;
  const url = at(file, again);
  if (integrity) await preload(url, integrity).catch(() => bytes(url, integrity));
  return import(url);
}

/** A module of eight bytes that holds nothing: where it is refused, so is every other. WebKit refuses it here and no sooner. */
async function runsWasm() {
  try {
    await WebAssembly.instantiate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return true;
  } catch {
    return false;
  }
}

async function plain(again) {
  const core = await module(FILES.plain, again);
  await core.default();
  return core;
}

/** pay.js, which only pages that ask for it fetch. */
export const dialog = () => module(FILES.pay);

/** Loads the core; `again` counts the times that it has failed. */
export async function load(again) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, TIME_LIMIT, new Error("no answer"));
  });
  try {
    const core = await Promise.race([whichever(again), late]);
    // For a developer; in a release build the glue fetches it, where it is wanted.
    await (typeof GOPAY_STYLE === "undefined" ? import("./debug.js") : core.DEBUG);
    return core;
  } finally {
    clearTimeout(timer);
  }
}

async function whichever(again) {
  if (FILES.plain && !(await runsWasm())) return plain(again);
  const wasm = bytes(at(FILES.wasm), FILES.wasm.integrity);
  wasm.catch(() => {});
  const core = await module(FILES.glue, again);
  const module_or_path = await wasm;
  try {
    await core.default({ module_or_path });
  } catch (error) {
    // It runs WebAssembly, but not ours: too old.
    if (!FILES.plain) throw error;
    return plain(again);
  }
  return core;
}
