// What extensions do to a page: `agent(visit)` calls `visit(root)` for the document and for each open shadow root, at once
// and again whenever something in it has changed. `window.visits` counts.
window.visits = 0;
window.agent = (visit) => {
  const watch = (root) => {
    const changed = () => {
      window.visits += 1;
      visit(root);
    };
    changed();
    new MutationObserver(changed).observe(root, { childList: true, characterData: true, subtree: true });
  };
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    // The extension hears of it by an event, a little later.
    queueMicrotask(() => watch(root));
    return root;
  };
  watch(document.documentElement);
};
