// The model in models/ through every command, on the data it was made for.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/file.h"
#include "cli/program.h"

namespace bitcpp {
namespace {

constexpr double kLargestFile = 3.7e6;    // bytes
constexpr double kLeastAccuracy = 0.975;  // on SNIPS validation

const std::vector<std::pair<std::string, std::string>> kPlainSentences = {
    {"play some jazz by miles davis", "PlayMusic"},
    {"will it rain in paris tomorrow", "GetWeather"},
    {"book a table for two at an italian restaurant", "BookRestaurant"},
    {"add this song to my workout playlist", "AddToPlaylist"},
    {"give this book four out of five stars", "RateBook"},
};

std::string model() { return shipped_model().string(); }

/// The text and label columns of the validation file, which has a header and no quotes.
std::vector<std::pair<std::string, std::string>> validation_rows() {
  std::vector<std::pair<std::string, std::string>> rows;
  const std::string content = read_file(snips_validation());
  for (std::size_t begin = content.find('\n') + 1; begin < content.size();) {
    const std::size_t end = content.find('\n', begin);
    const std::string line = content.substr(begin, end - begin);
    const std::size_t tab = line.find('\t');
    rows.emplace_back(line.substr(0, tab), line.substr(tab + 1));
    begin = end + 1;
  }
  return rows;
}

std::string validation_texts() {
  std::string texts;
  for (const auto& [text, label] : validation_rows()) texts += text + "\n";
  return texts;
}

TEST(ShippedModel, SentimentsAreToldApart) {
  for (const char* name : {"sst2-minilm-w1a1.safetensors", "sst2-minilm-w1a2.safetensors"}) {
    const std::string sentiment = (shipped_model().parent_path() / name).string();
    const Outcome outcome = run_bit(
        {"run", sentiment}, "a warm, funny and moving film\nit is a complete waste of two hours\n");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto answers = json_lines(outcome.out);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0].at("label"), "1");
    EXPECT_EQ(answers[1].at("label"), "0");
  }
}

TEST(ShippedModel, BankingQuestionsAreToldApart) {
  const std::string banking =
      (shipped_model().parent_path() / "banking77-minilm-w1a1.safetensors").string();
  const Outcome outcome =
      run_bit({"run", banking}, "my new card still has not arrived\nhow do I change my pin?\n");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto answers = json_lines(outcome.out);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].at("scores").size(), 77u);
  EXPECT_EQ(answers[0].at("label"), "card_arrival");
  EXPECT_EQ(answers[1].at("label"), "change_pin");
}

TEST(ShippedModel, RunAnswersPlainSentences) {
  std::string input;
  for (const auto& [text, label] : kPlainSentences) input += text + "\n";
  const Outcome outcome = run_bit({"run", model()}, input);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const auto answers = json_lines(outcome.out);
  ASSERT_EQ(answers.size(), kPlainSentences.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    SCOPED_TRACE(answers[i].dump());
    EXPECT_EQ(answers[i].at("text"), kPlainSentences[i].first);
    EXPECT_EQ(answers[i].at("label"), kPlainSentences[i].second);
    double sum = 0, largest = 0;
    for (const auto& [label, score] : answers[i].at("scores").items()) {
      sum += score.get<double>();
      largest = std::max(largest, score.get<double>());
    }
    EXPECT_EQ(answers[i].at("scores").size(), 7u);
    EXPECT_NEAR(sum, 1.0, 1e-4);
    EXPECT_EQ(answers[i].at("score").get<double>(), largest);
    EXPECT_EQ(answers[i].at("scores").at(answers[i].at("label").get<std::string>()), largest);
  }
}

TEST(ShippedModel, RunReadsAFileAsItReadsStdin) {
  const TemporaryFolder folder;
  const std::string texts = validation_texts();
  const Outcome from_stdin = run_bit({"run", model()}, texts);
  const Outcome from_file = run_bit({"run", model(), folder.write("texts.txt", texts).string()});
  ASSERT_EQ(from_stdin.status, 0) << from_stdin.err;
  EXPECT_EQ(line_count(from_stdin.out), 700);
  EXPECT_EQ(from_file.status, 0) << from_file.err;
  EXPECT_EQ(from_file.out, from_stdin.out);
}

TEST(ShippedModel, EveryInstructionSetGivesTheSameBytes) {
  const std::string texts = validation_texts();
  const Outcome chosen = run_bit({"run", model()}, texts);
  ASSERT_EQ(chosen.status, 0) << chosen.err;
  const Outcome scalar = run_shell("BIT_CPU=scalar " BITCPP_BINARY_DIR "/bit run '" + model() + "'",
                                   BITCPP_SOURCE_DIR, texts);
  ASSERT_EQ(scalar.status, 0) << scalar.err;
  EXPECT_EQ(scalar.out, chosen.out);
}

TEST(ShippedModel, EvalAgreesWithRun) {
  const Outcome evaluated = run_bit({"eval", model(), "--data", snips_validation(), "--json"});
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  const auto metrics = json_lines(evaluated.out);
  ASSERT_EQ(metrics.size(), 1u);
  const auto rows = validation_rows();
  EXPECT_EQ(metrics[0].at("n"), rows.size());

  const auto answers = json_lines(run_bit({"run", model()}, validation_texts()).out);
  ASSERT_EQ(answers.size(), rows.size());
  int right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) right += answers[i].at("label") == rows[i].second;
  const double accuracy = metrics[0].at("accuracy").get<double>();
  EXPECT_NEAR(accuracy, right / static_cast<double>(rows.size()), 1e-9);
  EXPECT_GE(accuracy, kLeastAccuracy);
}

TEST(ShippedModel, InspectAccountsForEveryByte) {
  const Outcome outcome = run_bit({"inspect", model(), "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto report = nlohmann::json::parse(outcome.out);
  const std::string content = read_file(shipped_model());
  EXPECT_EQ(report.at("bytes"), content.size());
  EXPECT_LE(static_cast<double>(content.size()), kLargestFile);

  std::size_t header = 0;  // the format's first 8 bytes, little-endian
  for (int i = 7; i >= 0; --i) header = header * 256 + static_cast<unsigned char>(content[i]);
  std::size_t tensors = 0;
  std::set<std::string> names;
  for (const auto& tensor : report.at("tensors")) {
    tensors += tensor.at("bytes").get<std::size_t>();
    names.insert(tensor.at("name").get<std::string>());
  }
  EXPECT_EQ(8 + header + tensors, content.size());
  EXPECT_EQ(names.size(), report.at("tensors").size());
  EXPECT_GT(report.at("parameters").get<double>(), 20e6);
  EXPECT_LT(report.at("bits_per_parameter").get<double>(), 1.5);
}

TEST(ShippedModel, TokenizeGivesOffsetsIntoTheText) {
  const std::string text = "Play \"Déjà vu\" by 東京事変!";
  const Outcome outcome = run_bit({"tokenize", model()}, text + "\n");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto lines = json_lines(outcome.out);
  ASSERT_EQ(lines.size(), 1u);
  const auto& offsets = lines[0].at("offsets");
  ASSERT_EQ(offsets.size(), lines[0].at("ids").size());
  EXPECT_EQ(lines[0].at("ids").front(), 101);  // [CLS]
  EXPECT_EQ(lines[0].at("ids").back(), 102);   // [SEP]

  std::string covered;
  std::size_t last_end = 0;
  for (const auto& offset : offsets) {
    const std::size_t begin = offset[0], end = offset[1];
    if (begin == end) continue;  // special tokens
    ASSERT_LE(last_end, begin);
    ASSERT_LE(end, text.size());
    covered += text.substr(begin, end - begin);
    last_end = end;
  }
  EXPECT_EQ(covered, "Play\"Déjàvu\"by東京事変!");
}

TEST(ShippedModel, BenchMeasures) {
  const Outcome outcome = run_bit({"bench", model(), "--seq", "12", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto report = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(report.at("seq"), 12);
  EXPECT_GT(report.at("latency_ms").at("min").get<double>(), 0);
  EXPECT_LE(report.at("latency_ms").at("min"), report.at("latency_ms").at("median"));
  EXPECT_GT(report.at("tokens_per_s").get<double>(), 0);
}

TEST(ShippedModel, RunStreams) {
  // The second line is sent only after the first answer was read: a program that waits for the end
  // of its input would never finish.
  const std::string command =
      "coproc " BITCPP_BINARY_DIR "/bit run '" + model() +
      "'; "
      "for text in 'play some jazz' 'will it rain'; do"
      "  echo \"$text\" >&${COPROC[1]}; read -r -t 60 answer <&${COPROC[0]} || exit 9;"
      "  echo \"$answer\"; "
      "done";
  const Outcome outcome = run_shell(command, BITCPP_SOURCE_DIR);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json_lines(outcome.out).size(), 2u);
}

TEST(ShippedModel, RunStopsQuietlyWhenItsReaderLeaves) {
  const TemporaryFolder folder;
  std::string texts;
  for (int i = 0; i < 20; ++i) texts += validation_texts();
  const std::string file = folder.write("texts.txt", texts).string();
  const Outcome outcome =
      run_shell(BITCPP_BINARY_DIR "/bit run '" + model() + "' '" + file + "' | head -n 1", "/");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(json_lines(outcome.out).size(), 1u);
  EXPECT_EQ(outcome.err, "");
}

}  // namespace
}  // namespace bitcpp
