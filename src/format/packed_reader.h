// Packed models from tensors already in memory: what opening a file and checking before a write
// share.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "format/packed_model.h"
#include "format/safetensors.h"

namespace bitcpp {

/// Copies of tensors that lie in their file at no multiple of their element's size, which other
/// writers may do; spans cannot point at those in place.
using AlignedCopies = std::deque<std::vector<std::uint64_t>>;

/// Checks everything that open_packed_model promises. The result's spans point into `tensors` and
/// `copies`; its `file` is null. `file` is the name that begins error messages.
PackedModel read_packed_tensors(const std::string& file,
                                const std::map<std::string, std::string>& metadata,
                                const std::map<std::string, TensorView>& tensors,
                                AlignedCopies& copies);

}  // namespace bitcpp
