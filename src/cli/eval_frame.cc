#include "cli/eval_frame.h"

#include <cmath>
#include <cstdio>
#include <iostream>

#include "cli/text_length.h"

namespace bitcpp {

void add_eval_options(CLI::App& command, EvalOptions& options) {
  command
      .add_option("--data", options.data,
                  "TSV, CSV or JSONL with labels, CoNLL columns, or SQuAD JSON")
      ->required();
  command.add_option("--columns", options.columns,
                     "text=...,pair=...,label=... when the header has other names");
  command
      .add_option("--threads", options.predictor.threads, "Threads; results do not depend on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  add_length_options(&command, options.predictor);
  command.add_flag("--json", options.json, "Print a JSON object");
}

void print_metrics(const nlohmann::ordered_json& metrics, bool json) {
  if (json) {
    std::cout << metrics.dump() << "\n";
    return;
  }
  for (const auto& [name, value] : metrics.items()) {
    char text[64];
    if (value.is_number_integer()) {
      std::snprintf(text, sizeof text, "%-11s %8lld", name.c_str(), value.get<long long>());
    } else {
      // A correlation that is not defined: a JSON null when it was read from a file.
      const double number = value.is_number() ? value.get<double>() : std::nan("");
      std::snprintf(text, sizeof text, "%-11s %8.4f", name.c_str(), number);
    }
    std::cout << text << "\n";
  }
}

}  // namespace bitcpp
