// What `bit eval` of a packed file and `bit-train eval` of a folder share: options and output.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "model/predictor.h"

namespace bitcpp {

struct EvalOptions {
  std::string model, data, columns;
  bool json = false;
  PredictorOptions predictor;  // threads and what to do with long texts
};

/// --data, --columns, --threads, --max-length, --too-long, --json, which verify takes too.
/// `options` must outlive the parsing.
void add_eval_options(CLI::App& command, EvalOptions& options);

/// Metrics in the order of their keys: a JSON object on one line, or a table with four decimals.
void print_metrics(const nlohmann::ordered_json& metrics, bool json);

}  // namespace bitcpp
