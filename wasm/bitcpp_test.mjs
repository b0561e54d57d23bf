// The module in Node: node --test wasm/bitcpp_test.mjs, with BIT_WASM naming bit.wasm.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { BitRuntime } from "./bitcpp.mjs";

const root = new URL("../", import.meta.url);
const runtime = await BitRuntime.load(await readFile(process.env.BIT_WASM));
const bytes = await readFile(new URL("models/snips-minilm-w1a1.safetensors", root));

test("describes the model", () => {
  const model = runtime.open(bytes);
  assert.equal(model.description.isa, "simd128");
  assert.equal(model.description.labels.length, 7);
  assert.equal(model.description.hidden_size, 384);
});

test("answers as the labels of real texts say", async () => {
  const model = runtime.open(bytes);
  const rows = (await readFile(new URL("examples/snips/valid.tsv", root), "utf8")).split("\n").slice(1, 101);
  let right = 0;
  for (const row of rows) {
    const [text, label] = row.split("\t");
    const answer = model.predict(text);
    const best = Object.entries(answer.scores).sort((a, b) => b[1] - a[1])[0];
    assert.deepEqual(best, [answer.label, answer.score]);
    right += answer.label === label;
  }
  assert.ok(right >= 95, `${right} of 100`);
});

test("marks a text that was cut", () => {
  const model = runtime.open(bytes);
  assert.equal(model.predict("play some jazz").truncated, undefined);
  assert.equal(model.predict("play some jazz ".repeat(1000)).truncated, true);
});

test("reads any string", () => {
  const model = runtime.open(bytes);
  for (const text of ["", "\0", "\ud800", "東京 🎷", "a".repeat(100000)]) {
    assert.equal(typeof model.predict(text).label, "string");
  }
  assert.equal(typeof model.predict("two", "texts").label, "string");
});

test("refuses what is no model, and goes on", () => {
  for (const wrong of [new Uint8Array(0), new Uint8Array(100), bytes.subarray(0, 5000)]) {
    assert.throws(() => runtime.open(wrong), /^Error: model: [^\n]+$/);
  }
  const damaged = Uint8Array.from(bytes);
  damaged.fill(255, 20000, 40000);
  assert.throws(() => runtime.open(damaged), /^Error: model: [^\n]+$/);
  assert.equal(runtime.open(bytes).predict("play some jazz").label, "PlayMusic");
});

test("does what docs/wasm.md shows", async () => {
  const page = await readFile(new URL("docs/wasm.md", root), "utf8");
  const script = /<!-- run by: wasm\/bitcpp_test.mjs -->\n```html\n<script type="module">\n(.*?)<\/script>/s.exec(page)[1];
  const files = {
    "bit.wasm": async () => readFile(process.env.BIT_WASM),
    "snips-minilm-w1a1.safetensors": async () => bytes,
  };
  const fetch = async (name) => {
    const body = Uint8Array.from(await files[name]());
    return new Response(body, { headers: { "Content-Type": name.endsWith(".wasm") ? "application/wasm" : "" } });
  };
  const lines = [];
  const body = script.replace(/^\s*import .*$/m, "");
  const AsyncFunction = (async () => {}).constructor;
  await new AsyncFunction("BitRuntime", "fetch", "console", body)(BitRuntime, fetch, { log: (line) => lines.push(line) });
  assert.equal(lines[0].length, 7);
  assert.equal(lines[1].label, "PlayMusic");
});

test("gives memory back", () => {
  const once = () => {
    const model = runtime.open(bytes);
    model.predict("play some jazz");
    model.close();
    assert.throws(() => model.predict("play some jazz"), /closed/);
  };
  once();
  const before = runtime.memoryBytes;
  for (let i = 0; i < 20; ++i) once();
  assert.ok(runtime.memoryBytes - before < bytes.length);
});
