// One row of the table of results: metric, file size, time per text on one thread.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "distill/judgements.h"
#include "train/network.h"
#include "train/task_data.h"

namespace bitcpp {

/// A row of the table, and the answers it was measured by.
struct Measured {
  nlohmann::json row;
  Judge judge;
};

/// A LibTorch network: metrics on `dev`, bytes of its fp32 weights, median time of one text, from
/// the text to its logits, over up to 100 of them. `dev` is `file` encoded by `tokenizer`.
Measured measure_network(const std::string& name, Network& network, const Dataset& file,
                         const TaskData& dev, const Task& task, const Tokenizer& tokenizer);

/// A packed file, from text to answer, tokenizer included: the same.
Measured measure_packed(const std::string& name, const std::filesystem::path& path,
                        const Dataset& file, const TaskData& dev, const Task& task);

/// The rows as a table for people; with `metric`, one of their keys, as per cent.
std::string table_text(const nlohmann::json& rows, const std::string& metric);

}  // namespace bitcpp
