// A sweep on a small network: teachers shared, finished runs kept, interrupted ones gone on with.
#include "distill/sweep.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "distill/tiny_run.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTeacher = "[teacher]\nmax_steps = 6\nbatch = 16\nlearning_rate = 2e-3\n";

struct SweepBench : Bench {
  explicit SweepBench(const std::string& name) : Bench("sweep_" + name) {
    write_recipe("direct", "stages = [\"w1a1\"]\n[w1a1]\nmax_steps = 2\n");
    write_recipe("two",
                 "stages = [\"a\", \"b\"]\n[a]\nmax_steps = 2\nactivation_bits = 2\n"
                 "[b]\nmax_steps = 2\n");
    write_recipe("alone", "stages = []\n");
  }
  void write_recipe(const std::string& name, const std::string& text) const {
    write_file(folder / (name + ".toml"), "max_length = 16\n" + text + kTeacher);
  }
  SweepInputs sweep_inputs(const std::vector<std::string>& names,
                           const std::vector<std::uint64_t>& seeds) const {
    SweepInputs all;
    all.base = inputs("out");
    for (const std::string& name : names)
      all.recipes.push_back((folder / (name + ".toml")).string());
    all.seeds = seeds;
    all.task_name = "words";
    all.store = folder / "store.jsonl";
    return all;
  }
  std::size_t teachers() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder / "out/teachers"))
      count += fs::exists(entry.path() / "model.safetensors");
    return count;
  }
};

std::string error_of(const SweepInputs& inputs) {
  try {
    sweep(inputs);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Sweep, RecipesShareATeacherForEachSeed) {
  const SweepBench bench("shares");
  const auto lines = sweep(bench.sweep_inputs({"alone", "direct", "two"}, {1, 2}));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(bench.teachers(), 2u);
  EXPECT_EQ(lines[0]["rows"].size(), 2u) << "a floor and a teacher";
  EXPECT_EQ(lines[2]["rows"].size(), 4u);
  EXPECT_EQ(lines[0]["rows"][1]["accuracy"], lines[2]["rows"][1]["accuracy"]);
  EXPECT_EQ(lines[5]["seed"], 2);
  EXPECT_EQ(lines[5]["train_texts"], 240);
  EXPECT_EQ(read_results(bench.folder / "store.jsonl"), lines);
}

TEST(Sweep, RunsThatAreDoneAreKept) {
  const SweepBench bench("kept");
  const auto first = sweep(bench.sweep_inputs({"direct"}, {1}));
  const fs::path model = bench.folder / "out/direct-s1/model.safetensors";
  const auto written = fs::last_write_time(model);
  const auto again = sweep(bench.sweep_inputs({"direct", "two"}, {1}));
  EXPECT_EQ(again[0], first[0]);
  EXPECT_EQ(fs::last_write_time(model), written);
  EXPECT_EQ(read_results(bench.folder / "store.jsonl").size(), 2u);
  EXPECT_EQ(bench.teachers(), 1u);
}

TEST(Sweep, ASharedTeacherChangesNothing) {
  const SweepBench bench("same");
  sweep(bench.sweep_inputs({"direct"}, {3}));
  Recipe recipe = load_recipe((bench.folder / "direct.toml").string(), {"seed=3"});
  distill(bench.inputs("apart"), recipe);
  EXPECT_EQ(read_file(bench.folder / "out/direct-s3/w1a1/model.safetensors"),
            read_file(bench.folder / "apart/w1a1/model.safetensors"));
}

TEST(Sweep, RefusesWhatWouldMixResults) {
  const SweepBench bench("refuses");
  sweep(bench.sweep_inputs({"direct"}, {1}));
  SweepInputs changed = bench.sweep_inputs({"direct"}, {1});
  changed.settings = {"w1a1.learning_rate=0.001"};
  EXPECT_NE(error_of(changed).find("was run with other settings"), std::string::npos);
  EXPECT_NE(error_of(bench.sweep_inputs({"direct", "direct"}, {1})).find("is there twice"),
            std::string::npos);
  EXPECT_NE(error_of(bench.sweep_inputs({}, {1})).find("at least one recipe"), std::string::npos);
}

}  // namespace
}  // namespace bitcpp
