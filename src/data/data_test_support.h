// What the tests of this room share.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "data/dataset.h"
#include "data/delimited.h"
#include "data/parse.h"

namespace bitcpp {

inline bool operator==(const Example& a, const Example& b) {
  return a.text == b.text && a.pair == b.pair && a.label == b.label && a.line == b.line;
}
inline void PrintTo(const Example& example, std::ostream* out) {
  *out << example.line << ": [" << example.text << "] [" << example.pair << "] [" << example.label
       << "]";
}

inline Dataset tsv(const std::string& bytes, const ColumnMap& columns = {}) {
  return parse_dataset("x.tsv", bytes, DataFormat::kTsv, columns);
}
inline Dataset csv(const std::string& bytes, const ColumnMap& columns = {}) {
  return parse_dataset("x.csv", bytes, DataFormat::kCsv, columns);
}
inline Dataset jsonl(const std::string& bytes, const ColumnMap& columns = {}) {
  return parse_dataset("x.jsonl", bytes, DataFormat::kJsonLines, columns);
}
inline Dataset json(const std::string& bytes, const ColumnMap& columns = {}) {
  return parse_dataset("x.json", bytes, DataFormat::kJson, columns);
}

inline nlohmann::json golden(const std::string& name) {
  std::ifstream file(BITCPP_SOURCE_DIR "/tests/golden/" + name);
  return nlohmann::json::parse(file);
}

/// `action` throws an Error of one line that contains `part`.
template <typename Action>
void expect_error(Action action, const std::string& part) {
  try {
    action();
    ADD_FAILURE() << "no error, expected one with: " << part;
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

}  // namespace bitcpp
