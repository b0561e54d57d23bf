#include "report/run_record.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A million steps write 50,000 lines of 200 bytes; statistics of 24 layers take 10 KB a line.
constexpr std::size_t kMostLogBytes = std::size_t{256} << 20;
constexpr std::size_t kMostJsonBytes = std::size_t{64} << 20;

json read_object(const fs::path& path) {
  if (!fs::exists(path)) return nullptr;
  json value = json::parse(read_file(path, kMostJsonBytes), nullptr, false);
  if (!value.is_object()) throw Error(path.string() + ": expected a JSON object");
  return value;
}

StageRecord& stage_of(RunRecord& run, const std::string& name) {
  for (StageRecord& stage : run.stages)
    if (stage.name == name) return stage;
  run.stages.push_back({name, {}, {}, {}});
  return run.stages.back();
}

void add_line(RunRecord& run, json line) {
  StageRecord& stage = stage_of(run, line["stage"]);
  if (text_at(line, "kind") == "statistics")
    stage.statistics.push_back(std::move(line));
  else if (line.contains("dev"))
    stage.evaluations.push_back(std::move(line));
  else
    stage.losses.push_back(std::move(line));
}

void read_log(RunRecord& run, const fs::path& path) {
  if (!fs::exists(path))
    throw Error(path.string() +
                ": no such file, expected the folder of a run (--out of bit distill)");
  const std::string log = read_file(path, kMostLogBytes);
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = log.find('\n', begin);
    if (end == std::string::npos) return;  // being written, or cut off by a kill
    ++number;
    json line = json::parse(log.begin() + static_cast<std::ptrdiff_t>(begin),
                            log.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    // The name becomes a folder's (event_log.h).
    if (!line.is_object() || text_at(line, "stage").empty() ||
        text_at(line, "stage").find_first_of("./\\") != std::string::npos)
      throw Error(path.string() + ":" + std::to_string(number) +
                  ": expected a JSON object with the name of a \"stage\"");
    add_line(run, std::move(line));
    begin = end + 1;
  }
}

}  // namespace

RunRecord read_run(const fs::path& folder) {
  RunRecord run;
  run.name = fs::absolute(folder).lexically_normal().filename().string();
  if (run.name.empty())
    run.name = fs::absolute(folder).lexically_normal().parent_path().filename().string();
  read_log(run, folder / "log.jsonl");
  if (fs::exists(folder / "recipe.toml")) run.recipe = read_file(folder / "recipe.toml", 1 << 20);
  run.inputs = read_object(folder / "inputs.json");
  run.result = read_object(folder / "report.json");
  run.judgements = read_object(folder / "judgements.json");
  return run;
}

double number_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>()
                                                     : std::numeric_limits<double>::quiet_NaN();
}

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace bitcpp
