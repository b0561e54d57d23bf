#include "serve/inputs.h"

#include <algorithm>
#include <limits>

namespace bitcpp {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

[[noreturn]] void refuse(const std::string& message) {
  throw ApiError(ApiErrorType::kValidation, message);
}

const Json* present(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

bool is_id(const Json& value) { return value.is_number_integer(); }

InputText ids_input(const Json& value) {
  InputText input;
  input.has_ids = true;
  for (const Json& id : value) {
    if (!is_id(id)) refuse("expected an array of token ids");
    const auto number = id.get<std::int64_t>();
    if (number < 0 || number > std::numeric_limits<std::int32_t>::max())
      refuse("token id " + std::to_string(number) + " is out of range");
    input.ids.push_back(static_cast<std::int32_t>(number));
  }
  return input;
}

/// [CLS] and [SEP] around ids, of which those at the far end are left out where they are too many.
Encoding wrap(const ServedModel& model, std::vector<std::int32_t> ids, const Truncation& cut) {
  const std::size_t room = model.max_length() - 2;
  Encoding encoding = model.tokenizer().encode("", model.max_length());
  encoding.truncated = ids.size() > room;
  if (encoding.truncated && cut.left)
    ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(room));
  ids.resize(std::min(ids.size(), room));
  encoding.ids.insert(encoding.ids.begin() + 1, ids.begin(), ids.end());
  encoding.type_ids.assign(encoding.ids.size(), 0);
  encoding.offsets.assign(encoding.ids.size(), {});
  return encoding;
}

Encoding encode_ids(const ServedModel& model, const InputText& input, const Truncation& cut) {
  // Special tokens of the caller's are replaced by ours.
  const std::vector<std::int32_t> special = model.tokenizer().encode("", 3).ids;
  std::vector<std::int32_t> ids;
  for (std::int32_t id : input.ids) {
    if (id >= model.config().vocab_size)
      refuse("token id " + std::to_string(id) + " is out of range");
    if (std::find(special.begin(), special.end(), id) == special.end()) ids.push_back(id);
  }
  return wrap(model, std::move(ids), cut);
}

Encoding encode_any(const ServedModel& model, const InputText& input, const Truncation& cut) {
  const Tokenizer& tokenizer = model.tokenizer();
  if (input.has_ids) return encode_ids(model, input, cut);
  if (input.has_pair) return tokenizer.encode(input.text, input.pair, model.max_length());
  Encoding encoding = tokenizer.encode(input.text, model.max_length());
  if (!encoding.truncated || !cut.left) return encoding;
  std::vector<std::int32_t> ids;
  tokenizer.tokenize(input.text, ids);
  return wrap(model, std::move(ids), cut);
}

std::size_t full_length(const ServedModel& model, const InputText& input) {
  if (input.has_ids) return input.ids.size() + 2;
  const Tokenizer& tokenizer = model.tokenizer();
  return (input.has_pair ? tokenizer.encode(input.text, input.pair, kNoLimit)
                         : tokenizer.encode(input.text, kNoLimit))
      .ids.size();
}

}  // namespace

bool bool_field(const Json& object, const char* key, bool fallback) {
  const Json* value = present(object, key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) refuse("`" + std::string(key) + "` is not true or false");
  return value->get<bool>();
}

std::string text_field(const Json& object, const char* key, const std::string& fallback) {
  const Json* value = present(object, key);
  return value == nullptr ? fallback : as_text(*value, key);
}

std::int64_t number_field(const Json& object, const char* key, std::int64_t fallback,
                          std::int64_t least, std::int64_t most) {
  const Json* value = present(object, key);
  if (value == nullptr) return fallback;
  const bool fits = value->is_number_integer() &&
                    (!value->is_number_unsigned() ||
                     value->get<std::uint64_t>() <= static_cast<std::uint64_t>(most));
  if (!fits || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most) {
    refuse("`" + std::string(key) + "` is not a whole number from " + std::to_string(least) +
           " to " + std::to_string(most));
  }
  return value->get<std::int64_t>();
}

const Json& required_field(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) refuse("`" + std::string(key) + "` is missing");
  return *found;
}

const std::string& as_text(const Json& value, const char* what) {
  if (!value.is_string()) refuse("`" + std::string(what) + "` is not a string");
  return value.get_ref<const std::string&>();
}

ModelPointer model_of(const Json& body, const ApiContext& context,
                      std::span<const ModelKind> kinds) {
  const bool named = present(body, "model") != nullptr || !context.model.empty();
  const std::string name = text_field(body, "model", context.model);
  const ModelPointer model = named ? context.models.find(name) : context.models.first(kinds);
  if (named && (name.empty() || model == nullptr)) throw not_served(name);
  if (model == nullptr || std::find(kinds.begin(), kinds.end(), model->kind()) == kinds.end()) {
    throw ApiError(ApiErrorType::kBackend, (named ? name + " is not one that" : "no model here") +
                                               std::string(" can do that"));
  }
  return model;
}

Truncation truncation_of(const Json& body) {
  Truncation truncation;
  truncation.allowed = bool_field(body, "truncate", true);
  const std::string direction = text_field(body, "truncation_direction", "right");
  truncation.left = direction == "left" || direction == "Left";
  if (!truncation.left && direction != "right" && direction != "Right")
    refuse("`truncation_direction` is neither left nor right");
  return truncation;
}

void check_count(std::size_t count, const char* key, const ApiLimits& limits) {
  if (count == 0)
    throw ApiError(ApiErrorType::kEmpty, "`" + std::string(key) + "` cannot be empty");
  if (count > limits.texts) {
    refuse("batch size " + std::to_string(count) + " > maximum allowed batch size " +
           std::to_string(limits.texts));
  }
}

std::vector<InputText> texts_of(const Json& value, const char* key, const ApiLimits& limits,
                                bool& single) {
  const auto one = [key](const Json& item) {
    if (item.is_string()) return InputText{.text = item.get<std::string>()};
    if (!item.is_array())
      refuse("`" + std::string(key) + "` is not a text, token ids or an array of those");
    return ids_input(item);
  };
  single = value.is_string() || (value.is_array() && !value.empty() && is_id(value[0]));
  if (single) return {one(value)};
  if (!value.is_array()) refuse("`" + std::string(key) + "` is not a text or an array of texts");
  check_count(value.size(), key, limits);
  std::vector<InputText> inputs;
  for (const Json& item : value) inputs.push_back(one(item));
  return inputs;
}

Encoding encode(const ServedModel& model, const InputText& input, const Truncation& truncation) {
  Encoding encoding = encode_any(model, input, truncation);
  if (encoding.truncated && !truncation.allowed) {
    refuse("`inputs` must have at most " + std::to_string(model.max_length()) +
           " tokens. Given: " + std::to_string(full_length(model, input)));
  }
  if (encoding.truncated && truncation.left && input.has_pair)
    refuse("`truncation_direction` left is for single texts");
  return encoding;
}

std::size_t characters(std::string_view text, std::size_t bytes) {
  const std::string_view part = text.substr(0, bytes);
  return static_cast<std::size_t>(std::count_if(part.begin(), part.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace bitcpp
