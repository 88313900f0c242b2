// Runs first on every page in Firefox and WebKit (site.rs): records the console and emulates touch, which their drivers
// cannot do.
{
  // Console lines, errors and policy violations. The tests empty the list as they read it.
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

  // Touch points, where the user agent is that of a device with a touch screen.
  if (/Mobile|Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints === 0) {
    Object.defineProperty(Navigator.prototype, "maxTouchPoints", { configurable: true, get: () => 5 });
  }
}
