// A service worker that answers from its cache first, as site generators and plugins register them. `?no-store`: it lets
// requests through that say so, as docs/site-builders.md has it.
const polite = location.search === "?no-store";
const hits = [];

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

async function cacheFirst(request) {
  const cache = await caches.open("shop");
  const kept = await cache.match(request);
  if (kept) {
    hits.push(new URL(request.url).pathname);
    return kept;
  }
  const answer = await fetch(request);
  if (answer.ok) cache.put(request, answer.clone()).catch(() => {});
  return answer;
}

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.url.endsWith("/hits")) return event.respondWith(Response.json(hits));
  if (request.method !== "GET" || (polite && request.cache === "no-store")) return;
  event.respondWith(cacheFirst(request));
});
