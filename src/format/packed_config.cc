#include "format/packed_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/error.h"
#include "format/quote_name.h"
#include "format/strict_json.h"

namespace bitcpp {
namespace {

using Json = nlohmann::json;

/// Takes keys out of a JSON object one by one; what is left over at the end is unknown.
class Fields {
 public:
  Fields(Json object, const std::string& file) : object_(std::move(object)), file_(file) {
    if (!object_.is_object()) throw Error(file_ + ": config is not a JSON object");
  }

  void take(const char* key, std::int64_t& value, std::int64_t least, std::int64_t most) {
    const Json field = remove(key);
    const std::string range =
        "an integer from " + std::to_string(least) + " to " + std::to_string(most);
    if (!field.is_number_integer()) refuse(key, range);
    // Above 2^63 the parser keeps an unsigned number, which would turn negative.
    if (field.is_number_unsigned() && field.get<std::uint64_t>() > std::uint64_t(most))
      refuse(key, range);
    value = field.get<std::int64_t>();
    if (value < least || value > most) refuse(key, range);
  }
  void take(const char* key, double& value) {
    const Json field = remove(key);
    if (!field.is_number()) refuse(key, "a number");
    value = field.get<double>();
  }
  void take(const char* key, bool& value) {
    const Json field = remove(key);
    if (!field.is_boolean()) refuse(key, "true or false");
    value = field.get<bool>();
  }
  void take(const char* key, std::string& value) {
    const Json field = remove(key);
    if (!field.is_string()) refuse(key, "a string");
    value = field.get<std::string>();
  }
  void take(const char* key, std::vector<std::string>& values) {
    const Json field = remove(key);
    if (!field.is_array()) refuse(key, "an array of strings");
    for (const Json& item : field) {
      if (!item.is_string()) refuse(key, "an array of strings");
      values.push_back(item.get<std::string>());
    }
  }

  void refuse_rest() const {
    if (!object_.empty())
      throw Error(file_ + ": unknown key " + quote_name(object_.begin().key()) + " in config");
  }
  [[noreturn]] void refuse(const char* key, const std::string& expected) const {
    throw Error(file_ + ": config key '" + key + "' must be " + expected);
  }

 private:
  Json remove(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end())
      throw Error(file_ + ": no key '" + std::string(key) + "' in config");
    Json value = std::move(*found);
    object_.erase(found);
    return value;
  }

  Json object_;
  const std::string& file_;
};

void check_task(const PackedConfig& config, const Fields& fields) {
  constexpr std::array<std::string_view, 4> kTasks = {"classification", "regression", "tagging",
                                                      "question-answering"};
  if (std::find(kTasks.begin(), kTasks.end(), config.task) == kTasks.end())
    fields.refuse("task", "'classification', 'regression', 'tagging' or 'question-answering'");
  const bool questions = config.task == "question-answering";
  if (questions && !config.pair) fields.refuse("pair", "true for question-answering");
  if (config.task == "tagging" && config.pair) fields.refuse("pair", "false for tagging");
  if (questions || config.task == "regression") {
    if (!config.labels.empty()) fields.refuse("labels", "empty for " + config.task);
    return;
  }
  if (config.labels.empty() || config.labels.size() > 65536)
    fields.refuse("labels", "1 to 65536 names");
  const std::set<std::string> names(config.labels.begin(), config.labels.end());
  if (names.size() != config.labels.size()) fields.refuse("labels", "different from each other");
}

}  // namespace

std::string packed_config_json(const PackedConfig& config, const std::string& file) {
  nlohmann::ordered_json json = {{"architecture", config.architecture},
                                 {"num_hidden_layers", config.num_hidden_layers},
                                 {"hidden_size", config.hidden_size},
                                 {"num_attention_heads", config.num_attention_heads},
                                 {"intermediate_size", config.intermediate_size},
                                 {"vocab_size", config.vocab_size},
                                 {"max_position_embeddings", config.max_position_embeddings},
                                 {"type_vocab_size", config.type_vocab_size},
                                 {"layer_norm_eps", config.layer_norm_eps},
                                 {"task", config.task},
                                 {"pair", config.pair},
                                 {"max_length", config.max_length},
                                 {"labels", config.labels},
                                 {"lowercase", config.lowercase},
                                 {"strip_accents", config.strip_accents},
                                 {"chinese_characters", config.chinese_characters}};
  if (config.task == "question-answering") json["stride"] = config.stride;
  try {
    return json.dump();
  } catch (const Json::exception&) {
    throw Error(file + ": config holds text that is not UTF-8");
  }
}

PackedConfig parse_packed_config(std::string_view json, const std::string& file) {
  Fields fields(parse_strict_json(json, file + ": config"), file);
  PackedConfig config;
  fields.take("architecture", config.architecture);
  if (config.architecture != "bert") fields.refuse("architecture", "'bert'");
  fields.take("num_hidden_layers", config.num_hidden_layers, 1, 1024);
  fields.take("hidden_size", config.hidden_size, 1, 65536);
  fields.take("num_attention_heads", config.num_attention_heads, 1, config.hidden_size);
  if (config.hidden_size % config.num_attention_heads != 0) {
    fields.refuse("num_attention_heads", "a divisor of hidden_size");
  }
  fields.take("intermediate_size", config.intermediate_size, 1, 262144);
  fields.take("vocab_size", config.vocab_size, 1, 16777216);
  fields.take("max_position_embeddings", config.max_position_embeddings, 3, 65536);
  fields.take("type_vocab_size", config.type_vocab_size, 1, 1024);
  fields.take("layer_norm_eps", config.layer_norm_eps);
  if (!(config.layer_norm_eps > 0 && config.layer_norm_eps <= 1)) {
    fields.refuse("layer_norm_eps", "greater than 0 and at most 1");
  }
  fields.take("task", config.task);
  fields.take("pair", config.pair);
  if (config.pair && config.type_vocab_size < 2)
    fields.refuse("type_vocab_size", "at least 2 for pairs");
  fields.take("max_length", config.max_length, 3, config.max_position_embeddings);
  if (config.task == "question-answering")
    fields.take("stride", config.stride, 0, config.max_length);
  fields.take("labels", config.labels);
  fields.take("lowercase", config.lowercase);
  fields.take("strip_accents", config.strip_accents);
  fields.take("chinese_characters", config.chinese_characters);
  fields.refuse_rest();
  check_task(config, fields);
  return config;
}

bool known_levels(std::int64_t levels, CodeSet set) {
  if (set == CodeSet::kUnsigned) return levels >= 2 && levels <= 256;
  return levels == 2 || levels == 3 || levels == 4 || levels == 16;
}

ScoreRange score_range(std::int64_t width, int query_levels, int key_levels) {
  struct Range {
    std::int64_t least, most;
  };
  const auto integers = [](int levels) -> Range {
    if (levels <= 3) return {-1, 1};
    return {-levels / 2, levels / 2 - 1};
  };
  const Range q = integers(query_levels), k = integers(key_levels);
  const auto corners = {q.least * k.least, q.least * k.most, q.most * k.least, q.most * k.most};
  ScoreRange range;
  range.minimum = width * std::min(corners);
  // A sum of products of +-1 keeps the parity of its length; any other level in either breaks it.
  range.step = query_levels == 2 && key_levels == 2 ? 2 : 1;
  range.count = (width * std::max(corners) - range.minimum) / range.step + 1;
  return range;
}

}  // namespace bitcpp
