// The trained network's forward pass in plain ATen, rounding as the packed file's specification says (docs/format.md): what
// `bit verify` holds the packed engine against. Shares no kernel with it.
#pragma once

#include "train/network.h"

namespace bitcpp {

/// Products are formed over integers in fp32 (exact below 2^24), softmax in double, LayerNorm by sixteen partial sums.
/// Returns hidden states (tokens, hidden) and logits (1, outputs) of one text.
Outputs reference_forward(const Network& network, const EncodedText& text);

}  // namespace bitcpp
