// safetensors files: what another program wrote, what we write, and everything the format forbids.
#include "format/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {
namespace {

std::string with_length(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

/// The message of the Error that `bytes` give, or "" when they are a safetensors file.
std::string message_for(const std::string& bytes) {
  try {
    // A copy of just that size, so that a sanitizer sees any read beyond it.
    const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    SafetensorsFile::parse(copy, "x.safetensors");
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string message_for(const std::string& header, std::size_t data_bytes) {
  return message_for(with_length(header, std::string(data_bytes, 'x'), header.size()));
}

std::string one_tensor(const std::string& fields) { return "{\"a\":{" + fields + "}}"; }

const std::string kGood = R"("dtype":"F32","shape":[2,3],"data_offsets":[0,24])";

TEST(Safetensors, SmallestFiles) {
  EXPECT_EQ(message_for("{}", 0), "");
  EXPECT_EQ(message_for("{}   \n", 0), "");
  EXPECT_EQ(message_for(R"({"__metadata__":{}})", 0), "");
  EXPECT_EQ(message_for(one_tensor(kGood), 24), "");
  EXPECT_EQ(message_for(one_tensor(R"("dtype":"F64","shape":[],"data_offsets":[0,8])"), 8), "");
  EXPECT_EQ(message_for(one_tensor(R"("dtype":"U8","shape":[0,9],"data_offsets":[0,0])"), 0), "");
}

TEST(Safetensors, RefusesBadLengths) {
  EXPECT_EQ(message_for(""), "x.safetensors: 0 bytes are too few for a safetensors file");
  EXPECT_EQ(message_for("1234567"), "x.safetensors: 7 bytes are too few for a safetensors file");
  EXPECT_EQ(message_for(with_length("{}", "", 3)),
            "x.safetensors: cut short, the header has 3 bytes, the file 10");
  for (const std::uint64_t length :
       {std::uint64_t{100'000'001}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    EXPECT_NE(message_for(with_length("{}", "", length)).find("at most 100000000"),
              std::string::npos);
  }
  EXPECT_NE(message_for(with_length("", "", 0)), "");
}

struct Case {
  const char* header;
  const char* message;  // after the file's name
};

TEST(Safetensors, RefusesBadHeaders) {
  const Case cases[] = {
      {"[]", "the header does not begin with '{'"},
      {" {}", "the header does not begin with '{'"},
      {"{", "the header is not JSON at its byte 2"},
      {"{}}", "the header is not JSON at its byte 3"},
      {"{} /* note */", "the header is not JSON at its byte 4"},
      {R"({"a":1e999})", "the header is not JSON at its byte 10"},
      {"{\"\xFF\":1}", "the header is not JSON at its byte 3"},
      {R"({"a":null})", "header of tensor 'a' has null"},
      {R"({"a":true})", "header of tensor 'a' has a boolean"},
      {R"({"a":7})", "header of tensor 'a' has a number"},
      {R"({"a":"U8"})", "header of tensor 'a' has a string"},
      {R"({"a":[]})", "header of tensor 'a' has an array"},
      {R"({"a\nb":7})", "header of tensor 'a?b' has a number"},
      {R"({"a":{}})", "header of tensor 'a' has no dtype"},
      {R"({"a":{"dtype":"U8"}})", "header of tensor 'a' has no shape"},
      {R"({"a":{"dtype":"U8","shape":[]}})", "header of tensor 'a' has no data_offsets"},
      {R"({"a":{"dtype":"U9"}})", "header of tensor 'a' has the unknown dtype 'U9'"},
      {R"({"a":{"dtype":7}})", "header of tensor 'a' has a number"},
      {R"({"a":{"dtype":["U8"]}})", "header of tensor 'a' has an array"},
      {R"({"a":{"dtype":{}}})", "header of tensor 'a' has an object"},
      {R"({"a":{"color":1}})", "header of tensor 'a' has the unknown key 'color'"},
      {R"({"a":{"dtype":"U8","dtype":"U8"}})", "header of tensor 'a' has the key 'dtype' twice"},
      {R"({"a":{"shape":"2"}})", "header of tensor 'a' has a string"},
      {R"({"a":{"shape":[-1]}})", "header of tensor 'a' has a negative number"},
      {R"({"a":{"shape":[1.5]}})", "header of tensor 'a' has a number that is no integer"},
      {R"({"a":{"shape":[1e3]}})", "header of tensor 'a' has a number that is no integer"},
      {R"({"a":{"shape":[[1]]}})", "header of tensor 'a' has an array"},
      {R"({"a":{"shape":[9223372036854775808]}})",
       "header of tensor 'a' has a dimension over 2^63 - 1"},
      {R"({"a":{"shape":[18446744073709551616]}})",
       "header of tensor 'a' has a number that is no integer"},
      {R"({"a":{"shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}})",
       "header of tensor 'a' has more than 16 dimensions"},
      {R"({"a":{"data_offsets":[0]}})", "header of tensor 'a' has fewer than two data_offsets"},
      {R"({"a":{"data_offsets":[0,1,2]}})", "header of tensor 'a' has more than two data_offsets"},
      {R"({"a":{"data_offsets":[-1,0]}})", "header of tensor 'a' has a negative number"},
      {R"({"__metadata__":7})",
       "header of __metadata__ has a number, expected an object of strings"},
      {R"({"__metadata__":{"k":7}})",
       "header of __metadata__ has a number, expected an object of strings"},
      {R"({"__metadata__":{"k":{}}})",
       "header of __metadata__ has an object, expected an object of strings"},
      {R"({"__metadata__":{"k":"","k":""}})",
       "header of __metadata__ has the key 'k' twice, expected an object of strings"},
      {R"({"__metadata__":{},"__metadata__":{}})", "key '__metadata__' given twice in the header"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(message_for(c.header, 0), std::string("x.safetensors: ") + c.message) << c.header;
  }
}

TEST(Safetensors, RefusesWhatFollowsNul) {
  EXPECT_EQ(message_for(std::string("{}\0junk", 7), 0),
            "x.safetensors: the header contains a NUL byte");
}

TEST(Safetensors, RefusesDeepNestingAtOnce) {
  EXPECT_EQ(message_for("{\"a\":{\"shape\":" + std::string(1'000'000, '['), 0),
            "x.safetensors: header of tensor 'a' has an array");
}

TEST(Safetensors, RefusesBadLayouts) {
  const auto with_offsets = [](const std::string& dtype, const std::string& shape,
                               const std::string& offsets) {
    return message_for(one_tensor("\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
                                  ",\"data_offsets\":" + offsets),
                       24);
  };
  EXPECT_EQ(with_offsets("F32", "[2,3]", "[24,0]"),
            "x.safetensors: tensor 'a' ends before it begins");
  EXPECT_EQ(with_offsets("F32", "[2,3]", "[0,25]"),
            "x.safetensors: tensor 'a' ends at byte 25 of 24 (is the file cut short?)");
  EXPECT_EQ(
      with_offsets("F32", "[2,3]", "[0,18446744073709551615]"),
      "x.safetensors: tensor 'a' ends at byte 18446744073709551615 of 24 (is the file cut short?)");
  EXPECT_EQ(with_offsets("F32", "[2,2]", "[0,24]"),
            "x.safetensors: tensor 'a' has 24 bytes, F32 [2, 2] needs 16");
  EXPECT_EQ(with_offsets("F64", "[4294967296,4294967296]", "[0,0]"),
            "x.safetensors: tensor 'a' has 0 bytes, F64 [4294967296, 4294967296] needs over 2^64");
  EXPECT_EQ(with_offsets("U8", "[23]", "[0,23]"), "x.safetensors: 1 bytes after the last tensor");
  EXPECT_EQ(with_offsets("U8", "[23]", "[1,24]"),
            "x.safetensors: tensor 'a' begins at byte 1, the one before it ends at 0");
}

TEST(Safetensors, RefusesGapsOverlapsAndRepeats) {
  const auto two = [](const std::string& second, const std::string& begin, const std::string& end) {
    return message_for(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},")" + second +
                           R"(":{"dtype":"U8","shape":[8],"data_offsets":[)" + begin + "," + end +
                           "]}}",
                       16);
  };
  EXPECT_EQ(two("b", "8", "16"), "");
  EXPECT_EQ(two("a", "8", "16"), "x.safetensors: key 'a' given twice in the header");
  EXPECT_EQ(two("b", "7", "15"),
            "x.safetensors: tensor 'b' begins at byte 7, the one before it ends at 8");
  EXPECT_EQ(two("b", "0", "8"),
            "x.safetensors: tensor 'b' begins at byte 0, the one before it ends at 8");
  EXPECT_EQ(message_for(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},)"
                        R"("b":{"dtype":"U8","shape":[7],"data_offsets":[9,16]}})",
                        16),
            "x.safetensors: tensor 'b' begins at byte 9, the one before it ends at 8");
}

TEST(Safetensors, LongNamesAreCutInMessages) {
  const std::string message = message_for("{\"" + std::string(100'000, 'n') + "\":7}", 0);
  EXPECT_LT(message.size(), 200u);
  EXPECT_NE(message.find("nnn...'"), std::string::npos);
}

TEST(Safetensors, OpensAFileWrittenByPython) {
  const SafetensorsFile file = SafetensorsFile::open("tests/golden/format/python.safetensors");
  const std::map<std::string, std::string> metadata = {{"format", "np"},
                                                       {"note", "\xC3\xA4 \"quoted\"\n"}};
  EXPECT_EQ(file.metadata(), metadata);
  ASSERT_EQ(file.tensors().size(), 10u);
  for (const auto& [name, view] : file.tensors()) {
    if (name == "empty") {
      EXPECT_EQ(view.shape, (std::vector<std::int64_t>{0, 3}));
      continue;
    }
    EXPECT_EQ(name, name == "scalar" ? "scalar" : dtype_name(view.dtype));
    if (name == "BOOL") {
      EXPECT_EQ(std::vector<int>(view.bytes.begin(), view.bytes.end()),
                (std::vector<int>{1, 0, 1}));
    }
  }
  const TensorView* floats = file.find("F32");
  ASSERT_NE(floats, nullptr);
  EXPECT_EQ(floats->shape, (std::vector<std::int64_t>{2, 3}));
  for (int i = 0; i < 6; ++i) {  // numpy.arange(6) / 4 - 1
    float value;
    std::memcpy(&value, floats->bytes.data() + 4 * i, 4);
    EXPECT_EQ(value, static_cast<float>(i) / 4 - 1);
    std::uint16_t half;
    std::memcpy(&half, file.find("F16")->bytes.data() + 2 * i, 2);
    EXPECT_EQ(half_to_float(half), static_cast<float>(i) / 4 - 1);
  }
  EXPECT_EQ(file.find("none"), nullptr);
}

class SafetensorsFiles : public testing::Test {
 protected:
  SafetensorsFiles()
      : path_(std::filesystem::path(testing::TempDir()) /
              (std::string("bitcpp_") +
               testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~SafetensorsFiles() override { std::filesystem::remove(path_); }
  std::filesystem::path path_;
};

TEST_F(SafetensorsFiles, RoundTripWithEveryTypeAligned) {
  std::vector<std::uint8_t> bytes(64);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
  std::map<std::string, TensorView> tensors;
  const DType types[] = {DType::kBool, DType::kU8,  DType::kI8,   DType::kI16, DType::kI32,
                         DType::kI64,  DType::kF16, DType::kBF16, DType::kF32, DType::kF64};
  for (const DType dtype : types) {
    const std::span<const std::uint8_t> all = bytes;
    tensors[dtype_name(dtype)] = {dtype, {3}, all.first(3 * dtype_size(dtype))};
  }
  tensors["empty \"\xC3\xA4\""] = {DType::kF64, {4, 0}, {}};
  const std::map<std::string, std::string> metadata = {{"key", "line\nbreak \\ \"\xE2\x82\xAC\""},
                                                       {"", ""}};
  write_safetensors(path_, tensors, metadata);
  const SafetensorsFile file = SafetensorsFile::open(path_);
  EXPECT_EQ(file.metadata(), metadata);
  EXPECT_EQ(file.header_bytes() % 64, 0u);
  ASSERT_EQ(file.tensors().size(), tensors.size());
  std::size_t sum = file.header_bytes();
  for (const auto& [name, view] : tensors) {
    const TensorView* read = file.find(name);
    ASSERT_NE(read, nullptr) << name;
    EXPECT_EQ(read->dtype, view.dtype);
    EXPECT_EQ(read->shape, view.shape);
    EXPECT_TRUE(
        std::equal(read->bytes.begin(), read->bytes.end(), view.bytes.begin(), view.bytes.end()));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read->bytes.data()) % dtype_size(view.dtype), 0u)
        << name;
    sum += view.bytes.size();
  }
  EXPECT_EQ(sum, file.file_bytes());
  EXPECT_EQ(sum, std::filesystem::file_size(path_));
}

TEST_F(SafetensorsFiles, EveryTruncationIsRefused) {
  const std::vector<std::uint8_t> data(24, 1);
  write_safetensors(path_, {{"a", {DType::kF32, {2, 3}, data}}}, {{"k", "v"}});
  const std::string whole = read_file(path_);
  ASSERT_EQ(message_for(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(message_for(whole.substr(0, size)), "") << size;
  }
  EXPECT_EQ(message_for(whole + "y"), "x.safetensors: 1 bytes after the last tensor");
}

TEST_F(SafetensorsFiles, OpenNamesTheFile) {
  write_file(path_, "no");
  try {
    SafetensorsFile::open(path_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), path_.string() + ": 2 bytes are too few for a safetensors file");
  }
  EXPECT_THROW(SafetensorsFile::open(path_ / "none"), Error);
}

TEST_F(SafetensorsFiles, WriterRefusesWhatCannotBeStored) {
  const std::vector<std::uint8_t> data(8, 1);
  EXPECT_THROW(write_safetensors(path_, {{"a", {DType::kF32, {3}, data}}}, {}), Error);
  EXPECT_THROW(write_safetensors(path_, {{"a", {DType::kF32, {-2}, data}}}, {}), Error);
  EXPECT_THROW(write_safetensors(path_, {{"\xFF", {DType::kF32, {2}, data}}}, {}), Error);
  EXPECT_THROW(write_safetensors(path_, {{"__metadata__", {DType::kF32, {2}, data}}}, {}), Error);
  EXPECT_THROW(write_safetensors(path_, {}, {{"k", "\xC3"}}), Error);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace bitcpp
