#include "train/recipe.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <sstream>

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

/// One key of a table, tied to the field it sets: one list serves reading, checking and writing.
struct Field {
  const char* key;
  std::function<bool(const toml::node&)> read;  // false: wrong type or range
  std::function<std::string()> write;
  std::string expected;
};

/// The shortest text that reads back as the same number, and as a float in TOML.
std::string number_text(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  std::string result(text, end);
  if (result.find_first_of(".e") == std::string::npos) result += ".0";
  return result;
}

Field number(const char* key, double& field, double low, double high, const char* expected) {
  return {key,
          [&field, low, high](const toml::node& node) {
            auto value = node.value<double>();
            if (!value || !(*value >= low && *value <= high)) return false;
            field = *value;
            return true;
          },
          [&field] { return number_text(field); }, expected};
}

template <typename Integer>
Field integer(const char* key, Integer& field, std::int64_t low, std::int64_t high,
              const char* expected) {
  return {key,
          [&field, low, high](const toml::node& node) {
            if (!node.is_integer()) return false;
            const std::int64_t value = *node.value<std::int64_t>();
            if (value < low || value > high) return false;
            field = static_cast<Integer>(value);
            return true;
          },
          [&field] { return std::to_string(field); }, expected};
}

Field boolean(const char* key, bool& field) {
  return {key,
          [&field](const toml::node& node) {
            if (!node.is_boolean()) return false;
            field = *node.value<bool>();
            return true;
          },
          [&field] { return field ? "true" : "false"; }, "true or false"};
}

Field name(const char* key, std::string& field) {
  return {key,
          [&field](const toml::node& node) {
            const std::string value = node.value_or(std::string());
            const auto odd = [](char c) {
              return static_cast<unsigned char>(c) < ' ' || c == '"' || c == '\\';
            };
            if (!node.is_string() || value.empty() || std::any_of(value.begin(), value.end(), odd))
              return false;
            field = value;
            return true;
          },
          [&field] { return "\"" + field + "\""; },
          "a text that is not empty, without quotes and backslashes"};
}

/// `"a", "b" or "c"`.
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + ("\"" + names[i] + "\"");
  return text;
}

/// One of `names`, or "" for none.
Field optional_choice(const char* key, std::string& field, const std::vector<std::string>& names) {
  return {key,
          [names, &field](const toml::node& node) {
            const std::string value = node.value_or(std::string("?"));
            if (!value.empty() && std::find(names.begin(), names.end(), value) == names.end())
              return false;
            field = value;
            return true;
          },
          [&field] { return "\"" + field + "\""; }, listed(names) + ", or \"\""};
}

bool read_bits(const toml::node& node, ActivationBits& bits) {
  if (node.is_integer()) return ActivationBits::from_json(*node.value<std::int64_t>(), bits);
  return ActivationBits::from_json(node.value_or(std::string()), bits);
}

Field activation(const char* key, ActivationBits& field) {
  return {
      key,
      [&field](const toml::node& node) { return read_bits(node, field) && field.fits_linear(); },
      [&field] { return field.to_json().dump(); }, "1, 2, 4 or \"ternary\""};
}

/// A place's own number of bits; what `others` have where the key is absent.
Field place_activation(const char* key, std::optional<ActivationBits>& field,
                       const ActivationBits& others, bool (ActivationBits::*fits)() const,
                       const char* expected) {
  return {key,
          [&field, fits](const toml::node& node) {
            field.emplace();
            return read_bits(node, *field) && ((*field).*fits)();
          },
          [&field, &others] { return field.value_or(others).to_json().dump(); }, expected};
}

/// An enumeration by the names of its values 0, 1, ...
template <typename Enum>
Field choice(const char* key, Enum& field, const std::vector<std::string>& names) {
  return {key,
          [names, &field](const toml::node& node) {
            const auto found = std::find(names.begin(), names.end(), node.value_or(std::string()));
            if (found == names.end()) return false;
            field = static_cast<Enum>(found - names.begin());
            return true;
          },
          [names, &field] { return "\"" + names[static_cast<std::size_t>(field)] + "\""; },
          listed(names)};
}

Field variant_field(const VariantOption& option, Variant& variant) {
  return {option.key,
          [&option, &variant](const toml::node& node) {
            return option.set_by_name(variant, node.value_or(std::string()));
          },
          [&option, &variant] { return "\"" + std::string(option.name_in(variant)) + "\""; },
          option.expected()};
}

/// "balanced", or a table of labels and weights; "" for none, which is how it is written.
Field class_weights(const char* key, ClassWeights& field) {
  return {key,
          [&field](const toml::node& node) {
            field = {};
            if (node.is_string()) {
              field.balanced = *node.value<std::string>() == "balanced";
              return field.balanced || node.value<std::string>()->empty();
            }
            const toml::table* table = node.as_table();
            if (!table || table->empty()) return false;
            for (const auto& [label, weight] : *table) {
              const auto value = weight.value<double>();
              if (!value || !(*value >= 0 && *value <= 1e6)) return false;
              field.by_label[std::string(label.str())] = *value;
            }
            return true;
          },
          [&field] {
            if (field.by_label.empty())
              return std::string(field.balanced ? "\"balanced\"" : "\"\"");
            toml::table table;
            for (const auto& [label, weight] : field.by_label) table.insert(label, weight);
            table.is_inline(true);
            std::ostringstream text;
            text << table;
            return text.str();
          },
          "\"balanced\" or a table {label = weight, ...}"};
}

std::vector<Field> common_fields(StageRecipe& stage) {
  return {
      number("epochs", stage.epochs, 0, 10000, "a number from 0 to 10000"),
      integer("max_steps", stage.max_steps, 0, 1'000'000'000, "an integer, 0 for no limit"),
      integer("batch", stage.batch, 1, 65536, "an integer from 1 to 65536"),
      number("learning_rate", stage.learning_rate, 0, 1, "a number from 0 to 1"),
      number("warmup", stage.warmup, 0, 1, "a share from 0 to 1"),
      number("weight_decay", stage.weight_decay, 0, 1, "a number from 0 to 1"),
      number("clip", stage.clip, 1e-9, 1e9, "a number above 0"),
      number("dropout", stage.dropout, 0, 0.9, "a share from 0 to 0.9"),
      number("evaluations_per_epoch", stage.evaluations_per_epoch, 0.001, 1000, "a number above 0"),
      integer("early_stopping", stage.early_stopping, 0, 1'000'000,
              "a number of evaluations, 0 for never"),
      integer("keep_checkpoints", stage.keep_checkpoints, 0, 1'000'000,
              "a number of checkpoints, 0 for none"),
      boolean("bias_correction", stage.bias_correction),
      boolean("bf16", stage.bf16)};
}

/// With the teacher's own: it alone learns from labels.
std::vector<Field> teacher_fields(StageRecipe& stage) {
  std::vector<Field> fields = common_fields(stage);
  fields.push_back(class_weights("class_weights", stage.class_weights));
  return fields;
}

std::vector<Field> stage_fields(StageRecipe& stage) {
  std::vector<Field> fields = {
      choice("start", stage.start, {"previous", "teacher"}),
      choice("teacher", stage.teacher, {"previous", "teacher"}),
      activation("activation_bits", stage.quantization.activation_bits),
      place_activation("attention_bits", stage.quantization.attention_bits,
                       stage.quantization.activation_bits, &ActivationBits::fits_attention,
                       "1, 2, 4, 8 or \"ternary\""),
      place_activation("relu_bits", stage.quantization.relu_bits,
                       stage.quantization.activation_bits, &ActivationBits::fits_linear,
                       "1, 2, 4 or \"ternary\""),
      choice("weight_scale", stage.quantization.weight_scale, {"tensor", "row"}),
      choice("activation_scale", stage.quantization.activation_scale, {"place", "token"}),
      choice("attention_threshold", stage.quantization.attention_threshold, {"place", "row"}),
      boolean("half_tables", stage.quantization.half_tables),
      number("scale_learning_rate", stage.scale_learning_rate, 0, 1, "a number from 0 to 1"),
      number("logit_loss", stage.logit_loss, 0, 1e6, "a weight, 0 or more"),
      number("hidden_loss", stage.hidden_loss, 0, 1e6, "a weight, 0 or more"),
      number("direction_loss", stage.direction_loss, 0, 1e6, "a weight, 0 or more"),
      choice("logit_form", stage.logit_form, {"paper", "published"}),
      choice("hidden_form", stage.hidden_form, {"squares", "direction"}),
      choice("initial_scale", stage.initial_scale, {"optimal", "published", "one"}),
      number("attention_dropout", stage.attention_dropout, 0, 0.9, "a share from 0 to 0.9"),
      number("head_dropout", stage.head_dropout, 0, 0.9, "a share from 0 to 0.9"),
      number("teacher_dropout", stage.teacher_dropout, 0, 0.9, "a share from 0 to 0.9")};
  for (const VariantOption& option : variant_options())
    fields.push_back(variant_field(option, stage.quantization.variant));
  for (Field& field : common_fields(stage)) fields.push_back(std::move(field));
  return fields;
}

std::vector<Field> recipe_fields(Recipe& recipe) {
  return {name("name", recipe.name),
          optional_choice("metric", recipe.metric,
                          {"accuracy", "f1", "matthews", "pearson", "spearman", "exact_match"}),
          integer("seed", recipe.seed, 0, std::int64_t{1} << 53, "an integer, 0 or more"),
          integer("max_length", recipe.max_length, 3, 65536, "an integer from 3"),
          integer("stride", recipe.stride, 0, 65536, "an integer, 0 or more"),
          boolean("ngrams", recipe.ngrams),
          number("checkpoint_seconds", recipe.checkpoint_seconds, 0, 1e6, "seconds"),
          number("teacher_cache_gigabytes", recipe.teacher_cache_gigabytes, 0, 1e6, "gigabytes"),
          number("unlabeled_per_labeled", recipe.unlabeled_per_labeled, 0, 1e6,
                 "a number, 0 for all of them")};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Sets `fields` from `table`; keys in `others` belong to somebody else.
void read_fields(const toml::table& table, const std::vector<Field>& fields,
                 const std::vector<std::string>& others, const std::string& where) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(others.begin(), others.end(), name) != others.end()) continue;
    auto field = std::find_if(fields.begin(), fields.end(), [&](auto& f) { return f.key == name; });
    if (field == fields.end()) {
      std::vector<std::string> known;
      for (const Field& each : fields) known.push_back(each.key);
      throw Error(where + ": unknown key \"" + name + "\", expected one of: " + joined(known));
    }
    if (!field->read(node)) throw Error(where + ": expected " + name + " as " + field->expected);
  }
}

void write_fields(std::ostream& out, const std::vector<Field>& fields) {
  for (const Field& field : fields) out << field.key << " = " << field.write() << "\n";
}

const toml::table& stage_table(const toml::table& root, const std::string& name,
                               const std::string& where) {
  const toml::table* table = root[name].as_table();
  if (!table) throw Error(where + ": expected a table [" + name + "]");
  return *table;
}

std::vector<std::string> stage_names(const toml::table& root, const std::string& where) {
  std::vector<std::string> names;
  const toml::array* stages = root["stages"].as_array();
  if (!stages) throw Error(where + ": expected stages = [\"...\", ...]");
  for (const toml::node& node : *stages) {
    auto name = node.value<std::string>();
    if (!name || name->empty() || name->find_first_of("./\\ ") != std::string::npos ||
        *name == "teacher" || *name == "stages" ||
        std::find(names.begin(), names.end(), *name) != names.end())
      throw Error(where + ": expected stages to be different plain names");
    names.push_back(*name);
  }
  return names;
}

Recipe read_recipe(const toml::table& root, const std::string& where) {
  Recipe recipe;
  recipe.teacher.name = "teacher";
  const std::vector<std::string> names = stage_names(root, where);
  std::vector<std::string> not_fields = names;
  not_fields.insert(not_fields.end(), {"stages", "teacher"});
  read_fields(root, recipe_fields(recipe), not_fields, where);
  if (const toml::table* table = root["teacher"].as_table())
    read_fields(*table, teacher_fields(recipe.teacher), {}, where + ": teacher");
  for (const std::string& name : names) {
    StageRecipe stage;
    stage.name = name;
    stage.quantization.weight_bits = 1;
    stage.quantization.activation_bits = 1;
    read_fields(stage_table(root, stage.name, where), stage_fields(stage), {},
                where + ": " + stage.name);
    recipe.stages.push_back(stage);
  }
  return recipe;
}

/// `setting` as TOML, where a bare word is meant as a string.
toml::table parse_setting(const std::string& setting, const std::string& where) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(where + ": expected key=value or stage.key=value");
  try {
    return toml::parse(setting);
  } catch (const toml::parse_error&) {
  }
  try {
    return toml::parse(setting.substr(0, equals) + "=\"" + setting.substr(equals + 1) + "\"");
  } catch (const toml::parse_error& failure) {
    throw Error(where + ": " + std::string(failure.description()));
  }
}

/// Refuses what the recipe would refuse, in the name of the setting and not of the file.
void check_setting(const toml::table& parsed, std::vector<std::string> stages,
                   const std::string& where) {
  stages.push_back("teacher");
  const auto is_stage = [&](const std::string& key) {
    return std::find(stages.begin(), stages.end(), key) != stages.end();
  };
  for (const auto& [key, node] : parsed) {
    const std::string name(key.str());
    StageRecipe stage;
    if (const toml::table* inner = node.as_table()) {
      if (!is_stage(name))
        throw Error(where + ": unknown stage \"" + name + "\", expected one of: " + joined(stages));
      read_fields(*inner, name == "teacher" ? teacher_fields(stage) : stage_fields(stage), {},
                  where);
    } else if (is_stage(name)) {
      throw Error(where + ": expected " + name + ".KEY=VALUE");
    }
  }
  Recipe recipe;
  stages.push_back("stages");
  read_fields(parsed, recipe_fields(recipe), stages, where);
}

/// Removes what the file says of stages that are not in `kept`.
void drop_other_stages(toml::table& root, const std::string& file,
                       const std::vector<std::string>& kept) {
  for (const std::string& name : stage_names(root, file))
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) root.erase(name);
}

/// Applies "a.b=value" to the parsed file.
void apply_setting(toml::table& root, const std::string& setting, const std::string& file) {
  const std::string where = "--set " + setting;
  const toml::table parsed = parse_setting(setting, where);
  if (parsed.contains("stages"))
    drop_other_stages(root, file, stage_names(parsed, where));
  else
    check_setting(parsed, stage_names(root, file), where);
  for (auto&& [key, node] : parsed) {
    const toml::table* inner = node.as_table();
    if (!inner) {
      root.insert_or_assign(key, node);
      continue;
    }
    if (!root.contains(key)) root.insert(key, toml::table());
    toml::table* target = root[key].as_table();
    if (!target) throw Error(file + ": expected \"" + std::string(key.str()) + "\" to be a table");
    for (auto&& [name, value] : *inner) target->insert_or_assign(name, value);
  }
}

fs::path find_recipe(const std::string& argument) {
  if (argument.size() > 5 && argument.compare(argument.size() - 5, 5, ".toml") == 0)
    return argument;
  // Beside the executable's build folder, or where `make install` put them.
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  std::vector<std::string> known, searched;
  for (const fs::path& place :
       {folder / "../recipes", folder / "../share/bitcpp/recipes", fs::path("recipes")}) {
    if (fs::exists(place / (argument + ".toml"))) return place / (argument + ".toml");
    searched.push_back(place.lexically_normal().string());
    for (const auto& entry : fs::directory_iterator(place, ignored)) {
      const std::string name = entry.path().stem().string();
      if (entry.path().extension() == ".toml" &&
          std::find(known.begin(), known.end(), name) == known.end())
        known.push_back(name);
    }
  }
  std::sort(known.begin(), known.end());
  throw Error("unknown recipe \"" + argument + "\", expected a .toml file" +
              (known.empty() ? "" : " or one of: " + joined(known)) + " (looked in " +
              joined(searched) + ")");
}

}  // namespace

Recipe load_recipe(const std::string& argument, const std::vector<std::string>& settings) {
  const fs::path path = find_recipe(argument);
  const std::string where = path.lexically_normal().string();
  toml::table root;
  try {
    root = toml::parse(read_file(path, 1 << 20), where);
  } catch (const toml::parse_error& failure) {
    throw Error(where + ":" + std::to_string(failure.source().begin.line) + ": " +
                std::string(failure.description()));
  }
  for (const std::string& setting : settings) apply_setting(root, setting, where);
  Recipe recipe = read_recipe(root, where);
  if (recipe.name.empty()) recipe.name = path.stem().string();
  return recipe;
}

std::string to_toml(const Recipe& recipe) {
  Recipe copy = recipe;  // fields refer to what they write
  std::ostringstream out;
  write_fields(out, recipe_fields(copy));
  out << "stages = [";
  for (std::size_t i = 0; i < copy.stages.size(); ++i)
    out << (i ? ", \"" : "\"") << copy.stages[i].name << "\"";
  out << "]\n\n[teacher]\n";
  write_fields(out, teacher_fields(copy.teacher));
  for (StageRecipe& stage : copy.stages) {
    out << "\n[" << stage.name << "]\n";
    write_fields(out, stage_fields(stage));
  }
  return out.str();
}

}  // namespace bitcpp
