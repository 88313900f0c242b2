// Keeps the page up to date: the server says that something has changed, the page is fetched again, and what differs is
// put in place. Without this script everything works too, by reloading.

/** @type {WeakMap<Element, string>} What the server wrote for an element, whatever has been opened or typed since. */
const written = new WeakMap();
const regions = () => document.querySelectorAll("[data-live]");
for (const region of regions()) for (const child of region.children) written.set(child, child.outerHTML);

/** Brings a region's children, which all have ids, to what `fresh` has. */
function follow(region, fresh) {
  const old = new Map([...region.children].map((child) => [child.id, child]));
  let place = region.firstElementChild;
  for (const child of [...fresh.children]) {
    const html = child.outerHTML;
    const known = old.get(child.id);
    old.delete(child.id);
    if (known && written.get(known) === html) {
      if (known === place) place = place.nextElementSibling;
      else region.insertBefore(known, place);
      continue;
    }
    const element = document.adoptNode(child);
    written.set(element, html);
    if (!known) {
      region.insertBefore(element, place);
      continue;
    }
    if (known === place) place = place.nextElementSibling;
    const details = known.querySelector("details");
    if (details?.open) element.querySelector("details")?.setAttribute("open", "");
    const focused = known.contains(document.activeElement);
    known.remove();
    region.insertBefore(element, place);
    if (focused) element.querySelector("button, summary, input, a, iframe")?.focus();
  }
  for (const gone of old.values()) gone.remove();
}

function show(html, withNotice) {
  const next = new DOMParser().parseFromString(html, "text/html");
  for (const region of regions()) {
    if (region.id === "notice" && !withNotice) continue;
    const fresh = next.getElementById(region.id);
    if (fresh) follow(region, fresh);
  }
  tick();
}

const live = document.getElementById("live");
let asking = false;
let again = false;

/** Fetches the page again; what comes meanwhile waits for one more turn. */
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(here(), { cache: "no-store" });
    if (answer.ok) show(await answer.text(), false);
  } catch {
    // The stream of changes says that the sandbox is away, and when it is back.
  }
  asking = false;
  if (again) {
    again = false;
    setTimeout(refresh, 100);
  }
}

/** This page with its filter, language and phone, and without what it said after the last button. */
function here() {
  const url = new URL(document.baseURI);
  const shown = new URLSearchParams(location.search);
  for (const name of ["phone", "lang"]) if (shown.has(name)) url.searchParams.set(name, shown.get(name));
  const filter = document.getElementById("filter").value.trim();
  if (filter) url.searchParams.set("order_id", filter);
  return url;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.method !== "post") {
    history.replaceState(null, "", here());
    refresh();
    return;
  }
  const button = event.submitter;
  const target = new URL(button?.hasAttribute("formaction") ? button.formAction : form.action);
  target.search = here().search;
  try {
    const answer = await fetch(target, { method: "POST", body: new URLSearchParams(new FormData(form, button)) });
    show(await answer.text(), true);
    if (answer.ok && form.hasAttribute("data-empties")) form.reset();
  } catch {
    const text = Object.assign(document.createElement("p"), { className: "bad", textContent: live.dataset.off });
    document.getElementById("notice").replaceChildren(text);
  }
});

// A link that puts another transaction on the phone.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  refresh();
});

let typing = 0;
document.getElementById("filter").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    history.replaceState(null, "", here());
    refresh();
  }, 150);
});

const stream = new EventSource(new URL("sandbox/changes", document.baseURI));
stream.addEventListener("open", () => {
  live.textContent = live.dataset.on;
  live.className = "on";
  refresh();
});
stream.addEventListener("changed", refresh);
stream.addEventListener("error", () => {
  live.textContent = live.dataset.off;
  live.className = "";
});

// The clock goes on between two fetches.
let ahead = 0;
let clock = null;
function tick() {
  const now = document.getElementById("now");
  if (now !== clock) {
    clock = now;
    ahead = Number(now.dataset.millis) - Date.now();
  }
  const time = new Date(Date.now() + ahead);
  now.textContent = time.toLocaleString("sv-SE", { timeZone: "Asia/Jakarta" });
}
tick();
setInterval(tick, 1000);
