// Wraps the page's fetch: `traffic.requests` records all requests, and a test may hold some back
// (`traffic.held = /pattern/` over "METHOD /path") and release them.
{
  const pageFetch = window.fetch;
  const waiting = [];
  const traffic = {
    requests: [],
    held: null,
    release() {
      traffic.held = null;
      for (const go of waiting.splice(0)) go();
    },
    /** How many of them match. */
    count: (pattern) => traffic.requests.filter((it) => pattern.test(it.what)).length,
    /** Requests in flight. A stream is open until it is aborted. */
    open: () => traffic.requests.filter((it) => !it.signal.aborted && (!it.answered || it.what.endsWith("/events"))),
  };
  window.pageFetch = pageFetch;
  window.traffic = traffic;
  window.fetch = async (input, options) => {
    const request = new Request(input, options);
    const it = { what: `${request.method} ${new URL(request.url).pathname}`, signal: request.signal, answered: false };
    // WebKit forgets that one signal follows another as soon as the request between them is collected.
    it.given = [input, options];
    traffic.requests.push(it);
    try {
      if (traffic.held?.test(it.what)) {
        await new Promise((go, stop) => {
          waiting.push(go);
          request.signal.addEventListener("abort", () => stop(request.signal.reason));
        });
      }
      const answer = await pageFetch.call(window, request);
      it.status = answer.status;
      return answer;
    } finally {
      it.answered = true;
    }
  };
}
