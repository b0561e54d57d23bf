#include "report/page.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLog =
    R"json({"stage":"teacher","step":20,"steps":40,"epoch":0.5,"loss_logits":1.5,"texts_per_second":9}
{"stage":"teacher","step":40,"dev":{"n":4,"accuracy":0.75,"f1":0.7,"matthews":0.5}}
{"stage":"w1a1","kind":"statistics","step":0,"epoch":0,"alpha":{"query.input":[0.5,0.6]},"ones":{"query.input":[0.4,0.5]},"kept":[2.5,3],"kept_none":[0,0.1],"cosine":[0.9,0.8,0.7]}
{"stage":"w1a1","step":20,"steps":40,"epoch":0.5,"loss_logits":1.2,"loss_hidden":3.5,"texts_per_second":9}
{"stage":"w1a1","step":40,"dev":{"n":4,"accuracy":0.5,"f1":0.4,"matthews":0.3}}
{"stage":"w1a1","kind":"statistics","step":40,"epoch":1,"alpha":{"query.input":[0.7,null]},"ones":{"query.input":[0.4,0.5]},"kept":[2.5,3],"kept_none":[0,0.1],"cosine":[0.9,0.8,0.7],"flips":{"query":[0.1,0.2]},"flip_epochs":1}
)json";

constexpr const char* kResult =
    R"json({"task":"classification","recipe":"best","rows":[
{"name":"n-gram linear","accuracy":0.25,"microseconds_per_text":4},
{"name":"teacher (fp32)","accuracy":0.75,"bytes":90000000,"microseconds_per_text":6000,"n":4},
{"name":"W1A1 (w1a1)","accuracy":0.5,"bytes":3600000,"microseconds_per_text":250,"n":4}],
"verify":{"n":4,"equal_labels":1.0,"max_logit_difference":1e-6}})json";

constexpr const char* kJudgements =
    R"json({"labels":["no","<yes>"],"actual":[0,1,1,0],"differences":1,"judges":[
{"name":"teacher (fp32)","predicted":[0,1,1,1]},{"name":"W1A1 (w1a1)","predicted":[0,0,1,1]}],
"examples":[{"text":"<script>alert(1)</script>","pair":"b","actual":1,"teacher":1,"student":0,
"teacher_score":0.9,"student_score":0.6}]})json";

class Page : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write_file(folder_ / "log.jsonl", kLog);
  }
  std::string page() {
    write_report(folder_);
    return read_file(folder_ / "report.html");
  }
  std::string error() {
    try {
      write_report(folder_);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / "report_page";
};

TEST_F(Page, ShowsEverySectionOfARun) {
  write_file(folder_ / "report.json", kResult);
  write_file(folder_ / "judgements.json", kJudgements);
  write_file(folder_ / "inputs.json",
             R"json({"model":"/home/me/minilm","train":"a.tsv","dev":"b.tsv"})json");
  const std::string html = page();
  for (const char* part :
       {"<h2>Result</h2>", "<h2>The front</h2>", "<h2>Course</h2>", "<h2>Inside w1a1</h2>",
        "Share of ones", "keys kept per row", "cosine to the teacher", "Signs that flip",
        "<h2>Confusions</h2>", "<h2>Judged differently</h2>", "75.00 %", "3.60 MB", "0.25 ms"})
    EXPECT_TRUE(has(html, part)) << part;
  // Half of the teacher's lead of 0.5 is kept.
  EXPECT_TRUE(has(html, "<td class=\"number\">50 %</td>"));
  EXPECT_TRUE(has(html, "&lt;yes&gt; judged no (1)"));
}

TEST_F(Page, IsOneFileWithoutNetworkPathsOrForeignTags) {
  write_file(folder_ / "report.json", kResult);
  write_file(folder_ / "judgements.json", kJudgements);
  write_file(folder_ / "inputs.json",
             R"json({"model":"/home/me/minilm","train":"a.tsv","dev":"b.tsv"})json");
  const std::string html = page();
  for (const char* part :
       {"http:", "https:", "src=", "<link", "/home/me", "<script>alert", "<yes>"})
    EXPECT_FALSE(has(html, part)) << part;
  EXPECT_TRUE(has(html, "Backbone minilm"));
}

TEST_F(Page, OfARunThatGoesOnShowsWhatIsThere) {
  write_file(folder_ / "log.jsonl", std::string(kLog) + "{\"stage\":\"w1a1\",\"st");
  const std::string html = page();
  EXPECT_TRUE(has(html, "The run has not ended yet."));
  EXPECT_TRUE(has(html, "<h2>Course</h2>"));
  EXPECT_FALSE(has(html, "<h2>Result</h2>"));
  EXPECT_FALSE(has(html, "<h2>Confusions</h2>"));
}

TEST_F(Page, OfARegressionShowsPredictedAgainstActual) {
  write_file(folder_ / "judgements.json",
             R"json({"labels":[],"actual":[0.5,1.5],"differences":2,
"judges":[{"name":"teacher","predicted":[0.4,1.4]},{"name":"w1a1","predicted":[0.1,2]}],
"examples":[{"text":"a","actual":1.5,"teacher":1.4,"student":2}]})json");
  const std::string html = page();
  EXPECT_TRUE(has(html, "<h2>Predicted against actual</h2>"));
  EXPECT_TRUE(has(html, "predicted 1.4"));
  EXPECT_TRUE(has(html, "furthest apart"));
}

TEST_F(Page, OfTaggingShowsF1First) {
  write_file(folder_ / "report.json", R"json({"task":"tagging","rows":[
{"name":"word's usual tag","precision":0.2,"recall":0.3,"f1":0.25,"accuracy":0.9},
{"name":"teacher (fp32)","precision":0.7,"recall":0.8,"f1":0.75,"accuracy":0.99,"bytes":9e7},
{"name":"W1A1 (w1a1)","precision":0.5,"recall":0.5,"f1":0.5,"accuracy":0.95,"bytes":3e6}]})json");
  const std::string html = page();
  EXPECT_TRUE(has(html, "<th></th><th class=\"number\">f1</th>"));
  EXPECT_TRUE(has(html, ">accuracy</th>"));
  EXPECT_TRUE(has(html, "<td class=\"number\">50 %</td>"));
  EXPECT_FALSE(has(html, "<h2>Confusions</h2>"));
}

TEST_F(Page, OfQuestionsTakesNoModelForTheFloor) {
  write_file(folder_ / "report.json", R"json({"task":"question-answering","rows":[
{"name":"teacher (fp32)","exact_match":0.7,"f1":0.75,"bytes":9e7},
{"name":"W1A2 (w1a2)","exact_match":0.5,"f1":0.55,"bytes":3e6},
{"name":"W1A1 (w1a1)","exact_match":0.25,"f1":0.5,"bytes":3e6}]})json");
  const std::string html = page();
  EXPECT_TRUE(has(html, "<th></th><th class=\"number\">f1</th>"));
  EXPECT_TRUE(has(html, "25.00 %"));
  EXPECT_FALSE(has(html, " %</td></tr>")) << "no share of a lead over nothing";
}

TEST_F(Page, RefusesWhatIsNoRunInOneLine) {
  write_file(folder_ / "log.jsonl", "{\"stage\":\"a\",\"step\":1}\n[]\n");
  EXPECT_TRUE(has(error(), "log.jsonl:2: expected a JSON object")) << error();
  write_file(folder_ / "log.jsonl", "{\"stage\":\"../a\",\"step\":1}\n");
  EXPECT_TRUE(has(error(), "log.jsonl:1: ")) << error();
  write_file(folder_ / "log.jsonl", kLog);
  write_file(folder_ / "report.json", "[1]");
  EXPECT_TRUE(has(error(), "report.json: expected a JSON object")) << error();
  fs::remove(folder_ / "log.jsonl");
  EXPECT_TRUE(has(error(), "expected the folder of a run")) << error();
}

TEST_F(Page, OddValuesLeaveNoTrace) {
  write_file(folder_ / "log.jsonl",
             R"json({"stage":"a","step":"x","epoch":null,"loss_logits":1}
{"stage":"a","dev":3}
{"stage":"a","kind":"statistics","alpha":[1],"ones":{"q":5,"r":["x"]},"cosine":{}}
)json");
  write_file(folder_ / "report.json", R"json({"rows":[{"name":3},4,{}],"verify":7})json");
  write_file(
      folder_ / "judgements.json",
      R"json({"labels":["a",5],"actual":[9,-1,"x"],"judges":[{"predicted":[1,1,1]},7],"examples":[3,{}]})json");
  EXPECT_TRUE(has(page(), "</html>"));
}

}  // namespace
}  // namespace bitcpp
