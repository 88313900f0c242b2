// Put into every contender's page before anything of its own: when something payable was painted, a decoded QR code or a
// link to the app, and what it cost until then.
{
  const seen = { painted: null, followed: null, blocked: 0, shifted: 0 };
  window.seen = seen;
  addEventListener("unhandledrejection", ({ reason }) => (seen.error = `${reason?.stack ?? reason}`));
  addEventListener("error", ({ message }) => (seen.error = message));
  const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  watch("longtask", ({ duration }) => (seen.blocked += duration - 50));
  watch("layout-shift", ({ value }) => (seen.shifted += value));

  const inside = (css) => [...(document.querySelector("gopay-checkout, floor-checkout")?.shadowRoot?.querySelectorAll(css) ?? [])];
  const pictures = () => [...document.images, ...inside("img")];
  const link = () => inside("a[rel=noopener][href]").find((it) => it.getBoundingClientRect().height > 0);
  // What is posted from a frame's callback comes after that frame's paint.
  const afterPaint = () => new Promise((painted) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = painted;
    port2.postMessage(null);
  }));
  let decoding = null;
  const look = () => {
    decoding ??= (link() ? Promise.resolve() : pictures().find((it) => /qr-code|barcode/.test(it.src) && it.complete && it.naturalWidth)?.decode())
      ?.then(afterPaint).then(() => (seen.painted = performance.now()));
    if (document.querySelector("gopay-checkout")?.state === "pending") seen.followed ??= performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);

  // The engine does not count WebAssembly's memory among the heap's.
  const instantiate = WebAssembly.instantiate;
  let memory;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate.apply(WebAssembly, given);
    memory ??= Object.values((made.instance ?? made).exports).find((it) => it instanceof WebAssembly.Memory);
    return made;
  };

  window.told = () => {
    const loaded = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return {
      ...seen,
      wasm: memory?.buffer.byteLength ?? 0,
      bytes: loaded.reduce((sum, it) => sum + it.transferSize, 0),
      loaded: loaded.map((it) => ({ name: new URL(it.name).pathname, from: it.startTime, first: it.responseStart, to: it.responseEnd })),
    };
  };
}
