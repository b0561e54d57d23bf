// The results store: one JSON object a line, one line a finished run, appended for good.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitcpp {

/// A run's line, keys in this order:
///   "task"      what the data is called, "sst2"
///   "recipe"    its name; "settings" what --set changed in it: ["w1a1.epochs=4"]
///   "seed", "model" (the backbone's folder name), "train_texts", "dev_texts"
///   "metric"    by which the task is judged; a key of every row
///   "rows"      the report's: an optional floor, the teacher, a row for each stage; each with
///               "name", the metrics (0 to 1), "microseconds_per_text" and, but for the floor,
///               "bytes"
///   "seconds"   of all stages' training
///   "machine", "commit" (of bit.cpp), "date" (UTC, ISO 8601)
using ResultLine = nlohmann::ordered_json;

/// Throws Error beginning with `where` when a key that tables are made of is missing or misshapen.
void check_result(const ResultLine& line, const std::string& where);

/// All lines of `store`, none where there is no such file. Throws Error naming file and line.
std::vector<ResultLine> read_results(const std::filesystem::path& store);

/// Appends `line` unless the very same line is there already. Several processes may append at once.
/// Throws Error when it cannot be written or the store is damaged.
void append_result(const std::filesystem::path& store, const ResultLine& line);

/// The commit this program was built from, "-dirty" behind it when the tree had changes; "unknown"
/// outside of git.
std::string built_from_commit();

/// Now, as 2026-11-24T20:42:22Z.
std::string utc_now();

}  // namespace bitcpp
