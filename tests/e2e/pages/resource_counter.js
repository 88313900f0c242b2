// Counts a page's resources: timers, listeners, open requests, channels, locks. Load it after traffic.js and before the code
// to be counted.
{
  const timers = new Set();
  for (const [set, clear] of [
    ["setTimeout", "clearTimeout"],
    ["setInterval", "clearInterval"],
    ["requestAnimationFrame", "cancelAnimationFrame"],
    ["requestIdleCallback", "cancelIdleCallback"],
  ]) {
    // WebKit has no idle callbacks.
    if (!(set in window)) continue;
    const [realSet, realClear] = [window[set].bind(window), window[clear].bind(window)];
    window[set] = (call, ...rest) => {
      const id = realSet((...given) => {
        if (set !== "setInterval") timers.delete(id);
        call(...given);
      }, ...rest);
      timers.add(id);
      return id;
    };
    window[clear] = (id) => {
      timers.delete(id);
      realClear(id);
    };
  }

  // Listeners inside a shadow root go with it; only those outside can leak.
  const listeners = [];
  const same = (a, b) => a.every((part, i) => part === b[i]);
  const lives = (target) => !(target instanceof Node) || target.getRootNode() === document;
  const captures = (options) => Boolean(typeof options === "object" ? options?.capture : options);
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, call, options) {
    const entry = [this ?? window, type, call, captures(options)];
    if (call && lives(entry[0]) && !listeners.some((it) => same(it, entry))) listeners.push(entry);
    return addEventListener.call(entry[0], type, call, options);
  };
  EventTarget.prototype.removeEventListener = function (type, call, options) {
    const entry = [this ?? window, type, call, captures(options)];
    const at = listeners.findIndex((it) => same(it, entry));
    if (at >= 0) listeners.splice(at, 1);
    return removeEventListener.call(entry[0], type, call, options);
  };

  const channels = new Set();
  window.BroadcastChannel = class extends BroadcastChannel {
    constructor(name) {
      super(name);
      channels.add(this);
    }
    close() {
      channels.delete(this);
      super.close();
    }
  };

  /** The resources in use now. */
  window.running = async () => {
    const { held, pending } = await navigator.locks.query();
    // An AbortSignal's listeners go with the request that has it.
    const listened = listeners.filter(([target]) => !(target instanceof AbortSignal));
    return {
      timers: timers.size,
      listeners: listened.map(([target, type]) => `${target.constructor.name} ${type}`).sort(),
      requests: traffic.open().map((it) => it.what),
      channels: channels.size,
      locks: [...held, ...pending].map((it) => it.name),
    };
  };
}
