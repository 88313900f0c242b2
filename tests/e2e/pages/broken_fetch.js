// `breakFetch(fails)`: the page's fetch returns `fails()` for requests to the merchant, as long as `broken` is true.
window.breakFetch = (fails) => {
  window.pageFetch = window.fetch;
  window.broken = true;
  window.fetch = (request, options) =>
    window.broken && String(request.url ?? request).includes("/api/gopay/")
      ? fails()
      : window.pageFetch(request, options);
};
