// libFuzzer's mutations aimed past the header: at its JSON as a value, at its text with the length
// put right, at one tensor's declaration with the data resized to fit, or at the data alone.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using Json = nlohmann::ordered_json;
using Random = std::minstd_rand;

/// A file taken apart: its header's text and the bytes after it.
struct Parts {
  std::string header, data;
};

bool take_apart(const std::uint8_t* bytes, std::size_t size, Parts& parts) {
  std::uint64_t length;
  if (size < sizeof length) return false;
  std::memcpy(&length, bytes, sizeof length);
  if (length > size - sizeof length) return false;
  const char* text = reinterpret_cast<const char*>(bytes) + sizeof length;
  parts.header.assign(text, length);
  parts.data.assign(text + length, size - sizeof length - length);
  return true;
}

/// The new size, or 0 when it would exceed `max_size`.
std::size_t put_together(const Parts& parts, std::uint8_t* bytes, std::size_t max_size) {
  const std::uint64_t length = parts.header.size();
  const std::size_t size = sizeof length + parts.header.size() + parts.data.size();
  if (size > max_size) return 0;
  std::memcpy(bytes, &length, sizeof length);
  std::memcpy(bytes + sizeof length, parts.header.data(), parts.header.size());
  std::memcpy(bytes + sizeof length + parts.header.size(), parts.data.data(), parts.data.size());
  return size;
}

void mutate_text(std::string& text, std::size_t max_growth) {
  std::vector<std::uint8_t> buffer(text.begin(), text.end());
  buffer.resize(text.size() + max_growth);
  if (buffer.empty()) return;
  buffer.resize(LLVMFuzzerMutate(buffer.data(), text.size(), buffer.size()));
  text.assign(buffer.begin(), buffer.end());
}

void mutate_number(Json& number, Random& random) {
  static constexpr std::int64_t kTelling[] = {-1, 0,   1,   2,     3,         7,        8,
                                              16, 255, 256, 65536, INT64_MAX, INT64_MIN};
  const std::int64_t value = number.is_number_integer() ? number.get<std::int64_t>() : 0;
  switch (random() % 4) {
    case 0:
      number = kTelling[random() % std::size(kTelling)];
      break;
    case 1:
      number = value < INT64_MAX ? value + 1 : 0;
      break;
    case 2:
      number = value > INT64_MIN ? value - 1 : 0;
      break;
    default:
      number = double(value) + 0.5;
  }
}

/// Changes one leaf of `value`, or drops, renames or doubles one member on the way to it.
void mutate_json(Json& value, Random& random) {
  if (value.is_structured() && !value.empty()) {
    auto child = std::next(value.begin(), std::ptrdiff_t(random() % value.size()));
    if (random() % 16 != 0) return mutate_json(*child, random);
    if (random() % 2) {
      value.erase(child);
    } else if (value.is_array()) {
      value.push_back(Json(*child));
    } else {
      value[child.key() + "x"] = Json(*child);
    }
  } else if (value.is_number()) {
    mutate_number(value, random);
  } else if (value.is_string()) {
    static constexpr const char* kTypes[] = {"U8",  "I16",  "I32", "F16", "F32",
                                             "F64", "BOOL", "I64", "X"};
    auto& text = value.get_ref<std::string&>();
    if (random() % 2) {
      text = kTypes[random() % std::size(kTypes)];
    } else {
      mutate_text(text, 8);
    }
  } else if (value.is_boolean()) {
    value = !value.get<bool>();
  } else {
    value = 1;
  }
}

/// Changes the configuration inside the metadata, itself JSON in a string.
void mutate_config(Json& header, Random& random) {
  Json& config = header["__metadata__"]["config"];
  if (!config.is_string()) return;
  Json inner = Json::parse(config.get<std::string>(), nullptr, false);
  if (inner.is_discarded()) return;
  mutate_json(inner, random);
  config = inner.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Changes one tensor's first dimension by one and moves data and offsets to fit. Numbers are taken
/// by reference, which throws at any that are negative or no integers.
void resize_tensor(Json& header, std::string& data, Random& random) {
  std::vector<std::string> names;
  for (const auto& item : header.items()) {
    if (item.key() != "__metadata__") names.push_back(item.key());
  }
  if (names.empty()) return;
  Json& tensor = header.at(names[random() % names.size()]);
  auto& shape = tensor.at("shape");
  const auto begin = tensor.at("data_offsets").at(0).get_ref<const std::uint64_t&>();
  const auto end = tensor.at("data_offsets").at(1).get_ref<const std::uint64_t&>();
  const auto rows = shape.at(0).get_ref<const std::uint64_t&>();
  if (rows == 0 || begin > end || end > data.size() || rows > end - begin) return;
  const std::size_t row = (end - begin) / rows;
  const bool grow = random() % 2;
  shape.at(0) = grow ? rows + 1 : rows - 1;
  if (grow) {
    data.insert(end, data.substr(end - row, row));
  } else {
    data.erase(end - row, row);
  }
  for (const std::string& name : names) {
    for (auto& offset : header.at(name).at("data_offsets")) {
      const auto old = offset.get_ref<const std::uint64_t&>();
      const bool moves =
          old >= end && (&offset == &tensor["data_offsets"][1] || &header.at(name) != &tensor);
      if (moves) offset = grow ? old + row : old - row;
    }
  }
}

void mutate_parts(Parts& parts, Random& random) {
  const unsigned kind = random() % 8;
  if (kind == 0) return mutate_text(parts.header, 16);
  if (kind <= 2) return mutate_text(parts.data, 0);
  Json header = Json::parse(parts.header, nullptr, false);
  if (!header.is_object()) return mutate_text(parts.header, 16);
  try {
    if (kind == 3) {
      mutate_json(header, random);
    } else if (kind <= 5) {
      mutate_config(header, random);
    } else {
      resize_tensor(header, parts.data, random);
      if (kind == 7) mutate_config(header, random);
    }
  } catch (const Json::exception&) {
    // A header that is no safetensors header: what was changed so far is a mutation too.
  }
  parts.header = header.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  Random random(seed);
  Parts parts;
  if (random() % 8 == 0 || !take_apart(data, size, parts))
    return LLVMFuzzerMutate(data, size, max_size);
  mutate_parts(parts, random);
  const std::size_t changed = put_together(parts, data, max_size);
  return changed != 0 ? changed : LLVMFuzzerMutate(data, size, max_size);
}
