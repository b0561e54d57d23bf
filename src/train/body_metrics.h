// How well a network without a head follows its teacher: by hidden states alone.
#pragma once

#include <nlohmann/json.hpp>

#include "train/network.h"
#include "train/task_data.h"

namespace bitcpp {

/// {"n": texts, "hidden_loss": sum over places (embedding output and layers) of the mean squared
/// difference, "explained": mean over places of 1 - squared difference / squared deviation of the
/// teacher's states from their mean per channel}. Both networks on one device.
nlohmann::json body_metrics(Network& network, Network& teacher,
                            const std::vector<EncodedText>& texts);

}  // namespace bitcpp
