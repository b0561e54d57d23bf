#include "distill/sweep.h"

#include <omp.h>

#include <cstdio>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "distill/task_setup.h"
#include "kernels/cpu.h"
#include "train/evaluation.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

/// FNV-1a: a short name for a teacher's settings.
std::string short_hash(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3u;
  char name[17];
  std::snprintf(name, sizeof name, "%016lx", static_cast<unsigned long>(hash));
  return std::string(name, 8);
}

class Sweep {
 public:
  explicit Sweep(const SweepInputs& inputs) : inputs_(inputs) {
    load_recipes();
    const TaskSetup setup = set_up_task(inputs.base, recipes_.front());
    has_teacher_ = setup.has_teacher;
    train_texts_ = static_cast<long>(setup.train_file.examples.size());
    dev_texts_ = static_cast<long>(setup.dev_file.examples.size());
    std::error_code failure;
    fs::create_directories(inputs.base.out / "teachers", failure);
    if (failure) throw Error(inputs.base.out.string() + ": cannot make this folder");
  }

  std::vector<ResultLine> run() {
    std::vector<ResultLine> lines;
    const std::size_t total = recipes_.size() * inputs_.seeds.size();
    for (std::uint64_t seed : inputs_.seeds)
      for (Recipe recipe : recipes_) {
        recipe.seed = seed;
        std::fprintf(stderr, "== %zu of %zu: %s, seed %lu\n", lines.size() + 1, total,
                     recipe.name.c_str(), static_cast<unsigned long>(seed));
        lines.push_back(result_of(recipe));
        if (inputs_.store) append_result(*inputs_.store, lines.back());
      }
    return lines;
  }

 private:
  void load_recipes() {
    std::set<std::string> names;
    for (const std::string& argument : inputs_.recipes) {
      recipes_.push_back(load_recipe(argument, inputs_.settings));
      if (!names.insert(recipes_.back().name).second)
        throw Error("--recipes: \"" + recipes_.back().name +
                    "\" is there twice, expected different names");
    }
    if (recipes_.empty() || inputs_.seeds.empty())
      throw Error("expected at least one recipe and one seed");
  }

  ResultLine result_of(const Recipe& recipe) const {
    const fs::path folder = inputs_.base.out / sweep_run_name(recipe.name, recipe.seed);
    const fs::path done = folder / "result.json";
    if (fs::exists(done)) {
      // Under the same name another recipe may be meant now.
      if (read_file(folder / "recipe.toml") != to_toml(recipe))
        throw Error(folder.string() + ": was run with other settings; give another --out");
      std::fprintf(stderr, "done before\n");
      ResultLine line = ResultLine::parse(read_file(done, 1 << 20), nullptr, false);
      check_result(line, done.string());
      return line;
    }
    DistillInputs inputs = inputs_.base;
    inputs.model = teacher_for(recipe);
    inputs.out = folder;
    inputs.resume = true;
    const ResultLine line = result_line(recipe, distill(inputs, recipe));
    write_file(done, line.dump() + "\n");
    return line;
  }

  /// The folder that `recipe` distills from: the one given if it has the task's head, else the
  /// teacher of these settings, fine-tuned now if nobody needed it before.
  fs::path teacher_for(const Recipe& recipe) const {
    if (has_teacher_) return inputs_.base.model;
    Recipe alone = recipe;
    alone.name = "teacher";
    alone.stages.clear();
    DistillInputs inputs = inputs_.base;
    inputs.out = inputs.out / "teachers" / short_hash(to_toml(alone));
    inputs.resume = true;
    if (!fs::exists(inputs.out)) finetune(inputs, alone);
    return inputs.out;
  }

  ResultLine result_line(const Recipe& recipe, const nlohmann::json& report) const {
    double seconds = 0;
    for (const auto& stage : report["stages"]) seconds += stage["seconds"].get<double>();
    return {
        {"task", task_name()},
        {"recipe", recipe.name},
        {"settings", inputs_.settings},
        {"seed", recipe.seed},
        {"model", fs::absolute(inputs_.base.model).lexically_normal().filename().string()},
        {"train_texts", train_texts_},
        {"dev_texts", dev_texts_},
        {"metric", inputs_.metric.empty() ? report["metric"].get<std::string>() : inputs_.metric},
        {"rows", report["rows"]},
        {"seconds", seconds},
        {"machine", cpu_name() + ", " + std::to_string(omp_get_max_threads()) + " threads"},
        {"commit", built_from_commit()},
        {"date", utc_now()}};
  }

  std::string task_name() const {
    if (!inputs_.task_name.empty()) return inputs_.task_name;
    return fs::absolute(inputs_.base.train).lexically_normal().parent_path().filename().string();
  }

  const SweepInputs& inputs_;
  std::vector<Recipe> recipes_;
  bool has_teacher_ = false;
  long train_texts_ = 0, dev_texts_ = 0;
};

}  // namespace

std::vector<ResultLine> sweep(const SweepInputs& inputs) { return Sweep(inputs).run(); }

std::string sweep_run_name(const std::string& recipe, std::uint64_t seed) {
  return recipe + "-s" + std::to_string(seed);
}

}  // namespace bitcpp
