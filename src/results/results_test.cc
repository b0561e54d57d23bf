// The store keeps what was measured, refuses what is damaged, and its figures are the textbook's.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "results/document.h"
#include "results/store.h"
#include "results/summary.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

fs::path fresh_store(const std::string& name) {
  const fs::path folder = fs::path(testing::TempDir()) / ("results_" + name);
  fs::remove_all(folder);
  return folder / "store.jsonl";
}

ResultLine line(const std::string& recipe, long seed, double student, double teacher = 0.9) {
  ResultLine rows = ResultLine::array(
      {{{"name", "n-gram linear"}, {"accuracy", 0.7}, {"microseconds_per_text", 5.0}},
       {{"name", "teacher (fp32)"},
        {"accuracy", teacher},
        {"bytes", 90e6},
        {"microseconds_per_text", 6000.0}}});
  if (student > 0)
    rows.push_back({{"name", "W1A1 (w1a1)"},
                    {"accuracy", student},
                    {"bytes", 3.68e6},
                    {"microseconds_per_text", 240.0}});
  return {{"task", "sst2"},     {"recipe", recipe},     {"settings", ResultLine::array()},
          {"seed", seed},       {"model", "minilm"},    {"train_texts", 100},
          {"dev_texts", 50},    {"metric", "accuracy"}, {"rows", rows},
          {"machine", "a CPU"}, {"commit", "abc"},      {"date", "2026-11-24T00:00:00Z"}};
}

std::string error_of(const fs::path& store) {
  try {
    read_results(store);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ResultsStore, KeepsLinesInOrderAndTheSameLineOnce) {
  const fs::path store = fresh_store("order");
  EXPECT_TRUE(read_results(store).empty());
  append_result(store, line("bit", 1, 0.8));
  append_result(store, line("bit", 2, 0.82));
  append_result(store, line("bit", 1, 0.8));
  const auto read = read_results(store);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1], line("bit", 2, 0.82));
  EXPECT_EQ(read[0].begin().key(), "task") << "the order of keys is kept";
}

TEST(ResultsStore, LosesNothingWhenTwoProcessesAppend) {
#ifdef __EMSCRIPTEN__
  GTEST_SKIP() << "WebAssembly has no second process";
#endif
  const fs::path store = fresh_store("two");
  fs::create_directories(store.parent_path());
  const pid_t child = ::fork();
  for (long i = 0; i < 40; ++i) append_result(store, line(child ? "a" : "b", i, 0.8));
  if (child == 0) ::_exit(0);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(read_results(store).size(), 80u);
}

TEST(ResultsStore, ErrorsNameFileLineAndWhatWasExpected) {
  const fs::path store = fresh_store("damaged");
  append_result(store, line("bit", 1, 0.8));
  const std::string good = read_file(store);
  write_file(store, good + "{\"task\": \n");
  EXPECT_NE(error_of(store).find("store.jsonl:2: expected a JSON object"), std::string::npos);
  for (const char* key : {"task", "metric", "seed", "settings", "rows", "date"}) {
    ResultLine broken = line("bit", 1, 0.8);
    broken[key] = nullptr;
    write_file(store, good + "\n" + broken.dump() + "\n");
    EXPECT_NE(error_of(store).find("store.jsonl:3: expected \"" + std::string(key) + "\""),
              std::string::npos)
        << error_of(store);
  }
  EXPECT_THROW(append_result(store, line("bit", 2, 0.8)), Error)
      << "a damaged store stays as it is";
}

TEST(Summary, MeanAndSampleDeviation) {
  const Spread three = spread({0.78, 0.80, 0.85});
  EXPECT_NEAR(three.mean, 0.81, 1e-12);
  EXPECT_NEAR(three.deviation.value(), std::sqrt((0.0009 + 0.0001 + 0.0016) / 2), 1e-12);
  EXPECT_FALSE(spread({0.5}).deviation.has_value());
}

TEST(Summary, RetainedAdvantage) {
  EXPECT_NEAR(retained_advantage(0.899, 0.825, 0.934).value(), 0.679, 5e-4);  // BiT on SST-2
  EXPECT_LT(retained_advantage(0.6, 0.7, 0.9).value(), 0);
  EXPECT_FALSE(retained_advantage(0.6, 0.7, 0.7).has_value());
}

TEST(Summary, SeedsGoTogetherAndALaterLineReplacesAnEarlierOne) {
  const auto tasks = summarize({line("bit", 2, 0.80), line("bit", 1, 0.50), line("teacher", 1, 0),
                                line("bit", 1, 0.84), line("best", 1, 0.86, 0.91)});
  ASSERT_EQ(tasks.size(), 1u);
  ASSERT_EQ(tasks[0].recipes.size(), 3u);
  const RecipeSummary& bit = tasks[0].recipes[0];
  EXPECT_EQ(bit.seeds, (std::vector<long>{1, 2}));
  EXPECT_NEAR(bit.student->metric.mean, 0.82, 1e-12);
  EXPECT_NEAR(bit.retained.value(), 0.12 / 0.2, 1e-9);
  EXPECT_NEAR(tasks[0].recipes[2].retained.value(), 0.16 / 0.21, 1e-9) << "by its own teacher";
  EXPECT_FALSE(tasks[0].recipes[1].student.has_value());
  EXPECT_EQ(tasks[0].teacher.metric.count, 2);
}

TEST(Summary, OtherDataIsAnotherTable) {
  ResultLine tenth = line("bit", 1, 0.7);
  tenth["train_texts"] = 10;
  EXPECT_EQ(summarize({line("bit", 1, 0.8), tenth}).size(), 2u);
}

TEST(ResultsPage, PutsPublishedFiguresBesideOurs) {
  const auto tasks = summarize({line("bit", 1, 0.80), line("bit", 2, 0.84)});
  const PublishedFigure figure{"sst2", "BERT-base", "BiT W1A1", "accuracy", "a paper", 0.899};
  const PublishedFigure other{"cola", "BERT-base", "BiT W1A1", "matthews", "a paper", 0.329};
  const std::string page = results_page(tasks, {figure, other}, "## What did not work\n");
  EXPECT_NE(page.find("| *BiT W1A1, BERT-base (a paper)* | 89.9 |"), std::string::npos) << page;
  EXPECT_EQ(page.find("32.9"), std::string::npos);
  EXPECT_NE(page.find("| `bit`, W1A1 | 82.0 ± 2.8 | 60 % | 1, 2 | 3.68 MB | 240 µs |"),
            std::string::npos)
      << page;
  EXPECT_TRUE(page.ends_with("## What did not work\n"));
}

TEST(ResultsPage, TheRepositorysPageIsThatOfItsStore) {
  const fs::path root = BITCPP_SOURCE_DIR;
  const std::string page = results_page(summarize(read_results(root / "results/results.jsonl")),
                                        read_published(root / "results/published.jsonl"),
                                        read_file(root / "results/notes.md"));
  EXPECT_TRUE(read_file(root / "docs/results.md") == page)
      << "run: make results (after new lines in the store)";
}

TEST(ResultsPage, PublishedFiguresOfTheRepositoryAreReadable) {
  const auto figures = read_published(BITCPP_SOURCE_DIR "/results/published.jsonl");
  EXPECT_GE(figures.size(), 10u);
  for (const PublishedFigure& figure : figures) {
    EXPECT_GT(figure.value, 0) << figure.task;
    EXPECT_LT(figure.value, 1) << figure.task;
  }
}

}  // namespace
}  // namespace bitcpp
