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

/// Packs a trained W1A1, W1A2 or W1A4 network with a task head. Throws Error for a network that is
/// not quantized, has no head, or was trained without half_tables.
PackedResult pack_network(const Network& network, const Tokenizer& tokenizer,
                          const PackNotes& notes);

}  // namespace bitcpp
