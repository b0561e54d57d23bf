// Trained weights -> packed model. Every threshold is found in the very float arithmetic of
// training, so that the packed engine's integers decide as the trained network's floats do.
#pragma once

#include <memory>
#include <string>

#include "format/packed_model.h"
#include "text/tokenizer.h"
#include "train/network.h"

namespace bitcpp {

/// Texts that travel in the file's metadata.
struct PackNotes {
  std::string recipe;      // TOML
  std::string provenance;  // JSON
  std::string metrics;     // JSON
};

/// A packed model together with the memory its spans point to.
struct PackedResult {
  PackedModel model;
  std::shared_ptr<const void> storage;
};

/// Why a network of this configuration cannot be packed: not quantized, without a head, trained
/// without half_tables or as a variant (train/variant.h) that the format has no room for. Empty: it
/// can.
std::string why_unpackable(const NetworkConfig& config);

/// Packs a trained W1A1, W1A2 or W1A4 network with a task head. Throws Error with why_unpackable.
PackedResult pack_network(const Network& network, const Tokenizer& tokenizer,
                          const PackNotes& notes);

}  // namespace bitcpp
