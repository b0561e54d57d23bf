#include "data/dataset.h"

#include <gtest/gtest.h>

#include <string>

#include "base/file.h"
#include "data/data_test_support.h"

namespace bitcpp {
namespace {

TEST(Tsv, QuotesAreText) {
  const Dataset data = tsv("sentence\tlabel\n\" a lone quote\t1\nsays \"\"\t0\n\"all\"\t1\n");
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[0].text, "\" a lone quote");
  EXPECT_EQ(data.examples[1].text, "says \"\"");
  EXPECT_EQ(data.examples[2].text, "\"all\"");
  EXPECT_EQ(data.examples[2].line, 4u);
}

TEST(Tsv, MarkCrlfEmptyLinesAndMissingLastLineEnd) {
  const Dataset data = tsv("\xEF\xBB\xBFtext\tlabel\r\n\r\na b\tx\r\n\nc d\ty");
  ASSERT_EQ(data.examples.size(), 2u);
  EXPECT_EQ(data.examples[0].label, "x");
  EXPECT_EQ(data.examples[0].line, 3u);
  EXPECT_EQ(data.examples[1].label, "y");
  EXPECT_EQ(data.examples[1].line, 5u);
}

TEST(Tsv, NulAndInvalidUtf8PassThrough) {
  const std::string text("a\0b \xFF\xC3", 6);
  const Dataset data = tsv("text\tlabel\n" + text + "\tx\n");
  EXPECT_EQ(data.examples[0].text, text);
}

TEST(Tsv, GlueHeaders) {
  const Dataset mrpc =
      tsv("\xEF\xBB\xBFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t7\t8\tA b\tC d\n");
  EXPECT_EQ(mrpc.examples[0], (Example{"A b", "C d", "1", 2}));
  const Dataset qnli = tsv("index\tquestion\tsentence\tlabel\n0\tWho?\tHe.\tentailment\n");
  EXPECT_EQ(qnli.examples[0], (Example{"Who?", "He.", "entailment", 2}));
  const Dataset qqp = tsv("id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\tA\tB\t0\n");
  EXPECT_EQ(qqp.examples[0], (Example{"A", "B", "0", 2}));
  const Dataset mnli =
      tsv("index\tpairID\tsentence1_parse\tsentence1\tsentence2\tlabel1\tgold_label\n"
          "0\t63n\t(x)\tA\tB\tneutral\tcontradiction\n");
  EXPECT_EQ(mnli.examples[0], (Example{"A", "B", "contradiction", 2}));
  const Dataset stsb =
      tsv("index\tgenre\tsource1\tsentence1\tsentence2\tscore\n0\tg\ts\tA\tB\t3.250\n");
  EXPECT_EQ(stsb.examples[0], (Example{"A", "B", "3.250", 2}));
  const Dataset xnli = tsv("language\tpremise\thypothesis\tlabel\nde\tA\tB\t2\n");
  EXPECT_EQ(xnli.examples[0], (Example{"A", "B", "2", 2}));
}

TEST(Tsv, TestFilesHaveNoLabels) {
  const Dataset column_missing = tsv("index\tsentence\n0\tGood.\n");
  EXPECT_FALSE(column_missing.has_label);
  EXPECT_EQ(column_missing.examples[0], (Example{"Good.", "", "", 2}));
  EXPECT_FALSE(tsv("text\tlabel\na\t\nb\t\n").has_label);
  expect_error([] { tsv("text\tlabel\na\tx\nb\t\n"); }, "x.tsv:3: expected a label");
}

TEST(Tsv, CommonHeaderNamesInAnyCase) {
  for (const char* name : {"Utterance", "QUERY", "content", "Review", "Text"}) {
    const Dataset data = tsv(std::string("Intent\t") + name + "\ngreet\thello\n");
    EXPECT_EQ(data.examples[0], (Example{"hello", "", "greet", 2})) << name;
  }
}

TEST(Tsv, BadRows) {
  expect_error([] { tsv("text\tlabel\na\tx\n\nb\n"); },
               "x.tsv:4: expected 2 columns as in line 1, found 1");
  expect_error([] { tsv("text\tlabel\na\tx\ty\n"); },
               "x.tsv:2: expected 2 columns as in line 1, found 3");
  expect_error([] { tsv(""); }, "x.tsv: expected at least one row");
  expect_error([] { tsv("\n\r\n"); }, "x.tsv: expected at least one row");
  expect_error([] { tsv("text\tlabel\n"); }, "x.tsv: expected rows below the header");
  expect_error([] { tsv(std::string("\xFF\xFEt\0", 4)); }, "x.tsv: expected UTF-8 text");
  expect_error([] { tsv("text\tlabel\n" + std::string((16 << 20) + 1, 'a') + "\tx\n"); },
               "x.tsv:2: expected fields of at most 16 MiB");
  expect_error([] { tsv(std::string(5000, '\t')); }, "x.tsv:1: expected at most 4096 columns");
}

TEST(Csv, EqualsPythonsCsvModule) {
  const auto cases = golden("data/csv.json");
  ASSERT_EQ(cases.size(), 100u);
  for (const auto& item : cases) {
    const std::string bytes = item["bytes"];
    const std::vector<Row> rows = parse_csv("x.csv", bytes);
    ASSERT_EQ(rows.size(), item["rows"].size()) << bytes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].fields, item["rows"][i].get<std::vector<std::string>>()) << bytes;
      EXPECT_EQ(rows[i].line, item["lines"][i].get<std::size_t>()) << bytes;
    }
  }
}

TEST(Csv, QuotedHeaderLineBreaksAndLoneQuotes) {
  const Dataset data =
      csv("\"text\",\"category\"\r\n\"one\r\ntwo, \"\"three\"\"\",a\r\nsix\" tall,b\r\n\"\",b");
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[0], (Example{"one\r\ntwo, \"three\"", "", "a", 2}));
  EXPECT_EQ(data.examples[1], (Example{"six\" tall", "", "b", 4}));
  EXPECT_EQ(data.examples[2], (Example{"", "", "b", 5}));
}

TEST(Csv, BadQuotes) {
  expect_error([] { csv("text,label\na,x\n\"b\nc,x\nd,y\n"); },
               "x.csv:3: expected a closing quote for the field that opens here");
  expect_error([] { csv("text,label\n\"a\nb\"c,x\n"); }, "x.csv:3: expected a comma");
  expect_error([] { csv("text,label\n\"a\"\rb,x\n"); }, "x.csv:2: expected a comma");
  expect_error([] { csv("text,label\n\"a\nb\",x,y\n"); },
               "x.csv:2: expected 2 columns as in line 1, found 3");
}

TEST(Text, OneALine) {
  const Dataset data = parse_dataset("x.txt", "a, \"b\"\tc\r\n\nlast", DataFormat::kText);
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_FALSE(data.has_label);
  EXPECT_EQ(data.examples[0].text, "a, \"b\"\tc");
  EXPECT_EQ(data.examples[1].text, "");
  EXPECT_EQ(data.examples[2], (Example{"last", "", "", 3}));
  expect_error([] { parse_dataset("x.txt", "", DataFormat::kText); },
               "x.txt: expected at least one");
}

TEST(Json, LinesWithStringNumberAndBooleanLabels) {
  const Dataset data = jsonl(
      "{\"text\": \"a \\u00e9\\n\", \"label\": \"joy\", \"meta\": {\"label\": [1]}}\n"
      "\n"
      "{\"label\": 3.50, \"text\": \"b\"}\r\n"
      "{\"label\": true, \"text\": 7}\n");
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[0], (Example{"a \xC3\xA9\n", "", "joy", 1}));
  EXPECT_EQ(data.examples[1], (Example{"b", "", "3.50", 3}));
  EXPECT_EQ(data.examples[2], (Example{"7", "", "true", 4}));
}

TEST(Json, PairsAndMissingLabels) {
  const Dataset data = jsonl("{\"sentence1\":\"a\",\"sentence2\":\"b\",\"label\":null}\n");
  EXPECT_EQ(data.examples[0], (Example{"a", "b", "", 1}));
  EXPECT_FALSE(data.has_label);
  // The label column is known although the first record lacks it.
  expect_error([] { jsonl("{\"text\":\"a\"}\n{\"text\":\"b\",\"label\":1}\n"); },
               "x.jsonl:1: expected a label");
}

TEST(Json, InvalidUtf8IsReadAsReplacementCharacters) {
  const Dataset data = jsonl("{\"text\": \"a\xFF\xE2\x82z\xF0\x9F\x98\x80\xED\xA0\x80\"}\n");
  EXPECT_EQ(data.examples[0].text, "a\uFFFD\uFFFDz\U0001F600\uFFFD\uFFFD\uFFFD");
}

TEST(Json, Arrays) {
  const std::string array =
      "\n[\n  {\"text\": \"a ] , \\\" {\", \"label\": 1},\n  {\"text\": \"b\",\n\"label\": 0}\n]\n";
  const Dataset data = json(array);
  ASSERT_EQ(data.examples.size(), 2u);
  EXPECT_EQ(data.examples[0], (Example{"a ] , \" {", "", "1", 3}));
  EXPECT_EQ(data.examples[1], (Example{"b", "", "0", 4}));
  EXPECT_EQ(json("{\"text\": \"a\"}\n{\"text\": \"b\"}\n").examples.size(), 2u);  // JSONL after all
}

TEST(Json, Errors) {
  expect_error([] { jsonl("{\"text\": \"a\"}\n{\"text\": }\n"); },
               "x.jsonl:2: expected valid JSON, it goes wrong at byte 10 of the record");
  expect_error([] { jsonl("{\"text\": \"a\"}\n\"b\"\n"); }, "x.jsonl:2: expected a JSON object");
  expect_error([] { jsonl("{\"text\": \"a\"} {\"text\": \"b\"}\n"); }, "x.jsonl:1: expected valid");
  expect_error([] { jsonl("{\"text\": [\"a\"]}\n"); },
               "x.jsonl:1: expected a string, a number or a boolean for \"text\"");
  expect_error([] { jsonl("{\"text\": \"a\"}\n{\"label\": 1}\n"); },
               "x.jsonl:2: expected a value for \"text\"");
  expect_error([] { jsonl("{\"Satz\": \"a\", \"Klasse\": 1}\n"); }, "found \"Satz\", \"Klasse\"");
  expect_error([] { jsonl("  \n"); }, "x.jsonl: expected at least one JSON object");
  expect_error([] { json("[]"); }, "x.json: expected at least one JSON object");
  expect_error([] { json("\n[{\"text\": \"a\"},\n{\"text\": \"b\"}\n"); },
               "x.json:2: expected a closing ]");
  expect_error([] { json("[{\"text\": \"a\"},]"); }, "x.json:1: expected valid JSON");
  expect_error([] { json("[{\"text\": \"a\"},\n{\"text\":\n 01}]"); }, "x.json:3: expected valid");
  expect_error([] { json("[{\"text\": \"a\"}]\nx"); }, "x.json:2: expected nothing after");
  expect_error([] { json("\"a\""); }, "x.json:1: expected a JSON array");
  expect_error([] { jsonl("{\"text\": " + std::string(100000, '[')); },
               "x.jsonl:1: expected valid");
}

Dataset texts(const std::string& name, const std::string& bytes, const ColumnMap& columns = {}) {
  const auto path = std::filesystem::path(testing::TempDir()) / name;
  write_file(path, bytes);
  return read_texts(path, columns);
}

TEST(Texts, LabelsAreLeftOutWholeOrNot) {
  const Dataset data = texts("some.tsv", "text\tlabel\none\ta\ntwo\t\n");
  EXPECT_FALSE(data.has_label);
  EXPECT_EQ(data.examples, (std::vector<Example>{{"one", "", "", 2}, {"two", "", "", 3}}));
  EXPECT_EQ(texts("none.tsv", "body\nhello\n", {"body", "", "topic"}).examples.size(), 1u);
}

TEST(Texts, PlainLinesUnderAnyNameWithoutTheBlankOnes) {
  const Dataset data = texts("seq.in", "one\n\n \t\ntwo words\n");
  EXPECT_EQ(data.examples, (std::vector<Example>{{"one", "", "", 1}, {"two words", "", "", 4}}));
}

}  // namespace
}  // namespace bitcpp
