// --max-length and --too-long: what `bit run` and `bit eval` do with long texts.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>

#include "model/predictor.h"

namespace bitcpp {

/// Adds both options, which set max_length and long_text of `options`.
void add_length_options(CLI::App* command, PredictorOptions& options);

/// "2 of 40 texts were cut to 128 tokens" to stderr, unless none was.
void report_truncated(std::size_t truncated, std::size_t texts, std::size_t max_length);

}  // namespace bitcpp
