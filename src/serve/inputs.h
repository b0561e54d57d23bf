// Reading requests: fields of their JSON, the model they name, texts and their encodings.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "serve/operation.h"

namespace bitcpp {

/// The value of a field, or `fallback` where it is not there or null. Throws ApiError when it is of
/// another type.
bool bool_field(const nlohmann::json& object, const char* key, bool fallback);
std::string text_field(const nlohmann::json& object, const char* key,
                       const std::string& fallback = "");
/// Throws ApiError also for a value outside of [least, most].
std::int64_t number_field(const nlohmann::json& object, const char* key, std::int64_t fallback,
                          std::int64_t least, std::int64_t most);
/// Throws ApiError when it is not there.
const nlohmann::json& required_field(const nlohmann::json& object, const char* key);
const std::string& as_text(const nlohmann::json& value, const char* what);

/// The model that "model" in the body or the URL names, else the first of these kinds. Throws
/// ApiError for one that is not there (404), or of another kind (424).
ModelPointer model_of(const nlohmann::json& body, const ApiContext& context,
                      std::span<const ModelKind> kinds = kAllKinds);

/// A text, a pair of texts, or token ids.
struct InputText {
  std::string text = {}, pair = {};
  bool has_pair = false;
  std::vector<std::int32_t> ids = {};
  bool has_ids = false;
};

struct Truncation {
  bool allowed = true;
  bool left = false;  // which end is cut
};

/// "truncate" and "truncation_direction".
Truncation truncation_of(const nlohmann::json& body);

/// "inputs" or whatever `value` is: a string, an array of strings, ids, or an array of arrays of
/// ids. `single`: the value was one text. Throws ApiError for anything else and for more than the
/// limit.
std::vector<InputText> texts_of(const nlohmann::json& value, const char* key,
                                const ApiLimits& limits, bool& single);
void check_count(std::size_t count, const char* key, const ApiLimits& limits);

/// Throws ApiError for a text that is too long to be allowed, and for ids out of range.
Encoding encode(const ServedModel& model, const InputText& input, const Truncation& truncation);

/// Number of code points in the first `bytes` bytes of `text`: places as JSON's readers count them.
std::size_t characters(std::string_view text, std::size_t bytes);

}  // namespace bitcpp
