// The kernels of one instruction set, as a table of functions. The headers of the kernels say what
// each one computes: bit_product.h, float_codes.h, integer_codes.h, layer_norm.h, embedding_row.h,
// binary_attention.h, eight_bit.h.
#pragma once

#include <cstdint>

#include "kernels/cpu.h"

namespace bitcpp {

struct Product;
struct CodeOutput;
struct ScaledOutput;
struct ByteOutput;
struct FloatCodes;
struct IntegerCodes;
struct LayerNorm;
struct EmbeddingRow;
struct BinaryAttention;
struct BinaryContext;
struct IndexedAttention;
struct ZippedRows;
struct EightBitHead;

struct Kernels {
  Isa isa = Isa::kScalar;

  // bit_product.h
  int column_block = 1;  // a packed matrix holds whole blocks of this many outputs; divides 64
  void (*pack_matrix)(const std::uint64_t* rows, int outputs, int words, std::uint64_t* packed);
  void (*product_integers)(const Product& product, std::int32_t* out);
  void (*product_codes)(const Product& product, const CodeOutput& output);
  void (*product_scaled)(const Product& product, const ScaledOutput& output);
  void (*product_bytes)(const Product& product, const ByteOutput& output);
  // float_codes.h
  void (*float_codes)(const FloatCodes& arguments);
  // integer_codes.h
  void (*integer_codes)(const IntegerCodes& arguments);
  // layer_norm.h
  void (*layer_norm)(const LayerNorm& arguments);
  float (*dot)(int length, const float* a, const float* b);
  // embedding_row.h
  void (*embedding_row)(const EmbeddingRow& arguments);
  // bit_slices.h
  void (*transpose_square)(std::uint64_t* block);
  // binary_attention.h
  void (*binary_probabilities)(const BinaryAttention& arguments);
  // Both steps of a head of at most 64 channels, whole bytes; null where one after the other is as
  // fast.
  void (*binary_head)(const BinaryAttention& arguments, const BinaryContext& context);
  // indexed_attention.h
  void (*indexed_probabilities)(const IndexedAttention& arguments);
  // eight_bit.h
  void (*zipped_rows)(const ZippedRows& arguments);
  void (*eight_bit_head)(const EightBitHead& arguments);
};

/// The kernels of selected_isa(), looked up once per process. Throws Error as selected_isa does.
const Kernels& kernels();

/// The kernels of `isa`. Throws Error when it is not supported.
const Kernels& kernels_for(Isa isa);

}  // namespace bitcpp
