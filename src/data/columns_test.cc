#include "data/columns.h"

#include <gtest/gtest.h>

#include "data/data_test_support.h"

namespace bitcpp {
namespace {

TEST(ParseColumns, NamesAndNumbers) {
  const ColumnMap columns = parse_columns("label=my label,text=2,pair=#2 String");
  EXPECT_EQ(columns.text, "2");
  EXPECT_EQ(columns.pair, "#2 String");
  EXPECT_EQ(columns.label, "my label");
  EXPECT_EQ(parse_columns("text=a=b").text, "a=b");
}

TEST(ParseColumns, AnythingElseIsAnError) {
  for (const char* bad : {"", "text", "text=", "=a", "txt=a", "text=a,", ",text=a", "text=a,text=b",
                          "text=0", "text=4097", "text=99999999999999999999999"})
    expect_error([&] { parse_columns(bad); }, "--columns: expected");
}

TEST(Columns, AskedByName) {
  const std::string file = "Satz\tKlasse\tlabel\ttext\nhallo\tgruss\t1\thello\n";
  EXPECT_EQ(tsv(file, parse_columns("text=Satz,label=Klasse")).examples[0],
            (Example{"hallo", "", "gruss", 2}));
  EXPECT_EQ(tsv(file, parse_columns("label=Klasse")).examples[0],
            (Example{"hello", "", "gruss", 2}));
  EXPECT_EQ(tsv(file, parse_columns("text=satz")).examples[0], (Example{"hallo", "", "1", 2}));
  EXPECT_EQ(tsv(file, parse_columns("text=text,pair=Satz")).examples[0],
            (Example{"hello", "hallo", "1", 2}));
  EXPECT_EQ(jsonl("{\"q\": \"a\", \"d\": \"b\"}\n", parse_columns("text=q,pair=d")).examples[0],
            (Example{"a", "b", "", 1}));
}

TEST(Columns, TextAskedForAloneMakesNoPairs) {
  const Dataset data =
      tsv("sentence1\tsentence2\tlabel\na\tb\t1\n", parse_columns("text=sentence1"));
  EXPECT_FALSE(data.has_pair);
  EXPECT_EQ(data.examples[0], (Example{"a", "", "1", 2}));
}

TEST(Columns, AskedByNumber) {
  const std::string file =
      "\"3\",\"Fears for pensions\",\"Unions say\"\n\"4\",\"Race is on\",\"More\"\n";
  EXPECT_EQ(csv(file, parse_columns("text=2,pair=3,label=1")).examples[0],
            (Example{"Fears for pensions", "Unions say", "3", 1}));
  EXPECT_EQ(csv(file, parse_columns("text=2,label=1")).examples.size(), 2u);
  // A known header is not taken for an example.
  EXPECT_EQ(csv("label,text\n1,a\n", parse_columns("text=2,label=1")).examples[0],
            (Example{"a", "", "1", 2}));
}

TEST(Columns, AskedForInVain) {
  const std::string file = "text\tlabel\na\tx\n";
  expect_error([&] { tsv(file, parse_columns("text=satz")); },
               "x.tsv:1: expected a column named \"satz\", found \"text\", \"label\"");
  expect_error([&] { tsv(file, parse_columns("text=3")); }, "expected at least 3 columns");
  expect_error([&] { tsv(file, parse_columns("text=1,label=label")); },
               "names or numbers, not both");
  expect_error([&] { tsv(file, parse_columns("text=text,label=text")); }, "different columns");
  expect_error([&] { tsv(file, parse_columns("text=1,pair=1")); }, "different columns");
  expect_error([&] { tsv(file, parse_columns("label=2")); }, "expected text=NUMBER");
}

TEST(Headerless, Cola) {
  const Dataset data = tsv("gj04\t1\t\tIt works.\ngj04\t0\t*\tWorks it.\nks08\t0\t?*\tHm it.\n");
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[1], (Example{"Works it.", "", "0", 2}));
}

TEST(Headerless, LabelsAreFoundOnEitherSide) {
  EXPECT_EQ(tsv("play a song\tPlayMusic\nrain today?\tGetWeather\n").examples[0],
            (Example{"play a song", "", "PlayMusic", 1}));
  EXPECT_EQ(tsv("PlayMusic\tplay a song\nGetWeather\train today?\n").examples[0],
            (Example{"play a song", "", "PlayMusic", 1}));
  EXPECT_EQ(tsv("yes\t1\nno\t0\nwell well\t0\n").examples[2], (Example{"well well", "", "0", 3}));
  // Labels of several words repeat.
  EXPECT_EQ(csv("a b,pop song\nc d,pop song\ne f,pop song\ng h,folk song\ni j,folk song\n")
                .examples[3]
                .label,
            "folk song");
}

TEST(Headerless, ThreeColumnsAreTextPairLabel) {
  EXPECT_EQ(tsv("a man\tone man\t4.5\na cat\tno cat\t0\n").examples[0],
            (Example{"a man", "one man", "4.5", 1}));
  expect_error([] { tsv("1\ta man\tone man\n2\ta cat\tno cat\n"); }, "--columns");
  expect_error([] { tsv("1\ta man\tyes\n2\ta cat\tno\n"); }, "--columns");
}

TEST(Headerless, OneColumnIsTexts) {
  const Dataset data = tsv("a b\nc d\n");
  EXPECT_EQ(data.examples.size(), 2u);
  EXPECT_FALSE(data.has_label);
}

TEST(Headerless, WhatIsNotClearIsAnError) {
  expect_error([] { tsv("hello\tgreet\nbye\tleave\n"); }, "x.tsv:1: expected a header with known");
  expect_error([] { tsv("a b\tc d\ne f\tg h\n"); }, "--columns text=1,label=2");
  expect_error([] { tsv("a b\t1\tx y\tz\n"); }, "at most 3 columns");
}

TEST(Headerless, AnUnknownHeaderIsNotAnExample) {
  expect_error([] { tsv("Der Satz\tWert\nja ja\t1\nnein nein\t0\n"); }, "unknown names");
  std::string file = "Der Satz\tKlasse\n";
  for (int i = 0; i < 12; ++i)
    file += "Satz " + std::to_string(i) + (i % 2 ? "\tja\n" : "\tnein\n");
  expect_error([&] { tsv(file); }, "unknown names");
}

TEST(Headerless, ALabelThatIsAKnownNameIsNoHeader) {
  const Dataset data = tsv("how far is it\tquestion\ncome here\torder\nwho is it\tquestion\n");
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[0], (Example{"how far is it", "", "question", 1}));
  // But a text that says "text" leaves the header a header.
  EXPECT_EQ(tsv("text\tlabel\ntext\tx\n").examples.size(), 1u);
}

}  // namespace
}  // namespace bitcpp
