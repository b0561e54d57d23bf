// Packed models of bit.cpp in browsers and in Node: see docs/wasm.md.
//
//   const runtime = await BitRuntime.load(await readFile("bit.wasm"));
//   const model = runtime.open(await readFile("model.safetensors"));
//   model.predict("play some jazz").label

const kNoSystem = 52; // WASI's ENOSYS: the module has no files, clocks or environment

/** The compiled runtime. Models opened from it share its memory. */
export class BitRuntime {
  #exports;
  #encoder = new TextEncoder();
  #decoder = new TextDecoder();

  /**
   * @param {BufferSource | Response | Promise<Response>} wasm bit.wasm: its bytes, or fetch("bit.wasm").
   */
  static async load(wasm) {
    const source = await wasm;
    const bytes = typeof Response !== "undefined" && source instanceof Response ? await source.arrayBuffer() : source;
    const module = await WebAssembly.compile(bytes);
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (imports[from] ??= {})[name] = () => kNoSystem;
    }
    const runtime = new BitRuntime();
    runtime.#exports = (await WebAssembly.instantiate(module, imports)).exports;
    runtime.#exports._initialize?.();
    return runtime;
  }

  /**
   * Opens a packed model from its bytes, which are copied. Throws Error with one line when they are none.
   * @param {ArrayBuffer | Uint8Array} bytes
   * @returns {BitModel}
   */
  open(bytes) {
    const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
    const place = this.#allocate(view.length);
    this.#memory().set(view, place);
    const handle = this.#exports.bit_open(place, view.length);
    if (handle === 0) throw this.#error();
    return new BitModel({
      describe: () => JSON.parse(this.#text(this.#exports.bit_describe(handle))),
      predict: (text, pair) => this.#predict(handle, text, pair),
      close: () => this.#exports.bit_close(handle),
    });
  }

  /** Bytes of memory in use, which grows and never shrinks. */
  get memoryBytes() {
    return this.#memory().length;
  }

  #predict(handle, text, pair) {
    const first = this.#string(text);
    const second = pair === undefined ? 0 : this.#string(pair);
    const answer = this.#exports.bit_predict(handle, first, second);
    this.#exports.free(first);
    if (second !== 0) this.#exports.free(second);
    if (answer === 0) throw this.#error();
    return JSON.parse(this.#text(answer));
  }

  #allocate(size) {
    const place = this.#exports.malloc(size);
    if (place === 0) throw new Error(`no memory for ${size} bytes`);
    return place;
  }

  /** Anew at every use: memory that grows leaves its old buffer behind. */
  #memory() {
    return new Uint8Array(this.#exports.memory.buffer);
  }

  #string(text) {
    const bytes = this.#encoder.encode(text.replaceAll("\0", "\ufffd"));
    const place = this.#allocate(bytes.length + 1);
    const memory = this.#memory();
    memory.set(bytes, place);
    memory[place + bytes.length] = 0;
    return place;
  }

  #text(place) {
    const memory = this.#memory();
    return this.#decoder.decode(memory.subarray(place, memory.indexOf(0, place)));
  }

  #error() {
    return new Error(this.#text(this.#exports.bit_error()));
  }
}

/** An open model. */
class BitModel {
  #calls;
  constructor(calls) {
    this.#calls = calls;
    /** isa, task, labels, pair, max_length, num_hidden_layers, hidden_size */
    this.description = calls.describe();
  }

  /**
   * @param {string} text
   * @param {string} [pair] the second text of a model of pairs
   * @returns {{label?: string, score: number, scores?: Object<string, number>, truncated?: boolean}}
   */
  predict(text, pair) {
    if (this.#calls === null) throw new Error("the model was closed");
    return this.#calls.predict(text, pair);
  }

  /** Frees its memory. */
  close() {
    this.#calls?.close();
    this.#calls = null;
  }
}
