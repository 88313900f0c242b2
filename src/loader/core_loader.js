// Loads the Rust core, and verifies that it is the one this loader was built with: each file's hash is in here
// (`cargo xtask dist` writes it), and a file that does not match is not run. The browser compares hash and file on the one
// request whose bytes then run: a check of our own could be answered with another file.
//
// Where the WebAssembly cannot run (a page's policy, a blocker, an old WebView, a wrong file, a file that never arrives), the
// JavaScript build of the same Rust is loaded instead. All of it is fetched at low priority: the charge and the QR image
// come first.

import { make, qrImageArrived } from "./placeholder.js";

/** The files beside this one and their hashes. A development build has plain names and no hashes. */
const FILES =
  // A release build sets both names; asked for the text, it leaves the other branch out.
  typeof GOPAY_STYLE === "undefined"
    ? { wasm: { url: "./core/gopay-checkout_bg.wasm" }, glue: { url: "./core/gopay-checkout.js" }, pay: { url: "./dialog.js" } }
    : GOPAY_FILES;

/** Thrown for a file whose hash does not match: fetching it again cannot help. */
export class Unverified extends Error {}

// GOPAY_BUNDLED: in the npm package a bundler has given the wasm its address, and is answerable for the modules.

/**
 * A file's URL: beside this file, or in the folder that a page names whose optimizer has moved or bundled this file:
 * `<link rel="gopay-checkout" href="/gopay/">`.
 */
const urlOf = ({ url }) =>
  typeof GOPAY_BUNDLED !== "undefined" && GOPAY_BUNDLED
    ? url
    : new URL(url, document.querySelector("link[rel=gopay-checkout]")?.href ?? import.meta.url).href;

/** Milliseconds until files that neither arrive nor fail are given up. */
const TIME_LIMIT = 45_000;
/** Milliseconds until the JavaScript build is loaded beside a WebAssembly that does not come. */
const PATIENCE = 8_000;

/** `promise` with a time limit of `ms`, after which it rejects. */
export function within(ms, promise) {
  let timer;
  const silence = new Promise((_, reject) => (timer = setTimeout(reject, ms, new Error("late"))));
  return Promise.race([promise, silence]).finally(() => clearTimeout(timer));
}

/** Fetches the bytes at `url`. Redirects, content codings and MIME types are left to the browser; the hash must match. */
async function fetchBytes(url, integrity) {
  const answer = await fetch(url, { integrity, priority: "low" }).catch(async (error) => {
    // A wrong hash and a lost network look alike. What comes without the hash, and once more not with it, is another file.
    if (!integrity || !(await fetch(url, { cache: "no-store" })).ok) throw error;
    return fetch(url, { integrity, cache: "reload" }).catch(() => {
      throw new Unverified(`${url} is not ours`);
    });
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.arrayBuffer();
}

/** The Trusted Types policy, which a page that enforces them may allow by its name. */
let policy;

/** `url` as `script.src` takes it. */
function scriptUrl(url) {
  try {
    policy ??= trustedTypes.createPolicy("gopay-checkout", { createScriptURL: (ours) => ours });
    return policy.createScriptURL(url);
  } catch {
    // There are no Trusted Types, or the page allows no such policy.
    return url;
  }
}

/**
 * Loads the module at `url` into the page's module map, where `import()` of the same address then finds it: no second
 * request is made. Rejects if the module does not match `integrity`.
 *
 * Every browser checks the integrity of a `<script>`, but under `trusted-types 'none'` none may be added. Chromium and
 * Firefox, which have had Trusted Types since Chrome 83 and Firefox 148, check that of a module preload too. WebKit does
 * not.
 */
function loadVerified(url, integrity) {
  // A function: an element of that name in the page is none.
  const preloads = typeof TrustedTypePolicyFactory === "function" && /^(Google.*)?$/.test(navigator.vendor);
  const element = make(preloads ? "link" : "script");
  return new Promise((resolve, reject) => {
    // A policy may allow scripts by their nonce alone.
    const { nonce = "" } = document.querySelector("script[nonce]") ?? {};
    Object.assign(element, { fetchPriority: "low", integrity, nonce, onload: resolve, onerror: reject });
    if (preloads) Object.assign(element, { rel: "modulepreload", href: url });
    else Object.assign(element, { type: "module", src: scriptUrl(url) });
    document.head.append(element);
  }).finally(() => element.remove());
}

/** Imports the module `file`, which a release build names with its hash. */
export async function importVerified(file) {
  if (typeof GOPAY_BUNDLED !== "undefined" && GOPAY_BUNDLED) return file.load();
  const { integrity } = file;
  const url = urlOf(file);
  // The module map tells addresses apart by their fragment: neither what the page has preloaded unverified nor an import that
  // failed before is taken for this one.
  const own = `${url}#${Math.random()}`;
  if (!integrity) return import(own);
  try {
    await loadVerified(own, integrity);
  } catch (error) {
    // Trusted Types throw an error; a request that fails is an event, which does not say why.
    if (error instanceof TypeError) {
      throw new Unverified(`${url} needs \`trusted-types gopay-checkout\``);
    }
    await fetchBytes(url, integrity);
    // What it is that was refused.
    throw new Error(url);
  }
  return import(own);
}

async function loadWasmBuild() {
  // An empty module of eight bytes: where it is refused, every module is. WebKit refuses only here.
  await WebAssembly.instantiate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  const wasm = fetchBytes(urlOf(FILES.wasm), FILES.wasm.integrity);
  wasm.catch(() => {});
  const core = await importVerified(FILES.glue);
  const module_or_path = await wasm;
  // Starting it keeps a slow processor from painting the QR code.
  await qrImageArrived;
  await core.default({ module_or_path });
  return core;
}

async function loadJavaScriptBuild() {
  const core = await importVerified(FILES.plain);
  await core.default();
  return core;
}

/** Loads one of the builds. Rejects with the reason of the second where both fail. */
async function loadEither() {
  const wasm = loadWasmBuild();
  try {
    return await within(PATIENCE, wasm);
  } catch {
    // The browser has logged the reason in the console.
    if (!FILES.plain) return wasm;
    const plain = loadJavaScriptBuild();
    // Without `Promise.any`, which a page's own `Promise` may lack.
    return Promise.race([wasm.catch(() => plain), plain.catch((error) => wasm.catch(() => Promise.reject(error)))]);
  }
}

/** Loads dialog.js, for pages that call `pay()`. */
export const dialog = () => importVerified(FILES.pay);

/** Loads the core. */
export const load = () => within(TIME_LIMIT, loadEither());
