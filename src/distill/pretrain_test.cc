// Pretraining on a small network: it learns to follow, goes on where it stopped, and its result is
// where distillation starts.
#include "distill/pretrain.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "distill/tiny_run.h"
#include "train/folder.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

/// The training texts as plain lines.
fs::path lines(const Bench& bench) {
  std::string text;
  const std::string rows = read_file(bench.folder / "train.tsv");
  for (std::size_t at = rows.find('\n') + 1; at < rows.size(); at = rows.find('\n', at) + 1)
    text += rows.substr(at, rows.find('\t', at) - at) + "\n";
  write_file(bench.folder / "lines.txt", text);
  return bench.folder / "lines.txt";
}

PretrainInputs inputs(const Bench& bench, const std::string& out, bool resume = false) {
  return {bench.folder / "backbone",
          bench.folder / out,
          {lines(bench)},
          bench.folder / "dev.tsv",
          {},
          resume};
}

/// A backbone whose layers do more than fresh ones, which hardly change what comes in.
void sharpen(const Bench& bench) {
  const fs::path folder = bench.folder / "backbone";
  Network network =
      load_network(folder, read_network_config(folder), torch::kCPU, bench.recipe().seed);
  torch::NoGradGuard no_gradient;
  for (const Parameter& parameter : network.parameters().list()) {
    torch::Tensor target = parameter.tensor;
    if (target.dim() == 2) target.mul_(10);
  }
  fs::remove_all(folder);
  save_network(folder, network, bench.folder / "vocabulary");
}

TEST(Pretrain, EachPrecisionLearnsTheBackbonesHiddenStates) {
  const Bench bench("pretrain");
  sharpen(bench);
  for (const int which : {0, 1}) {
    Recipe recipe = bench.recipe();
    recipe.stages = {recipe.stages[which]};
    StageRecipe& stage = recipe.stages[0];
    stage.dropout = 0;
    stage.epochs = 15;
    const nlohmann::json learned = pretrain(inputs(bench, stage.name), recipe);
    EXPECT_GT(learned["held_out"], 40);
    stage.learning_rate = stage.scale_learning_rate = 0;
    const nlohmann::json still = pretrain(inputs(bench, stage.name + "_still"), recipe);
    const nlohmann::json &after = learned["stages"][0]["dev"], &before = still["stages"][0]["dev"];
    EXPECT_LT(after["hidden_loss"].get<double>(), 0.9 * before["hidden_loss"].get<double>());
    EXPECT_GT(after["explained"].get<double>(), before["explained"].get<double>()) << after;
    EXPECT_LT(after["explained"].get<double>(), 1.0) << after << before;
  }
}

TEST(Pretrain, GoesOnWithTheStageThatIsMissing) {
  const Bench bench("pretrain_resume");
  Recipe recipe = bench.recipe();
  for (StageRecipe& stage : recipe.stages) stage.max_steps = 3;
  pretrain(inputs(bench, "out"), recipe);
  const std::string weights = read_file(bench.folder / "out/w1a1/model.safetensors");
  fs::remove_all(bench.folder / "out/w1a1");
  pretrain(inputs(bench, "out", true), recipe);
  EXPECT_EQ(read_file(bench.folder / "out/w1a1/model.safetensors"), weights);
  EXPECT_NE(read_file(bench.folder / "out/report.html").find("<svg"), std::string::npos);
}

TEST(Pretrain, DistillationStartsFromItsResultWithTheScales) {
  const Bench bench("pretrain_start");
  Recipe recipe = bench.recipe();
  recipe.stages.erase(recipe.stages.begin());
  recipe.stages[0].max_steps = 3;
  pretrain(inputs(bench, "body"), recipe);
  recipe.teacher.max_steps = recipe.stages[0].max_steps = 1;
  recipe.stages[0].learning_rate = recipe.stages[0].scale_learning_rate = 0;
  DistillInputs task = bench.inputs("out");
  task.starts = {{"", bench.folder / "body/w1a1"}};
  distill(task, recipe);
  const ParameterSet body = read_weights(bench.folder / "body/w1a1");
  const ParameterSet student = read_weights(bench.folder / "out/w1a1");
  for (const char* name : {"bert.encoder.layer.0.attention.self.query.weight",
                           "bert.encoder.layer.0.attention.self.query.output.shift",
                           "bert.encoder.layer.1.output.dense.input.scale"})
    EXPECT_TRUE(torch::equal(body.find(name)->tensor, student.find(name)->tensor)) << name;
  EXPECT_GT(student.find("bert.pooler.dense.input.scale")->tensor.item<float>(), 0.001f);
}

TEST(Pretrain, A1BitModelIsNoBackbone) {
  const Bench bench("pretrain_refuses");
  Recipe recipe = bench.recipe();
  for (StageRecipe& stage : recipe.stages) stage.max_steps = 1;
  pretrain(inputs(bench, "out"), recipe);
  PretrainInputs again = inputs(bench, "again");
  again.model = bench.folder / "out/w1a1";
  try {
    pretrain(again, recipe);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("full-precision backbone"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(again.out));
}

}  // namespace
}  // namespace bitcpp
