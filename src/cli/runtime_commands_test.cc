// bit run, eval and bench from their command lines to their output, on a small random model.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "cli/commands.h"
#include "format/packed_model.h"
#include "model/predictor.h"
#include "model/random_model.h"

namespace bitcpp {
namespace {

constexpr const char* kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nplay\nsome\njazz\nrock\nthe\nweather\nin\nparis\n";

class RuntimeCommandsTest : public testing::Test {
 protected:
  RuntimeCommandsTest() { std::filesystem::create_directories(folder_); }
  ~RuntimeCommandsTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return (folder_ / name).string();
  }
  std::string model(const std::string& task = "classification", bool pair = false) const {
    PackedConfig config = random_shape("1x64x4x96");
    config.vocab_size = 12;
    config.max_length = 8;
    config.pair = pair;
    config.task = task;
    config.labels = {"music", "weather", "other"};
    if (task == "regression") config.labels = {"score"};
    if (task == "tagging") config.labels = {"B-X", "I-X", "O"};
    if (task == "question-answering") {
      config.labels.clear();
      config.pair = true;
      config.max_length = 20;
      config.stride = 4;
    }
    RandomModel random = random_model(config);
    random.model.vocabulary = kVocabulary;
    if (task == "regression") random.model.config.labels.clear();
    const auto path = folder_ / "model.safetensors";
    write_packed_model(path, random.model);
    return path.string();
  }

  /// What the command writes to standard output; throws what it throws.
  static std::string output(std::vector<std::string> arguments) {
    int status = kSuccess;
    CLI::App app;
    add_run_command(app, status);
    add_eval_command(app, status);
    add_bench_command(app, status);
    std::ostringstream captured;
    std::streambuf* before = std::cout.rdbuf(captured.rdbuf());
    std::reverse(arguments.begin(), arguments.end());
    try {
      app.parse(arguments);
    } catch (...) {
      std::cout.rdbuf(before);
      last_output_ = captured.str();
      throw;
    }
    std::cout.rdbuf(before);
    return captured.str();
  }
  static std::string error(const std::vector<std::string>& arguments) {
    try {
      output(arguments);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  static std::vector<nlohmann::json> objects(const std::string& lines) {
    std::istringstream stream(lines);
    std::vector<nlohmann::json> all;
    for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("bitcpp-runtime-" + std::to_string(getpid()));
  static inline std::string last_output_;
};

TEST_F(RuntimeCommandsTest, RunAnswersEveryLineInOrder) {
  const std::string path = model();
  const std::string texts = write(
      "texts", "play some jazz\n\nthe weather in paris\nplay the rock in the paris weather\n");
  const auto lines = objects(output({"run", path, texts}));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0]["text"], "play some jazz");
  EXPECT_EQ(lines[1]["text"], "");
  EXPECT_FALSE(lines[0].contains("truncated"));
  EXPECT_EQ(lines[3]["truncated"], true);
  Predictor predictor = Predictor::open(path);
  for (const auto& line : lines) {
    const std::string text = line["text"];
    const Prediction prediction = predictor.predict(text);
    EXPECT_EQ(line["label"], predictor.label_name(prediction.label));
    EXPECT_FLOAT_EQ(line["score"].get<float>(), prediction.score);
    ASSERT_EQ(line["scores"].size(), 3u);
    EXPECT_FLOAT_EQ(line["scores"]["other"].get<float>(), prediction.scores[2]);
  }
}

TEST_F(RuntimeCommandsTest, RunGivesTheSameForEveryBatchAndThreadCount) {
  const std::string path = model();
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += i % 3 == 0   ? "play some jazz\n"
            : i % 3 == 1 ? "the weather\n"
                         : "rock in paris in paris\n";
  const std::string texts = write("texts", many), expected = output({"run", path, texts});
  EXPECT_EQ(output({"run", path, texts, "--batch", "1"}), expected);
  EXPECT_EQ(output({"run", path, texts, "--threads", "3", "--batch", "7"}), expected);
}

TEST_F(RuntimeCommandsTest, TopKeepsTheBestFirst) {
  const auto line = objects(output({"run", model(), write("texts", "jazz\n"), "--top", "2"})).at(0);
  ASSERT_EQ(line["scores"].size(), 2u);
  EXPECT_EQ(line["scores"][line["label"].get<std::string>()], line["score"]);
}

TEST_F(RuntimeCommandsTest, RunAnswersWhatCameBeforeABadLine) {
  const std::string path = model(), texts = write("a.jsonl", "{\"text\":\"jazz\"}\n{}\n");
  EXPECT_EQ(error({"run", path, texts}),
            texts + ":2: expected a JSON object with the key \"text\"");
  EXPECT_EQ(objects(last_output_).size(), 1u);
  const std::string long_text = write("b", "jazz\nplay the rock in the paris weather\n");
  EXPECT_EQ(error({"run", path, long_text, "--too-long", "refuse"}),
            long_text + ":2: expected at most 8 tokens");
  EXPECT_EQ(objects(last_output_).size(), 1u);
}

TEST_F(RuntimeCommandsTest, LongTextsAreCutAndCountedOrRefused) {
  const std::string path = model();
  const std::string texts = write("b", "jazz\nplay the rock in the paris weather\n");
  const std::string data =
      write("dev.tsv", "text\tlabel\njazz\tmusic\nplay the rock in the paris weather\tweather\n");
  std::ostringstream notes;
  std::streambuf* before = std::cerr.rdbuf(notes.rdbuf());
  EXPECT_EQ(objects(output({"run", path, texts, "--too-long", "truncate"})).size(), 2u);
  output({"eval", path, "--data", data});
  std::cerr.rdbuf(before);
  const std::string note = "1 of 2 texts were cut to 8 tokens\n";
  EXPECT_EQ(notes.str(), note + note);
  EXPECT_EQ(error({"eval", path, "--data", data, "--too-long", "refuse"}),
            data + ":3: expected at most 8 tokens");
  EXPECT_EQ(
      objects(output({"run", path, texts, "--max-length", "9", "--too-long", "refuse"})).size(),
      2u);
}

TEST_F(RuntimeCommandsTest, MoreTokensThanPositionsAreRefused) {
  const std::string path = model(), texts = write("b", "jazz\n"),
                    data = write("dev.tsv", "text\tlabel\njazz\tmusic\n");
  const std::string expected = "a maximum length of 513 tokens, expected 3 to this model's 512";
  EXPECT_EQ(error({"run", path, texts, "--max-length", "513"}), expected);
  EXPECT_EQ(error({"eval", path, "--data", data, "--max-length", "513"}), expected);
}

TEST_F(RuntimeCommandsTest, PairsAndRegression) {
  const std::string path = model("regression", true), texts = write("texts", "jazz\trock\n");
  const auto line = objects(output({"run", path, texts})).at(0);
  EXPECT_EQ(line["text"], "jazz");
  EXPECT_EQ(line["pair"], "rock");
  EXPECT_FALSE(line.contains("label"));
  EXPECT_FLOAT_EQ(line["score"].get<float>(), Predictor::open(path).predict("jazz", "rock").score);
}

TEST_F(RuntimeCommandsTest, EvalCountsWhatRunAnswers) {
  const std::string path = model();
  Predictor predictor = Predictor::open(path);
  std::string rows = "text\tlabel\n";
  int correct = 0;
  const std::vector<std::string> texts = {"jazz", "rock in paris", "the weather", "play some"},
                                 labels = {"music", "weather", "other", "music"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    rows += texts[i] + "\t" + labels[i] + "\n";
    correct += predictor.label_name(predictor.predict(texts[i]).label) == labels[i];
  }
  const auto result =
      nlohmann::json::parse(output({"eval", path, "--data", write("dev.tsv", rows), "--json"}));
  EXPECT_EQ(result["n"], 4);
  EXPECT_DOUBLE_EQ(result["accuracy"].get<double>(), correct / 4.0);
  EXPECT_TRUE(result.contains("f1") && result.contains("matthews"));
}

TEST_F(RuntimeCommandsTest, EvalOfRegressionAndBadFiles) {
  const std::string path = model("regression");
  const std::string data = write("dev.tsv", "text\tlabel\njazz\t0.5\nrock\t1.5\nplay some\t2.25\n");
  const auto result = nlohmann::json::parse(output({"eval", path, "--data", data, "--json"}));
  EXPECT_EQ(result["n"], 3);
  EXPECT_TRUE(result.contains("pearson") && result.contains("spearman"));
  EXPECT_NE(error({"eval", model("classification", true), "--data", data})
                .find("this model judges pairs"),
            std::string::npos);
  EXPECT_NE(error({"eval", model(), "--data",
                   write("bad.tsv", "text\tlabel\njazz\tmusic\nrock\tnonsense\n")})
                .find("bad.tsv:3"),
            std::string::npos);
}

TEST_F(RuntimeCommandsTest, TaggersGiveEntitiesAndWords) {
  const std::string path = model("tagging");
  const std::string texts = write("a", "play some jazz, paris\n");
  const auto line = objects(output({"run", path, texts, "--words"})).at(0);
  ASSERT_EQ(line["words"].size(), 5u);
  EXPECT_EQ(line["words"][2]["text"], "jazz");
  EXPECT_EQ(line["words"][3]["text"], ",");
  EXPECT_EQ(line["words"][4]["start"], 16);
  EXPECT_EQ(line["words"][4]["end"], 21);
  std::size_t inside = 0;
  for (const auto& word : line["words"]) inside += word["tag"] != "O";
  std::size_t covered = 0;
  for (const auto& entity : line["entities"]) {
    EXPECT_EQ(entity["label"], "X");
    const std::size_t start = entity["start"], end = entity["end"];
    EXPECT_EQ(entity["text"], std::string("play some jazz, paris").substr(start, end - start));
    for (const auto& word : line["words"]) covered += word["start"] >= start && word["end"] <= end;
  }
  EXPECT_EQ(covered, inside);
  EXPECT_FALSE(objects(output({"run", path, texts})).at(0).contains("words"));
}

TEST_F(RuntimeCommandsTest, TaggersAreMeasuredByEntities) {
  const std::string path = model("tagging");
  const std::string data = write("dev.conll", "play O\njazz B-X\n\nparis B-X\n");
  const auto result = nlohmann::json::parse(output({"eval", path, "--data", data, "--json"}));
  EXPECT_EQ(result["n"], 2);
  for (const char* key : {"precision", "recall", "f1", "accuracy"})
    EXPECT_TRUE(result.contains(key)) << key;
  EXPECT_NE(error({"eval", path, "--data", write("bad.conll", "play O\njazz B-Y\n")})
                .find("bad.conll:2: unknown label \"B-Y\""),
            std::string::npos);
  EXPECT_NE(error({"eval", path, "--data", write("dev.tsv", "text\tlabel\njazz\tO\n")})
                .find("expected tagged words for tagging"),
            std::string::npos);
}

TEST_F(RuntimeCommandsTest, QuestionsAreAnsweredFromTheirContext) {
  const std::string path = model("question-answering");
  const std::string context =
      "some jazz in paris play the rock some jazz in paris play the rock the weather in paris";
  const std::string texts = write("a", "the weather\t" + context + "\n");
  const auto line = objects(output({"run", path, texts, "--top", "5"})).at(0);
  EXPECT_EQ(line["question"], "the weather");
  const std::size_t start = line["start"], end = line["end"];
  EXPECT_EQ(line["answer"], context.substr(start, end - start));
  EXPECT_FALSE(line["answer"].get<std::string>().empty());
  ASSERT_EQ(line["answers"].size(), 5u);
  EXPECT_EQ(line["answers"][0]["answer"], line["answer"]);
  EXPECT_GE(line["answers"][0]["score"], line["answers"][1]["score"]);
  EXPECT_EQ(objects(output({"run", path, write("b", "jazz\t\n")})).at(0)["answer"], "");

  const std::string data =
      write("dev.json", R"({"data":[{"paragraphs":[{"context":")" + context +
                            R"(","qas":[{"question":"the weather","answers":[{"text":")" +
                            line["answer"].get<std::string>() + R"(","answer_start":)" +
                            std::to_string(start) + "}]}]}]}]}");
  EXPECT_EQ(output({"eval", path, "--data", data, "--json"}),
            "{\"n\":1,\"exact_match\":1.0,\"f1\":1.0}\n");
}

TEST_F(RuntimeCommandsTest, GlueSubmissions) {
  PackedConfig config = random_shape("1x64x4x96");
  config.vocab_size = 12;
  RandomModel random = random_model(config);  // labels 0 and 1
  random.model.vocabulary = kVocabulary;
  const std::string path = (folder_ / "glue.safetensors").string();
  write_packed_model(path, random.model);
  const std::string file = write("test.tsv", "index\tsentence\n0\tplay jazz\n1\tthe weather\n");
  Predictor predictor = Predictor::open(path);
  EXPECT_EQ(output({"run", "--glue", "SST-2", path, file}),
            "index\tprediction\n0\t" + predictor.label_name(predictor.predict("play jazz").label) +
                "\n1\t" + predictor.label_name(predictor.predict("the weather").label) + "\n");
  EXPECT_NE(error({"run", "--glue", "MNLI-m", path, file}).find("contradiction, entailment"),
            std::string::npos);
  EXPECT_NE(error({"run", "--glue", "MRPC", path, file}).find("a model for pairs"),
            std::string::npos);
  EXPECT_NE(error({"run", "--glue", "SST", path, file}).find("expected one of: CoLA, SST-2"),
            std::string::npos);
  EXPECT_NE(error({"run", "--glue", "SST-2", path}).find("test file"), std::string::npos);
  const std::string scores = model("regression", true);
  const std::string pairs = write("pairs.tsv", "index\tsentence1\tsentence2\n0\tjazz\trock\n");
  const std::string row = output({"run", "--glue", "STS-B", scores, pairs}).substr(17);
  EXPECT_EQ(row.size(), std::string("0\t0.000\n").size()) << row;
}

TEST_F(RuntimeCommandsTest, BenchReportsEveryLength) {
  const auto results = objects(output({"bench", "--seq", "7,30", "random:1x64x4x96", "--batch", "3",
                                       "--threads", "2", "--seconds", "0", "--json"}));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0]["seq"], 7);
  EXPECT_EQ(results[1]["seq"], 30);
  for (const auto& result : results) {
    EXPECT_EQ(result["batch"], 3);
    EXPECT_EQ(result["threads"], 2);
    EXPECT_GT(result["latency_ms"]["min"].get<double>(), 0);
    EXPECT_LE(result["latency_ms"]["min"].get<double>(),
              result["latency_ms"]["median"].get<double>());
    for (const char* key : {"cpu", "isa", "compiler", "version", "tokens_per_s", "open_ms"})
      EXPECT_TRUE(result.contains(key)) << key;
    EXPECT_FALSE(result.contains("stages"));
  }
  EXPECT_NE(error({"bench", "random:1x64x4x96", "--seq", "513"}), "");
  EXPECT_NE(error({"bench", "random:nonsense"}), "");
}

TEST_F(RuntimeCommandsTest, BenchKnowsTheBitsOfEveryPlace) {
  for (const char* bits : {"1", "2", "4", "8", "ternary"}) {
    const auto result = objects(output({"bench", "random:1x64x4x96", "--seq", "7", "--seconds", "0",
                                        "--json", "--attention-bits", bits, "--relu-bits", "2"}));
    ASSERT_EQ(result.size(), 1u) << bits;
    EXPECT_GT(result[0]["latency_ms"]["min"].get<double>(), 0) << bits;
  }
  EXPECT_NE(error({"bench", model(), "--attention-bits", "8"}).find("random:SHAPE"),
            std::string::npos);
}

TEST_F(RuntimeCommandsTest, BenchCountsTheWorkOfEachStage) {
  const auto result = objects(output({"bench", "random:2x64x4x96", "--seq", "10", "--batch", "3",
                                      "--seconds", "0", "--stages", "--json"}))
                          .at(0);
  std::map<std::string, nlohmann::json> stages;
  for (const auto& stage : result["stages"]) stages[stage["stage"]] = stage;
  ASSERT_EQ(stages.size(), 8u);
  // 30 rows, of which the last layer needs 3 queries.
  EXPECT_EQ(stages["query, key, value"]["multiply_adds"], (4 * 30 + 33) * 64 * 64);
  EXPECT_EQ(stages["attention"]["multiply_adds"], 33 * 10 * 64 * 2);
  EXPECT_EQ(stages["attention output"]["multiply_adds"], 33 * 64 * 64);
  EXPECT_EQ(stages["ffn up"]["multiply_adds"], 33 * 64 * 96);
  EXPECT_EQ(stages["ffn down"]["multiply_adds"], 33 * 64 * 96);
  EXPECT_EQ(stages["pooler and head"]["multiply_adds"], 3 * 64 * (64 + 2));
  for (const auto& [name, stage] : stages) {
    EXPECT_GT(stage["ms"].get<double>(), 0) << name;
    EXPECT_GT(stage["limit_ms"].get<double>(), 0) << name;
  }
  EXPECT_NE(output({"bench", "random:2x64x4x96", "--seq", "10", "--seconds", "0", "--stages"})
                .find("layer norm"),
            std::string::npos);
}

}  // namespace
}  // namespace bitcpp
