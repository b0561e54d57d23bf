// The functions of an instruction set in one table: most are templates over its vocabulary.
#pragma once

#include "kernels/bit_slices.h"
#include "kernels/byte_kernels.h"
#include "kernels/eight_bit_kernels.h"
#include "kernels/index_kernels.h"
#include "kernels/kernels.h"
#include "kernels/lane_kernels.h"
#include "kernels/product_epilogue.h"

namespace bitcpp {

/// `S`: the vocabulary; `Multiply`: the product loop over matrices that `pack_matrix` made, of
/// whole blocks of `column_block` outputs; `Rows` x `Columns`: the tile of attention in 8 bits.
template <class S, class Multiply, int Rows, int Columns>
constexpr Kernels kernel_table(Isa isa, int column_block,
                               decltype(Kernels::pack_matrix) pack_matrix) {
  return {
      .isa = isa,
      .column_block = column_block,
      .pack_matrix = pack_matrix,
      .product_integers = ProductKernels<S, Multiply>::integers,
      .product_codes = ProductKernels<S, Multiply>::codes,
      .product_scaled = ProductKernels<S, Multiply>::scaled,
      .product_bytes = ProductKernels<S, Multiply>::bytes,
      .float_codes = LaneKernels<S>::float_codes,
      .integer_codes = LaneKernels<S>::integer_codes,
      .layer_norm = LaneKernels<S>::layer_norm,
      .dot = LaneKernels<S>::dot,
      .embedding_row = LaneKernels<S>::embedding_row,
      .transpose_square = transpose_square,
      .binary_probabilities = ByteKernels<S>::binary_probabilities,
      .binary_head = nullptr,
      .indexed_probabilities = IndexKernels<S>::indexed_probabilities,
      .zipped_rows = EightBitKernels<S, Rows, Columns>::zipped_rows,
      .eight_bit_head = EightBitKernels<S, Rows, Columns>::eight_bit_head,
  };
}

}  // namespace bitcpp
