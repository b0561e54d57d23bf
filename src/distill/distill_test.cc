// The main job on a small network: it learns, it verifies, and killed at any moment it resumes to
// the same weights.
#include "distill/distill.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "distill/tiny_run.h"
#include "model/answerer.h"
#include "model/predictor.h"
#include "model/tagger.h"
#include "train/folder.h"
#include "train/libtorch.h"
#include "train/tiny_task.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

TEST(Distill, LearnsPacksAndVerifies) {
  const Bench bench("whole");
  const nlohmann::json report = distill(bench.inputs("out"), bench.recipe());
  EXPECT_TRUE(report["verify"]["passed"].get<bool>()) << report["verify"];
  EXPECT_EQ(report["verify"]["equal_hidden_states"], 1.0);
  ASSERT_EQ(report["rows"].size(), 4u);
  EXPECT_GT(report["rows"][3]["accuracy"].get<double>(), 0.8) << report["rows"];
  Predictor predictor = Predictor::open(bench.folder / "out/model.safetensors");
  EXPECT_EQ(predictor.label_name(predictor.predict("w7 w20 w21").label), "low");
  EXPECT_EQ(predictor.label_name(predictor.predict("w27 w8 w9").label), "high");
  const nlohmann::json judged =
      nlohmann::json::parse(read_file(bench.folder / "out/judgements.json"));
  EXPECT_EQ(judged["labels"].size(), 2u);
  ASSERT_EQ(judged["judges"].size(), 3u);
  EXPECT_EQ(judged["actual"].size(), 60u);
  double right = 0;
  for (int i = 0; i < 60; ++i) right += judged["judges"][2]["predicted"][i] == judged["actual"][i];
  EXPECT_DOUBLE_EQ(right / 60, report["rows"][3]["accuracy"].get<double>());
  const std::string page = read_file(bench.folder / "out/report.html");
  for (const char* part : {"<h2>Result</h2>", "<h2>Inside w1a1</h2>", "<h2>Confusions</h2>"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  for (const char* stage : {"teacher", "w1a2", "w1a1"})
    EXPECT_FALSE(fs::is_empty(bench.folder / "out/tensorboard" / stage)) << stage;
  for (const char* left : {"out/w1a1.checkpoint.safetensors", "out/w1a1.best.safetensors"})
    EXPECT_FALSE(fs::exists(bench.folder / left)) << left;
}

TEST(Distill, AddsAnNgramHeadWhereItPays) {
  const Bench bench("ngrams");
  Recipe recipe = bench.recipe();
  recipe.ngrams = true;
  recipe.teacher.max_steps = 1;  // so that the network knows little
  for (StageRecipe& stage : recipe.stages) stage.max_steps = 1;
  const nlohmann::json report = distill(bench.inputs("out"), recipe);
  ASSERT_EQ(report["rows"].size(), 5u);
  const nlohmann::json &student = report["rows"][3], &both = report["rows"][4];
  EXPECT_EQ(both["name"], "W1A1 + n-grams (w1a1)");
  EXPECT_GT(both["accuracy"].get<double>(), student["accuracy"].get<double>() + 0.05);
  EXPECT_GT(both["bytes"].get<double>(), student["bytes"].get<double>() + (2 << 17));
  EXPECT_TRUE(report["verify"]["passed"].get<bool>()) << report["verify"];
  EXPECT_EQ(report["verify"]["packed"], report["verify"]["trained"]);
  // A resumed run finds the head that it has made.
  const std::string packed = read_file(bench.folder / "out/model.safetensors");
  const nlohmann::json again = distill(bench.inputs("out", true), recipe);
  EXPECT_EQ(again["rows"].size(), 5u);
  EXPECT_EQ(read_file(bench.folder / "out/model.safetensors"), packed);
  EXPECT_GT(read_network_config(bench.folder / "out/w1a1-ngrams").ngram_buckets, 0);
}

/// Runs a distillation in a process of its own; kills it after `milliseconds` unless negative.
/// Returns whether it finished.
bool run_apart(const Bench& bench, const std::string& out, int milliseconds) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      distill(bench.inputs(out, true), bench.recipe());
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  if (milliseconds >= 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(child, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// The log without what a clock says and without losses, which are means since the line before:
/// after a kill of fewer steps.
std::vector<nlohmann::json> steady_log(const fs::path& run) {
  std::vector<nlohmann::json> lines;
  std::istringstream log(read_file(run / "log.jsonl"));
  for (std::string text; std::getline(log, text);) {
    nlohmann::json line = nlohmann::json::parse(text);
    for (const char* key : {"time", "texts_per_second", "loss_logits", "loss_hidden"})
      line.erase(key);
    lines.push_back(line);
  }
  return lines;
}

TEST(Distill, KilledAgainAndAgainItEndsWithTheSameModel) {
  const Bench bench("killed");
  ASSERT_TRUE(run_apart(bench, "straight", -1));
  int kills = 0;
  for (int wait = 150; kills < 40 && !run_apart(bench, "killed", wait); wait += 60) ++kills;
  EXPECT_GE(kills, 1);
  for (const char* file : {"model.safetensors", "w1a1/model.safetensors", "w1a2/model.safetensors",
                           "teacher/model.safetensors"})
    EXPECT_EQ(read_file(bench.folder / "killed" / file),
              read_file(bench.folder / "straight" / file))
        << file;
  EXPECT_EQ(steady_log(bench.folder / "killed"), steady_log(bench.folder / "straight"));
}

std::string error_of(const DistillInputs& inputs, const Recipe& recipe) {
  try {
    distill(inputs, recipe);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Distill, RefusesAFolderInUseAndARunBegunOtherwise) {
  const Bench bench("refuses");
  Recipe recipe = bench.recipe();
  recipe.teacher.max_steps = recipe.stages[0].max_steps = recipe.stages[1].max_steps = 1;
  distill(bench.inputs("out"), recipe);
  EXPECT_NE(error_of(bench.inputs("out"), recipe).find("--resume"), std::string::npos);
  recipe.seed = 99;
  EXPECT_NE(error_of(bench.inputs("out", true), recipe).find("another recipe"), std::string::npos);
}

TEST(Distill, RefusesMoreTokensThanTheModelHasPositions) {
  const Bench bench("positions");
  Recipe recipe = bench.recipe();
  recipe.max_length = 17;
  EXPECT_EQ(error_of(bench.inputs("out"), recipe),
            (bench.folder / "backbone").string() +
                ": this model takes at most 16 tokens, the recipe's max_length is 17");
  EXPECT_FALSE(fs::exists(bench.folder / "out"));
}

TEST(Distill, LeavesFilesOfSomethingElseAlone) {
  const Bench bench("foreign");
  fs::create_directories(bench.folder / "out");
  write_file(bench.folder / "out/mine.tmp", "precious");
  EXPECT_NE(error_of(bench.inputs("out", true), bench.recipe()).find("something else"),
            std::string::npos);
  EXPECT_EQ(read_file(bench.folder / "out/mine.tmp"), "precious");
}

TEST(Distill, WeightsThatCannotBeReadLeaveNoFolder) {
  const Bench bench("weights");
  fs::resize_file(bench.folder / "backbone/model.safetensors", 1000);
  EXPECT_NE(error_of(bench.inputs("out"), bench.recipe()).find("model.safetensors"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(bench.folder / "out"));
}

TEST(Distill, WithoutStagesTheTeacherStandsAlone) {
  const Bench bench("alone");
  Recipe recipe = bench.recipe();
  recipe.stages.clear();
  const nlohmann::json report = distill(bench.inputs("out"), recipe);
  EXPECT_EQ(report["rows"].size(), 2u);
  EXPECT_TRUE(report["verify"].is_null());
  EXPECT_TRUE(fs::exists(bench.folder / "out/teacher/model.safetensors"));
  EXPECT_FALSE(fs::exists(bench.folder / "out/model.safetensors"));
}

TEST(Distill, AStageStartingFromAndTaughtByTheTeacherIsTheFirstOfItsOwn) {
  const Bench bench("direct");
  Recipe recipe = bench.recipe();
  recipe.stages[0].max_steps = recipe.stages[1].max_steps = 4;
  recipe.stages[1].start = recipe.stages[1].teacher = Source::kTeacher;
  distill(bench.inputs("second"), recipe);
  recipe.stages.erase(recipe.stages.begin());
  recipe.stages[0].start = recipe.stages[0].teacher = Source::kPrevious;
  distill(bench.inputs("first"), recipe);
  EXPECT_EQ(read_file(bench.folder / "second/w1a1/model.safetensors"),
            read_file(bench.folder / "first/w1a1/model.safetensors"));
}

TEST(Distill, AStageTheFormatHasNoRoomForIsMeasuredUnpacked) {
  const Bench bench("unpacked");
  Recipe recipe = bench.recipe();
  recipe.stages[0].max_steps = recipe.stages[1].max_steps = 2;
  recipe.stages[1].quantization.variant.attention = AttentionKind::kBool;
  const nlohmann::json report = distill(bench.inputs("out"), recipe);
  EXPECT_TRUE(report["verify"].is_null());
  ASSERT_EQ(report["rows"].size(), 4u);
  EXPECT_EQ(report["rows"][3]["name"], "W1A1 (w1a1), not packed");
  EXPECT_FALSE(report["rows"][3].contains("bytes"));
  EXPECT_TRUE(report["rows"][2].contains("bytes"));
  EXPECT_TRUE(fs::exists(bench.folder / "out/w1a2.safetensors"));
  EXPECT_FALSE(fs::exists(bench.folder / "out/model.safetensors"));
}

TEST(Distill, EveryLossAndDropoutOfAStageTrains) {
  const Bench bench("losses");
  Recipe recipe = bench.recipe();
  recipe.stages.pop_back();
  StageRecipe& stage = recipe.stages[0];
  stage.max_steps = 20;
  stage.hidden_form = HiddenForm::kDirection;
  stage.direction_loss = 1;
  stage.logit_form = LogitForm::kPublished;
  stage.initial_scale = InitialScale::kPublished;
  stage.attention_dropout = stage.head_dropout = stage.teacher_dropout = 0.1;
  stage.quantization.variant.padding = Padding::kMaxLength;
  stage.quantization.half_tables = false;
  const nlohmann::json report = distill(bench.inputs("out"), recipe);
  EXPECT_TRUE(report["rows"][2]["accuracy"].is_number());
  EXPECT_NE(read_file(bench.folder / "out/log.jsonl").find("loss_direction"), std::string::npos);
}

std::string word(std::int32_t id) { return "w" + std::to_string(id); }

/// Words below 12 are names, the others are not.
std::string tagged_rows(std::size_t count) {
  std::string rows;
  for (const EncodedText& text : tiny_texts(count)) {
    for (std::size_t i = 1; i + 1 < text.ids.size(); ++i)
      rows += word(text.ids[i]) + (text.ids[i] < 12 ? " B-X\n" : " O\n");
    rows += "\n";
  }
  return rows;
}

TEST(Distill, LearnsToTag) {
  const Bench bench("tagging");
  write_file(bench.folder / "train.conll", tagged_rows(240));
  write_file(bench.folder / "dev.conll", tagged_rows(60));
  DistillInputs inputs = bench.inputs("out");
  inputs.train = bench.folder / "train.conll";
  inputs.dev = bench.folder / "dev.conll";
  const nlohmann::json report = distill(inputs, bench.recipe());
  EXPECT_EQ(report["task"], "tagging");
  EXPECT_TRUE(report["verify"]["passed"].get<bool>()) << report["verify"];
  EXPECT_EQ(report["verify"]["equal_hidden_states"], 1.0);
  ASSERT_EQ(report["rows"].size(), 4u);
  EXPECT_EQ(report["rows"][0]["f1"], 1.0) << "the usual tag of a word is always right here";
  EXPECT_GT(report["rows"][3]["f1"].get<double>(), 0.8) << report["rows"];
  EXPECT_EQ(report["rows"][3]["f1"], report["verify"]["packed"]["f1"]);
  EXPECT_TRUE(fs::exists(bench.folder / "out/report.html"));
  EXPECT_FALSE(fs::exists(bench.folder / "out/judgements.json"));
  Tagger tagger = Tagger::open(inputs.out / "model.safetensors");
  const TagInput input{"w20 w7, w21", {}};
  ASSERT_EQ(tagger.tag({&input, 1})[0].words.size(), 4u);
  // The trained folder is a teacher for the same tags.
  EXPECT_EQ(read_network_config(inputs.out / "teacher").task, TaskKind::kTagging);
}

/// One question; its answer is the first word of the context below 12.
std::string question_file(std::size_t count) {
  nlohmann::json paragraphs = nlohmann::json::array();
  for (const EncodedText& text : tiny_texts(count)) {
    std::string context, answer;
    std::size_t begin = 0;
    for (std::size_t i = 1; i + 1 < text.ids.size(); ++i) {
      if (i > 1) context += ' ';
      if (answer.empty() && text.ids[i] < 12) answer = word(text.ids[i]), begin = context.size();
      context += word(text.ids[i]);
    }
    if (answer.empty()) continue;
    paragraphs.push_back({{"context", context},
                          {"qas",
                           {{{"id", "q"},
                             {"question", "w29"},
                             {"answers", {{{"text", answer}, {"answer_start", begin}}}}}}}});
  }
  return nlohmann::json{{"data", {{{"paragraphs", paragraphs}}}}}.dump();
}

TEST(Distill, LearnsToAnswer) {
  const Bench bench("answers");
  write_file(bench.folder / "train.json", question_file(300));
  write_file(bench.folder / "dev.json", question_file(80));
  DistillInputs inputs = bench.inputs("out");
  inputs.train = bench.folder / "train.json";
  inputs.dev = bench.folder / "dev.json";
  Recipe recipe = bench.recipe();
  recipe.stride = 4;
  const nlohmann::json report = distill(inputs, recipe);
  EXPECT_EQ(report["task"], "question-answering");
  EXPECT_TRUE(report["verify"]["passed"].get<bool>()) << report["verify"];
  ASSERT_EQ(report["rows"].size(), 3u);  // no floor
  EXPECT_GT(report["rows"][2]["exact_match"].get<double>(), 0.6) << report["rows"];
  EXPECT_EQ(report["rows"][2]["f1"], report["verify"]["packed"]["f1"]);
  Answerer answerer = Answerer::open(inputs.out / "model.safetensors");
  EXPECT_EQ(answerer.runner().encoder().config().stride, 4);
  const Question question{"w29", "w20 w21 w7 w22"};
  EXPECT_EQ(answerer.answer({&question, 1})[0].text(question.context), "w7");
}

TEST(Distill, StopsEarlyAndKeepsTheLastCheckpoints) {
  const Bench bench("early");
  Recipe recipe = bench.recipe();
  recipe.teacher.learning_rate = 0;  // the metric never rises after the first evaluation
  recipe.teacher.early_stopping = 2;
  recipe.teacher.keep_checkpoints = 2;
  const nlohmann::json summary = finetune(bench.inputs("out"), recipe);
  EXPECT_EQ(summary["steps"], 3 * 15);  // three evaluations of 15 steps, not six
  std::vector<std::string> kept;
  for (const auto& entry : fs::directory_iterator(bench.folder / "out"))
    if (entry.is_directory()) kept.push_back(entry.path().filename().string());
  std::sort(kept.begin(), kept.end());
  EXPECT_EQ(kept, (std::vector<std::string>{"teacher-step-0000030", "teacher-step-0000045"}));
  EXPECT_EQ(read_file(bench.folder / "out/teacher-step-0000045/model.safetensors"),
            read_file(bench.folder / "out/model.safetensors"));
}

TEST(Distill, ATeacherForTheTaskIsTakenAsItIs) {
  const Bench bench("teacher");
  Recipe recipe = bench.recipe();
  recipe.stages[0].max_steps = recipe.stages[1].max_steps = 1;
  DistillInputs inputs = bench.inputs("teacher");
  finetune(inputs, recipe);
  EXPECT_NE(read_file(inputs.out / "log.jsonl").find("loss_logits"), std::string::npos);
  EXPECT_NE(read_file(inputs.out / "report.html").find("<svg"), std::string::npos);
  inputs.model = bench.folder / "teacher";
  inputs.out = bench.folder / "out";
  const nlohmann::json report = distill(inputs, recipe);
  EXPECT_FALSE(fs::exists(inputs.out / "teacher"));
  EXPECT_EQ(report["stages"].size(), 2u);
}

/// Without the teacher's training, for tests of what students do.
Recipe short_recipe(const Bench& bench) {
  Recipe recipe = bench.recipe();
  recipe.teacher.max_steps = recipe.stages[0].max_steps = recipe.stages[1].max_steps = 1;
  return recipe;
}

TEST(Distill, UnlabelledTextsTeachStudentsButNotTheTeacher) {
  const Bench bench("unlabelled");
  // Ten new texts (longer than any of the others), one of the training file and one of the
  // development file.
  std::string lines;
  for (int i = 10; i < 20; ++i)
    lines += "w9 w9 w9 w9 w9 w9 w9 w9 w9 w9 w9 w9 w9 w" + std::to_string(i) + "\n";
  const std::string train = read_file(bench.folder / "train.tsv");
  const std::string dev = read_file(bench.folder / "dev.tsv");
  for (const std::string& rows : {train, dev})
    lines += rows.substr(11, rows.find('\t', 11) - 11) + "\n";
  write_file(bench.folder / "more.txt", lines);
  Recipe recipe = bench.recipe();
  recipe.stages.resize(1);
  recipe.teacher.epochs = recipe.stages[0].epochs = 1;
  DistillInputs inputs = bench.inputs("out");
  inputs.unlabeled = {bench.folder / "more.txt"};
  const auto steps = [&](const nlohmann::json& report) {
    return std::pair<int, int>(report["stages"][0]["steps"], report["stages"][1]["steps"]);
  };
  EXPECT_EQ(steps(distill(inputs, recipe)), std::pair(15, 16));  // 240 and 250 texts by 16
  inputs.out = bench.folder / "fewer";
  recipe.unlabeled_per_labeled = 0.001;  // rounds to none of them
  EXPECT_EQ(steps(distill(inputs, recipe)), std::pair(15, 15));
}

TEST(Distill, AStageStartsFromAnotherRunsWeights) {
  const Bench bench("start");
  Recipe recipe = short_recipe(bench);
  distill(bench.inputs("first"), recipe);
  recipe.stages[1].learning_rate = recipe.stages[1].scale_learning_rate = 0;
  DistillInputs inputs = bench.inputs("out");
  inputs.starts = {{"w1a1", bench.folder / "first/w1a1"}};
  distill(inputs, recipe);
  // One step at rate 0: the weights are those it started from, scales and head included.
  EXPECT_EQ(read_file(bench.folder / "out/w1a1/model.safetensors"),
            read_file(bench.folder / "first/w1a1/model.safetensors"));
  EXPECT_NE(error_of(bench.inputs("out", true), recipe).find("other data"), std::string::npos);
  inputs.out = bench.folder / "unknown";
  inputs.starts[0].stage = "w9";
  EXPECT_NE(error_of(inputs, recipe).find("there are: w1a2, w1a1"), std::string::npos);
}

TEST(Distill, OfABareBodyOnlyTheBodyIsTaken) {
  const Bench bench("body");
  Recipe recipe = short_recipe(bench);
  for (StageRecipe& stage : recipe.stages) stage.learning_rate = stage.scale_learning_rate = 0;
  recipe.teacher.learning_rate = 0;
  NetworkConfig config = tiny_config({});
  config.labels.clear();
  save_network(bench.folder / "body", Network(config, torch::kCPU, 77), bench.folder / "backbone");
  DistillInputs inputs = bench.inputs("out");
  inputs.starts = {{"", bench.folder / "body"}};
  distill(inputs, recipe);
  const ParameterSet body = read_weights(bench.folder / "body");
  const ParameterSet teacher = read_weights(bench.folder / "out/teacher");
  const ParameterSet student = read_weights(bench.folder / "out/w1a2");
  const auto same = [&](const ParameterSet& from, const std::string& name) {
    return torch::equal(from.find(name)->tensor, student.find(name)->tensor);
  };
  EXPECT_TRUE(same(body, "bert.encoder.layer.1.output.dense.weight"));
  EXPECT_TRUE(same(body, "bert.embeddings.word_embeddings.weight"));
  EXPECT_TRUE(same(teacher, "bert.pooler.dense.weight"));
  EXPECT_TRUE(same(teacher, "classifier.weight"));
  EXPECT_GT(student.find("bert.pooler.dense.input.scale")->tensor.item<float>(), 0.001f);
}

TEST(Distill, TheDialStopsAtTheCheapestStageThatIsGoodEnough) {
  const Bench bench("dial");
  Recipe recipe = short_recipe(bench);
  DistillInputs inputs = bench.inputs("out");
  inputs.max_drop = 100;  // anything will do
  const nlohmann::json report = distill(inputs, recipe);
  EXPECT_EQ(report["dial"]["chosen"], "w1a1");
  EXPECT_EQ(report["dial"]["tried"].size(), 2u);
  EXPECT_EQ(report["rows"].size(), 4u);
  // Resumed with more asked for (no stage is two hundred points better than its teacher), it takes
  // what is trained.
  inputs.resume = true;
  inputs.max_drop = -200;
  const nlohmann::json strict = distill(inputs, recipe);
  EXPECT_FALSE(strict["dial"]["reached"].get<bool>());
  EXPECT_EQ(strict["dial"]["chosen"], "w1a2");
  EXPECT_EQ(strict["dial"]["tried"][1]["verdict"], "skipped");
  EXPECT_TRUE(strict["verify"]["passed"].get<bool>());
  EXPECT_TRUE(fs::exists(bench.folder / "out/model.safetensors"));
  EXPECT_EQ(Predictor::open(bench.folder / "out/model.safetensors").encoder().outputs(), 2u);
}

}  // namespace
}  // namespace bitcpp
