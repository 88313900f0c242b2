// Before anything else on every page, in the engines that need it (site.rs): what neither they nor their drivers can play
// or tell.
{
  // What is written to the console, and what goes wrong in the page. The harness takes it away as it reads it.
  window.consoleLines = [];
  const keep = (...words) => window.consoleLines.push(words.map(String).join(" "));
  for (const level of ["debug", "log", "info", "warn", "error"]) {
    const write = window.console[level].bind(window.console);
    window.console[level] = (...words) => {
      keep(level, ...words);
      write(...words);
    };
  }
  window.addEventListener("unhandledrejection", (event) => keep("unhandled rejection:", event.reason));
  window.addEventListener(
    "error",
    (event) => keep("error:", event.message ?? `cannot load ${event.target.src ?? event.target.href}`),
    true,
  );
  document.addEventListener("securitypolicyviolation", (event) =>
    keep("refused by policy:", event.effectiveDirective, event.blockedURI),
  );

  // A touch screen, where the browser says that it is a device with one.
  if (/Mobile|Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints === 0) {
    Object.defineProperty(Navigator.prototype, "maxTouchPoints", { configurable: true, get: () => 5 });
  }
}
