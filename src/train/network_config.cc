#include "train/network_config.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {
namespace {

using nlohmann::json;

/// Reads keys of one JSON object, with errors that name the file.
class Reader {
 public:
  Reader(const json& object, std::string where) : object_(object), where_(std::move(where)) {}

  std::int64_t integer(const char* key, std::int64_t low, std::int64_t high) const {
    auto value = object_.find(key);
    if (value == object_.end() || !value->is_number_integer() || *value < low || *value > high)
      throw Error(where_ + ": expected \"" + key + "\" as an integer from " + std::to_string(low) +
                  " to " + std::to_string(high));
    return *value;
  }
  std::int64_t integer_or(const char* key, std::int64_t low, std::int64_t high,
                          std::int64_t otherwise) const {
    return object_.contains(key) ? integer(key, low, high) : otherwise;
  }
  ActivationBits activation(const char* key) const {
    ActivationBits bits;
    auto value = object_.find(key);
    if (value == object_.end() || !ActivationBits::from_json(*value, bits))
      throw Error(where_ + ": expected \"" + key + "\" as 1, 2, 4, 8, 32 or \"ternary\"");
    return bits;
  }
  std::string text_or(const char* key, const std::string& otherwise) const {
    auto value = object_.find(key);
    if (value == object_.end() || value->is_null()) return otherwise;
    if (!value->is_string()) throw Error(where_ + ": expected \"" + key + "\" as a string");
    return *value;
  }
  /// Whether `key` is `other` and not `usual`, which it is where it is absent.
  bool one_of(const char* key, const std::string& usual, const std::string& other) const {
    const std::string value = text_or(key, usual);
    if (value != usual && value != other)
      throw Error(where_ + ": expected \"" + key + "\" as \"" + usual + "\" or \"" + other + "\"");
    return value == other;
  }
  double number_or(const char* key, double otherwise) const {
    auto value = object_.find(key);
    if (value == object_.end()) return otherwise;
    if (!value->is_number()) throw Error(where_ + ": expected \"" + key + "\" as a number");
    return *value;
  }

 private:
  const json& object_;
  std::string where_;
};

/// id2label as a list; Hugging Face's placeholder names LABEL_0... are kept as they are.
std::vector<std::string> read_labels(const json& root, const std::string& where) {
  std::vector<std::string> labels;
  auto map = root.find("id2label");
  if (map == root.end()) return labels;
  if (!map->is_object() || map->size() > 1'000'000)
    throw Error(where + ": expected \"id2label\" as an object");
  labels.resize(map->size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    auto name = map->find(std::to_string(i));
    if (name == map->end() || !name->is_string())
      throw Error(where + ": expected \"id2label\" to name every id from 0 to " +
                  std::to_string(labels.size() - 1));
    labels[i] = *name;
  }
  return labels;
}

/// Hugging Face's class of a network with such a head.
const char* architecture_name(TaskKind task) {
  switch (task) {
    case TaskKind::kTagging:
      return "BertForTokenClassification";
    case TaskKind::kQuestionAnswering:
      return "BertForQuestionAnswering";
    default:
      return "BertForSequenceClassification";
  }
}

/// The task of the head that the folder names; none for a bare backbone.
std::optional<TaskKind> read_head(const json& root) {
  auto architectures = root.find("architectures");
  if (architectures == root.end() || !architectures->is_array() || architectures->size() != 1)
    return {};
  for (TaskKind task :
       {TaskKind::kClassification, TaskKind::kTagging, TaskKind::kQuestionAnswering})
    if ((*architectures)[0] == architecture_name(task)) return task;
  return {};
}

void read_head_keys(const json& root, const Reader& reader, NetworkConfig& config,
                    const std::string& where) {
  const auto head = read_head(root);
  if (!head) return;
  config.task = *head;
  config.pair = config.task == TaskKind::kQuestionAnswering;
  if (per_token(config.task)) {
    if (config.task == TaskKind::kTagging) config.labels = read_labels(root, where);
    return;
  }
  if (reader.text_or("problem_type", "") != "regression") config.labels = read_labels(root, where);
  // One output is how Hugging Face marks a regression.
  if (config.labels.size() == 1 || reader.text_or("problem_type", "") == "regression") {
    config.task = TaskKind::kRegression;
    config.labels.clear();
  }
}

void read_variant(const json& object, Variant& variant, const std::string& where) {
  if (!object.is_object()) throw Error(where + ": expected \"variant\" as an object");
  for (const auto& [key, value] : object.items()) {
    const auto& options = variant_options();
    const auto option = std::find_if(options.begin(), options.end(),
                                     [&key](const VariantOption& each) { return key == each.key; });
    if (option == options.end()) throw Error(where + ": variant: unknown key \"" + key + "\"");
    if (!value.is_string() || !option->set_by_name(variant, value))
      throw Error(where + ": expected \"" + key + "\" as " + option->expected());
  }
}

/// What differs from the method.
json variant_json(const Variant& variant) {
  json object = json::object();
  for (const VariantOption& option : variant_options())
    if (option.get(variant) != 0) object[option.key] = option.name_in(variant);
  return object;
}

void read_bitcpp_keys(const json& own, NetworkConfig& config, const std::string& where) {
  if (!own.is_object()) throw Error(where + ": expected \"bitcpp\" as an object");
  Reader reader(own, where + ": bitcpp");
  Quantization& bits = config.quantization;
  bits.weight_bits = static_cast<int>(reader.integer("weight_bits", 1, 32));
  bits.activation_bits = reader.activation("activation_bits");
  if (own.contains("attention_bits")) bits.attention_bits = reader.activation("attention_bits");
  if (own.contains("relu_bits")) bits.relu_bits = reader.activation("relu_bits");
  if (reader.one_of("weight_scale", "tensor", "row")) bits.weight_scale = WeightScale::kRow;
  bits.half_tables = own.value("half_tables", true);
  if (reader.one_of("activation_scale", "place", "token"))
    bits.activation_scale = ActivationScale::kToken;
  if (reader.one_of("attention_threshold", "place", "row"))
    bits.attention_threshold = AttentionThreshold::kRow;
  if (auto variant = own.find("variant"); variant != own.end())
    read_variant(*variant, bits.variant, where + ": bitcpp");
  config.pair = own.value("pair", config.pair);
  config.max_length = reader.integer_or("max_length", 0, config.max_position_embeddings, 0);
  config.stride = reader.integer_or("stride", 0, config.max_position_embeddings, config.stride);
  config.ngram_buckets = reader.integer_or("ngram_buckets", 0, 1 << 24, 0);
  if (config.ngram_buckets != 0 &&
      (config.ngram_buckets < 2 || (config.ngram_buckets & (config.ngram_buckets - 1)) != 0 ||
       config.labels.empty() || per_token(config.task)))
    throw Error(where + ": expected \"ngram_buckets\" as a power of two, of a classification");
}

}  // namespace

std::string Quantization::name() const {
  std::string places;
  if (attention() != activation_bits) places = "attention " + attention().short_name();
  if (relu() != activation_bits)
    places += (places.empty() ? "" : ", ") + ("relu " + relu().short_name());
  if (activation_scale == ActivationScale::kToken)
    places += std::string(places.empty() ? "" : ", ") + "token scales";
  if (attention_threshold == AttentionThreshold::kRow)
    places += std::string(places.empty() ? "" : ", ") + "row thresholds";
  return "W" + std::to_string(weight_bits) + "A" + activation_bits.short_name() +
         (places.empty() ? "" : " (" + places + ")");
}

NetworkConfig read_network_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  const std::string where = path.string();
  json root = json::parse(read_file(path, 16 << 20), nullptr, false);
  if (root.is_discarded() || !root.is_object()) throw Error(where + ": expected a JSON object");
  Reader reader(root, where);
  if (std::string type = reader.text_or("model_type", "bert"); type != "bert")
    throw Error(where + ": expected \"model_type\" \"bert\", not \"" + type + "\"");

  NetworkConfig config;
  config.num_hidden_layers = reader.integer("num_hidden_layers", 1, 1024);
  config.hidden_size = reader.integer("hidden_size", 1, 65536);
  config.num_attention_heads = reader.integer("num_attention_heads", 1, 1024);
  config.intermediate_size = reader.integer("intermediate_size", 1, 1 << 20);
  config.vocab_size = reader.integer("vocab_size", 1, 1 << 24);
  config.max_position_embeddings = reader.integer("max_position_embeddings", 1, 1 << 16);
  config.type_vocab_size = reader.integer_or("type_vocab_size", 1, 1024, 2);
  config.layer_norm_eps = reader.number_or("layer_norm_eps", 1e-12);
  config.hidden_act = reader.text_or("hidden_act", "gelu");
  if (config.hidden_act != "gelu" && config.hidden_act != "relu")
    throw Error(where + ": expected \"hidden_act\" \"gelu\" or \"relu\", not \"" +
                config.hidden_act + "\"");
  if (config.hidden_size % config.num_attention_heads != 0)
    throw Error(where + ": expected \"hidden_size\" to be a multiple of \"num_attention_heads\"");
  if (std::string kind = reader.text_or("position_embedding_type", "absolute"); kind != "absolute")
    throw Error(where + ": expected absolute positions, not \"" + kind + "\"");

  read_head_keys(root, reader, config, where);
  config.max_length = config.max_position_embeddings;
  if (auto own = root.find("bitcpp"); own != root.end()) read_bitcpp_keys(*own, config, where);
  return config;
}

nlohmann::json to_json(const NetworkConfig& config) {
  json root = {{"model_type", "bert"},
               {"num_hidden_layers", config.num_hidden_layers},
               {"hidden_size", config.hidden_size},
               {"num_attention_heads", config.num_attention_heads},
               {"intermediate_size", config.intermediate_size},
               {"vocab_size", config.vocab_size},
               {"max_position_embeddings", config.max_position_embeddings},
               {"type_vocab_size", config.type_vocab_size},
               {"layer_norm_eps", config.layer_norm_eps},
               {"hidden_act", config.hidden_act},
               {"pad_token_id", 0}};
  root["architectures"] = {config.has_head() ? architecture_name(config.task) : "BertModel"};
  if (config.has_head()) {
    if (!per_token(config.task))
      root["problem_type"] =
          config.task == TaskKind::kRegression ? "regression" : "single_label_classification";
    json names = json::object(), ids = json::object();
    for (std::size_t i = 0; i < config.labels.size(); ++i) {
      names[std::to_string(i)] = config.labels[i];
      ids[config.labels[i]] = i;
    }
    if (config.task == TaskKind::kRegression) names["0"] = "LABEL_0", ids["LABEL_0"] = 0;
    if (config.task != TaskKind::kQuestionAnswering) {
      root["id2label"] = names;
      root["label2id"] = ids;
    }
  }
  const Quantization& bits = config.quantization;
  root["bitcpp"] = {{"weight_bits", bits.weight_bits},
                    {"activation_bits", bits.activation_bits.to_json()},
                    {"weight_scale", bits.weight_scale == WeightScale::kRow ? "row" : "tensor"},
                    {"half_tables", bits.half_tables},
                    {"pair", config.pair},
                    {"max_length", config.max_length}};
  if (bits.attention_bits) root["bitcpp"]["attention_bits"] = bits.attention_bits->to_json();
  if (bits.activation_scale == ActivationScale::kToken)
    root["bitcpp"]["activation_scale"] = "token";
  if (bits.attention_threshold == AttentionThreshold::kRow)
    root["bitcpp"]["attention_threshold"] = "row";
  if (bits.relu_bits) root["bitcpp"]["relu_bits"] = bits.relu_bits->to_json();
  if (const json variant = variant_json(bits.variant); !variant.empty())
    root["bitcpp"]["variant"] = variant;
  if (config.ngram_buckets > 0) root["bitcpp"]["ngram_buckets"] = config.ngram_buckets;
  if (config.task == TaskKind::kQuestionAnswering) root["bitcpp"]["stride"] = config.stride;
  return root;
}

}  // namespace bitcpp
