// Fake clock, with `?clock=by-hand`: time passes only by `clock.passes(ms)`. Counts the timers fired, the animation frames
// requested, and the changes in the element.
if (new URLSearchParams(location.search).get("clock") === "by-hand") {
  const realTimeout = window.setTimeout.bind(window);
  const { requestAnimationFrame, requestIdleCallback } = window;
  const waiting = new Map();
  let now = performance.now();
  let names = 0;
  const done = { timers: 0, frames: 0, changes: 0 };

  performance.now = () => now;
  window.setTimeout = (call, ms = 0, ...rest) => {
    names += 1;
    waiting.set(names, { at: now + Math.max(0, Number(ms) || 0), call: () => call(...rest) });
    return names;
  };
  window.clearTimeout = (name) => waiting.delete(name);
  window.requestAnimationFrame = (call) => {
    done.frames += 1;
    return requestAnimationFrame.call(window, call);
  };
  window.requestIdleCallback = (call, options) => {
    done.frames += 1;
    return requestIdleCallback.call(window, call, options);
  };

  // Twice: the work of a timer may take more than one turn of the event loop.
  const settled = async () => {
    for (let turn = 0; turn < 2; turn += 1) await new Promise((go) => realTimeout(go));
  };

  window.clock = {
    /** The counts since the last call. */
    done() {
      const since = { ...done };
      Object.assign(done, { timers: 0, frames: 0, changes: 0 });
      return since;
    },
    watches(root) {
      const everything = { subtree: true, childList: true, attributes: true, characterData: true };
      new MutationObserver(() => (done.changes += 1)).observe(root, everything);
    },
    async passes(ms) {
      const until = now + ms;
      for (;;) {
        const [name, next] = [...waiting].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
        if (!next || next.at > until) break;
        waiting.delete(name);
        now = Math.max(now, next.at);
        done.timers += 1;
        next.call();
        await settled();
      }
      now = until;
      await settled();
    },
  };
}
