// The runtime as a WebAssembly module: a packed model's bytes in, texts in, JSON out
// (docs/wasm.md).
//
// A C interface, since that is what a module exports. bitcpp.mjs wraps it for JavaScript.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct BitModel;

/// Opens a packed model that lies in memory. `bytes` come from malloc and belong to the model from
/// now on, whether it opens or not. Null when they are no packed model: bit_error says why.
BitModel* bit_open(std::uint8_t* bytes, std::size_t size);

/// What was wrong with the last call that returned null, one line.
const char* bit_error();

/// JSON: "isa", "task", "labels", "pair", "max_length", "num_hidden_layers", "hidden_size". Valid
/// until the next call.
const char* bit_describe(BitModel* model);

/// JSON with the keys of `bit run` but the text: "label", "score", "scores", "truncated" (only when
/// true). `pair` is null or the second text. Valid until the next call; null on error.
const char* bit_predict(BitModel* model, const char* text, const char* pair);

void bit_close(BitModel* model);

}  // extern "C"
