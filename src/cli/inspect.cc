// `bit inspect`: every byte of a packed model (or of any safetensors file) accounted for.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/model_census.h"
#include "format/packed_config.h"
#include "format/packed_model.h"

namespace bitcpp {
namespace {

using Json = nlohmann::ordered_json;

struct InspectOptions {
  std::string model;
  bool json = false;
};

bool is_packed(const SafetensorsFile& file) {
  const auto format = file.metadata().find("format");
  return format != file.metadata().end() && format->second == "bitcpp";
}

std::int64_t count_elements(const SafetensorsFile& file) {
  std::int64_t count = 0;
  for (const auto& [name, view] : file.tensors()) {
    count += static_cast<std::int64_t>(view.bytes.size() / dtype_size(view.dtype));
  }
  return count;
}

double bits_per_parameter(const SafetensorsFile& file, std::int64_t parameters) {
  return 8.0 * static_cast<double>(file.file_bytes()) / static_cast<double>(parameters);
}

// JSON --------------------------------------------------------------------------------------------

Json file_json(const SafetensorsFile& file, std::int64_t parameters) {
  Json json;
  json["bytes"] = file.file_bytes();
  json["header_bytes"] = file.header_bytes();
  json["parameters"] = parameters;
  json["bits_per_parameter"] = parameters ? Json(bits_per_parameter(file, parameters)) : Json();
  json["tensors"] = Json::array();
  for (const auto& [name, view] : file.tensors()) {
    Json tensor;
    tensor["name"] = name;
    tensor["dtype"] = dtype_name(view.dtype);
    tensor["shape"] = view.shape;
    tensor["bytes"] = view.bytes.size();
    json["tensors"].push_back(std::move(tensor));
  }
  return json;
}

Json parsed_or_null(const std::string& text) { return text.empty() ? Json() : Json::parse(text); }

void add_model_json(const PackedModel& model, const ModelCensus& census, Json& json) {
  json["parts"] = Json::array();
  for (const ModelPart& part : census.parts) {
    json["parts"].push_back(
        {{"name", part.name}, {"parameters", part.parameters}, {"bytes", part.bytes}});
  }
  json["layers"] = Json::array();
  for (const LayerSummary& layer : census.layers) {
    json["layers"].push_back({{"input_levels", layer.input_levels},
                              {"query_levels", layer.query_levels},
                              {"key_levels", layer.key_levels},
                              {"value_levels", layer.value_levels},
                              {"probability_levels", layer.probability_levels},
                              {"context_levels", layer.context_levels},
                              {"hidden_levels", layer.hidden_levels},
                              {"probability_alpha", layer.probability_alpha},
                              {"attention_scale", layer.attention_scale},
                              {"feed_forward_scale", layer.feed_forward_scale},
                              {"constant_channels", layer.constant},
                              {"channels", layer.channels}});
  }
  json["version"] = packed_version(model);
  json["config"] = Json::parse(packed_config_json(model.config, model.file->path().string()));
  json["recipe"] = model.recipe.empty() ? Json() : Json(model.recipe);
  json["provenance"] = parsed_or_null(model.provenance);
  json["metrics"] = parsed_or_null(model.metrics);
}

// Text --------------------------------------------------------------------------------------------

/// "3,685,012".
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string formatted(const char* format, ...) __attribute__((format(printf, 1, 2)));
std::string formatted(const char* format, ...) {
  char text[256];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

/// Text from the file with what could steer a terminal taken out; line ends stay where `lines`.
std::string harmless(std::string text, bool lines = false) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && !(lines && c == '\n')) || byte == 0x7F) c = '?';
  }
  return text;
}

struct TableRow {
  std::string name;
  std::int64_t count = 0;  // parameters or elements; 0 is shown as nothing
  std::uint64_t bytes = 0;
};

/// Rows with their share of the file, then the sum.
void print_table(const std::string& name, const std::string& count, std::vector<TableRow> rows) {
  TableRow total = {"total", 0, 0};
  std::size_t width = 24;
  for (const TableRow& row : rows) {
    total.count += row.count;
    total.bytes += row.bytes;
    width = std::max(width, std::min<std::size_t>(row.name.size(), 72));
  }
  rows.push_back(total);
  const auto padded = [width](std::string text) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
  };
  std::cout << "\n" << padded(name) << formatted(" %13s %13s   share\n", count.c_str(), "bytes");
  for (const TableRow& row : rows) {
    const double share = static_cast<double>(row.bytes) / static_cast<double>(total.bytes);
    const std::string shown = row.count ? grouped(static_cast<std::uint64_t>(row.count)) : "";
    std::cout << padded(row.name)
              << formatted(" %13s %13s %5.1f %%\n", shown.c_str(), grouped(row.bytes).c_str(),
                           100 * share);
  }
}

void print_title(const SafetensorsFile& file, const std::string& kind, std::int64_t parameters) {
  std::cout << harmless(file.path().string()) << ": " << kind << "\n"
            << grouped(file.file_bytes()) << " bytes, "
            << grouped(static_cast<std::uint64_t>(parameters)) << " parameters";
  if (parameters) std::cout << formatted(", %.3f bits each", bits_per_parameter(file, parameters));
  std::cout << "\n";
}

void print_plain(const SafetensorsFile& file) {
  print_title(file, "safetensors file, not a packed model", count_elements(file));
  for (const auto& [key, value] : file.metadata()) {
    std::cout << harmless(key) << ": " << harmless(value.substr(0, 1000)) << "\n";
  }
  std::vector<TableRow> rows = {{"(header)", 0, file.header_bytes()}};
  for (const auto& [name, view] : file.tensors()) {
    std::string shape;
    for (const std::int64_t dimension : view.shape) {
      if (!shape.empty()) shape += 'x';
      shape += std::to_string(dimension);
    }
    if (shape.empty()) shape = "scalar";
    const auto elements = static_cast<std::int64_t>(view.bytes.size() / dtype_size(view.dtype));
    rows.push_back(
        {harmless(name) + " " + dtype_name(view.dtype) + " " + shape, elements, view.bytes.size()});
  }
  print_table("tensor", "elements", rows);
}

void print_config(const PackedConfig& c) {
  std::cout << c.architecture << ": " << c.num_hidden_layers << " layers, " << c.hidden_size
            << " wide, " << c.num_attention_heads << " heads, feed-forward " << c.intermediate_size
            << ", vocabulary " << c.vocab_size << ", positions " << c.max_position_embeddings
            << ", token types " << c.type_vocab_size << ", layer_norm_eps "
            << formatted("%g", c.layer_norm_eps) << "\n";
  std::cout << c.task << " of " << (c.pair ? "pairs" : "single texts") << ", at most "
            << c.max_length << " tokens; tokenizer: " << (c.lowercase ? "lowercase" : "cased")
            << (c.strip_accents ? ", accents stripped" : ", accents kept")
            << (c.chinese_characters ? ", ideographs apart" : "") << "\n";
  if (c.labels.empty()) return;
  constexpr std::size_t kShown = 30;
  std::cout << c.labels.size() << " labels:";
  for (std::size_t i = 0; i < std::min(kShown, c.labels.size()); ++i) {
    std::cout << (i ? ", " : " ") << harmless(c.labels[i].substr(0, 200));
  }
  std::cout << (c.labels.size() > kShown ? ", ... (--json lists all)\n" : "\n");
}

void print_parts(const PackedModel& model, const ModelCensus& census) {
  std::vector<TableRow> rows = {{"(header)", 0, model.file->header_bytes()}};
  for (const ModelPart& part : census.parts)
    rows.push_back({part.name, part.parameters, part.bytes});
  print_table("part", "parameters", rows);
}

void print_layers(const ModelCensus& census) {
  std::cout << "\nlevels of activations               probability   mean |scale|   constant\n"
               "layer in   q   k   v   p  c  ffn          alpha   att.    ffn    channels\n";
  for (std::size_t i = 0; i < census.layers.size(); ++i) {
    const LayerSummary& l = census.layers[i];
    std::cout << formatted("%5zu %2d %3d %3d %3d %3d %2d %4d %14.4g %6.3g %6.3g %5lld of %lld\n", i,
                           l.input_levels, l.query_levels, l.key_levels, l.value_levels,
                           l.probability_levels, l.context_levels, l.hidden_levels,
                           l.probability_alpha, l.attention_scale, l.feed_forward_scale,
                           static_cast<long long>(l.constant), static_cast<long long>(l.channels));
  }
}

void print_packed(const PackedModel& model) {
  const ModelCensus census = take_census(model);
  print_title(*model.file, "packed model, version " + std::to_string(packed_version(model)),
              census.parameters);
  print_config(model.config);
  print_parts(model, census);
  print_layers(census);
  for (const auto& [name, text] :
       {std::pair("metrics", model.metrics), std::pair("provenance", model.provenance)}) {
    if (!text.empty())
      std::cout << "\n" << name << ": " << harmless(Json::parse(text).dump(2), true) << "\n";
  }
  if (!model.recipe.empty()) std::cout << "\nrecipe:\n" << harmless(model.recipe, true) << "\n";
}

void inspect(const InspectOptions& options) {
  SafetensorsFile file = SafetensorsFile::open(options.model);
  if (!is_packed(file)) {
    if (!options.json) return print_plain(file);
    Json json = file_json(file, count_elements(file));
    json["metadata"] = file.metadata();
    std::cout << json.dump() << "\n";
    return;
  }
  const PackedModel model = read_packed_model(std::move(file));
  if (!options.json) return print_packed(model);
  const ModelCensus census = take_census(model);
  Json json = file_json(*model.file, census.parameters);
  add_model_json(model, census, json);
  std::cout << json.dump() << "\n";
}

}  // namespace

CLI::App* add_inspect_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand(
      "inspect", "Show what a model file holds, to the last byte, and where it comes from");
  const auto options = std::make_shared<InspectOptions>();
  command->add_option("MODEL", options->model, "A packed model, or any safetensors file")
      ->required();
  command->add_flag(
      "--json", options->json,
      "Print a JSON object: bytes, header_bytes, parameters, bits_per_parameter, tensors ...");
  command->footer(
      "Example:\n"
      "  bit inspect models/snips-minilm-w1a1.safetensors --json\n"
      "\n"
      "header_bytes and the bytes of all tensors add up to the file's. A sign is one parameter, "
      "and so is\n"
      "every other stored number but the vocabulary and the softmax table.");
  command->callback([options] { inspect(*options); });
  return command;
}

}  // namespace bitcpp
