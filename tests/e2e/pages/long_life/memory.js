// `wasmBytes()`: the size of the WebAssembly memory, which the widget itself does not expose.
{
  const instantiate = WebAssembly.instantiate;
  let memory = null;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate.apply(WebAssembly, given);
    memory ??= Object.values((made.instance ?? made).exports).find((it) => it instanceof WebAssembly.Memory) ?? null;
    return made;
  };
  window.wasmBytes = () => memory?.buffer.byteLength ?? 0;
}
