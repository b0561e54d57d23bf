#include "train/recipe.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {
namespace {

std::filesystem::path recipe_file(const std::string& text) {
  const auto path = std::filesystem::path(testing::TempDir()) / "recipe.toml";
  write_file(path, text);
  return path;
}

std::string error_of(const std::string& text, const std::vector<std::string>& settings = {}) {
  try {
    load_recipe(recipe_file(text).string(), settings);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

const char* const kSmall = "stages = [\"w1a1\"]\n[w1a1]\nepochs = 3\nweight_scale = \"row\"\n";

TEST(Recipe, SettingStagesLeavesTheOthersOut) {
  const auto path =
      recipe_file("stages = [\"a\", \"b\"]\n[a]\nepochs = 3\n[b]\nepochs = 4\n").string();
  const Recipe recipe = load_recipe(path, {"stages=[\"b\"]", "b.batch=8"});
  ASSERT_EQ(recipe.stages.size(), 1U);
  EXPECT_EQ(recipe.stages[0].name, "b");
  EXPECT_EQ(recipe.stages[0].epochs, 4);
  EXPECT_EQ(recipe.stages[0].batch, 8);
}

TEST(Recipe, SavedAndReadAgainItIsTheSame) {
  const Recipe recipe =
      load_recipe(recipe_file(kSmall).string(), {"w1a1.learning_rate=0.00025", "seed=7"});
  EXPECT_EQ(recipe.seed, 7u);
  EXPECT_EQ(recipe.stages.at(0).learning_rate, 0.00025);
  EXPECT_EQ(recipe.stages.at(0).epochs, 3);
  EXPECT_EQ(recipe.stages.at(0).quantization.weight_scale, WeightScale::kRow);
  const std::string text = to_toml(recipe);
  EXPECT_EQ(to_toml(load_recipe(recipe_file(text).string(), {})), text);
}

TEST(Recipe, PlacesHaveTheirOwnBits) {
  const auto path = recipe_file(kSmall).string();
  const Quantization same = load_recipe(path, {"w1a1.activation_bits=2"}).stages.at(0).quantization;
  EXPECT_EQ(same.attention(), ActivationBits(2));
  EXPECT_EQ(same.relu(), ActivationBits(2));
  const Recipe recipe =
      load_recipe(path, {"w1a1.attention_bits=8", "w1a1.relu_bits=ternary",
                         "w1a1.activation_scale=token", "w1a1.attention_threshold=row"});
  const Quantization& bits = recipe.stages.at(0).quantization;
  EXPECT_EQ(bits.activation_bits, ActivationBits(1));
  EXPECT_EQ(bits.attention().levels(), 256);
  EXPECT_EQ(bits.relu().levels(), 3);
  EXPECT_EQ(bits.name(), "W1A1 (attention 8, relu t, token scales, row thresholds)");
  const std::string text = to_toml(recipe);
  EXPECT_EQ(to_toml(load_recipe(recipe_file(text).string(), {})), text);
  EXPECT_NE(error_of(kSmall, {"w1a1.relu_bits=8"}).find("expected relu_bits as 1, 2, 4 or"),
            std::string::npos);
  EXPECT_NE(error_of(kSmall, {"w1a1.attention_bits=trinary"}).find("expected attention_bits as 1,"),
            std::string::npos);
}

TEST(Recipe, AStageMayLearnFromTheTeacherAndStartFromIt) {
  const Recipe recipe =
      load_recipe(recipe_file(kSmall).string(), {"w1a1.teacher=\"teacher\"", "w1a1.start=teacher"});
  EXPECT_EQ(recipe.stages.at(0).teacher, Source::kTeacher);
  EXPECT_EQ(recipe.stages.at(0).start, Source::kTeacher);
  EXPECT_EQ(load_recipe(recipe_file(kSmall).string(), {}).stages.at(0).teacher, Source::kPrevious);
  EXPECT_NE(error_of(kSmall, {"w1a1.start=first"}).find("expected start as \"previous\" or"),
            std::string::npos);
}

TEST(Recipe, ClassWeightsAreAWordOrATable) {
  EXPECT_FALSE(load_recipe(recipe_file(kSmall).string(), {}).teacher.class_weights.given());
  const auto weights = [](const std::string& setting) {
    const Recipe recipe = load_recipe(recipe_file(kSmall).string(), {setting});
    const std::string text = to_toml(recipe);
    EXPECT_EQ(to_toml(load_recipe(recipe_file(text).string(), {})), text);
    return recipe.teacher.class_weights;
  };
  EXPECT_TRUE(weights("teacher.class_weights=balanced").balanced);
  const auto table = weights("teacher.class_weights={O = 0.5, \"B-PER x\" = 2}").by_label;
  EXPECT_EQ(table, (std::map<std::string, double>{{"O", 0.5}, {"B-PER x", 2}}));
  for (const char* bad : {"teacher.class_weights=even", "teacher.class_weights={O = -1}",
                          "teacher.class_weights={O = \"x\"}", "teacher.class_weights=3"})
    EXPECT_NE(error_of(kSmall, {bad}).find("expected class_weights as \"balanced\" or a table"),
              std::string::npos)
        << bad;
  EXPECT_NE(error_of(kSmall, {"w1a1.class_weights=balanced"}).find("unknown key"),
            std::string::npos);
}

TEST(Recipe, NamesTheMetricThatStatesAreChosenBy) {
  EXPECT_EQ(load_recipe(recipe_file(kSmall).string(), {}).metric, "");
  EXPECT_EQ(load_recipe(recipe_file(kSmall).string(), {"metric=matthews"}).metric, "matthews");
  EXPECT_NE(error_of(kSmall, {"metric=precision"}).find("expected metric as"), std::string::npos);
}

TEST(Recipe, EveryRecipeOfTheRepositoryLoads) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(BITCPP_SOURCE_DIR "/recipes")) {
    if (entry.path().extension() != ".toml") continue;
    const Recipe recipe = load_recipe(entry.path().string(), {});
    EXPECT_EQ(recipe.stages.empty(), recipe.name == "teacher") << entry.path();
    ++count;
  }
  EXPECT_GE(count, 2);
}

TEST(Recipe, ErrorsSayWhatWasExpected) {
  EXPECT_NE(error_of("stages = [\"a\"]\n[a]\nepoch = 3\n")
                .find("unknown key \"epoch\", expected one of:"),
            std::string::npos);
  EXPECT_NE(error_of("stages = [\"a\"]\n[a]\nbatch = \"x\"\n").find("expected batch as an integer"),
            std::string::npos);
  EXPECT_NE(error_of("stages = [\"a\"]\n").find("expected a table [a]"), std::string::npos);
  EXPECT_NE(error_of("seed = 1\n").find("expected stages = "), std::string::npos);
  EXPECT_NE(error_of("stages = [\"a\"\n").find("recipe.toml:"), std::string::npos);
}

TEST(Recipe, ErrorsOfASettingNameTheSetting) {
  const auto refused = [](const std::string& setting) { return error_of(kSmall, {setting}); };
  EXPECT_EQ(refused("w1a1"), "--set w1a1: expected key=value or stage.key=value");
  EXPECT_EQ(refused("w1a1=3"), "--set w1a1=3: expected w1a1.KEY=VALUE");
  EXPECT_EQ(refused("w1a1.activation_bits=3"),
            "--set w1a1.activation_bits=3: expected activation_bits as 1, 2, 4 or \"ternary\"");
  EXPECT_EQ(refused("w9.epochs=3"),
            "--set w9.epochs=3: unknown stage \"w9\", expected one of: w1a1, teacher");
  EXPECT_EQ(refused("teacher.hidden_loss=1").rfind("--set teacher.hidden_loss=1: unknown key", 0),
            0u);
  EXPECT_EQ(refused("sed=1").rfind("--set sed=1: unknown key \"sed\", expected one of: name", 0),
            0u);
  EXPECT_EQ(refused("stages=3"), "--set stages=3: expected stages = [\"...\", ...]");
  for (const std::string value : {"", "\"\"", "'a\"b'", "3"})
    EXPECT_EQ(refused("name=" + value),
              "--set name=" + value +
                  ": expected name as a text that is not empty, without quotes and backslashes");
}

TEST(Recipe, AnUnknownNameListsTheKnownOnes) {
  try {
    load_recipe("no-such-recipe", {});
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.rfind("unknown recipe \"no-such-recipe\", expected a .toml file", 0), 0u);
    EXPECT_NE(message.find("best, bibert, bit"), std::string::npos) << message;
    EXPECT_NE(message.find("(looked in "), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace bitcpp
