// Training schedules: stages with their options, read from TOML, changed by --set, saved beside the
// result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "train/network_config.h"
#include "train/variant_quantizer.h"

namespace bitcpp {

/// Which network a stage takes something from: the stage before it, or the schedule's teacher.
enum class Source { kPrevious, kTeacher };

/// How much each class counts in the loss on labels. Nothing given: all alike.
struct ClassWeights {
  bool balanced = false;
  std::map<std::string, double> by_label;  // 1 for labels that are not named

  bool given() const { return balanced || !by_label.empty(); }
};

/// One stage: fine-tuning a full-precision network on labels, or distilling a quantized one from
/// another network.
/// kPaper: soft cross-entropy, or the squared difference for a regression. kPublished: the code's.
enum class LogitForm { kPaper, kPublished };

/// kSquares: mean squared differences. kDirection: distances of directions (BiBERT).
enum class HiddenForm { kSquares, kDirection };

struct StageRecipe {
  std::string name;
  Quantization quantization;           // 32 bits: fine-tuning
  Source teacher = Source::kPrevious;  // whose outputs it learns
  Source start = Source::kPrevious;    // whose weights it starts from
  double epochs = 1;
  std::int64_t max_steps = 0;  // 0: as many as the epochs have
  std::int64_t batch = 16;
  double learning_rate = 5e-4;
  double scale_learning_rate = 1e-4;  // of quantizer scales
  double warmup = 0.1;                // share of the steps
  double weight_decay = 0.01;
  double clip = 1.0;
  double dropout = 0;
  ClassWeights class_weights;              // of the teacher
  double logit_loss = 1, hidden_loss = 1;  // weights of the loss terms
  double direction_loss = 0;               // of BiBERT's third one, attention_direction
  LogitForm logit_form = LogitForm::kPaper;
  HiddenForm hidden_form = HiddenForm::kSquares;
  InitialScale initial_scale = InitialScale::kOptimal;
  double attention_dropout = 0, head_dropout = 0;
  double teacher_dropout = 0;  // in all places; above 0 its outputs are computed anew in each step
  double evaluations_per_epoch = 1;
  std::int64_t early_stopping = 0;    // evaluations without gain after which it ends; 0: never
  std::int64_t keep_checkpoints = 0;  // model folders of the last evaluations that stay
  bool bias_correction = true;
  bool bf16 = true;  // gradients' matrix products in bfloat16 where the CPU has it

  bool distills() const { return quantization.weight_bits == 1; }
};

struct Recipe {
  std::string name;
  std::uint64_t seed = 1;
  std::string metric;             // by which states are chosen; empty: the task's usual one
  std::int64_t max_length = 128;  // tokens, special ones included
  std::int64_t stride = 128;      // question answering: tokens that windows of a context share
  bool ngrams = false;            // classification: an n-gram head for the result, if it pays
  double checkpoint_seconds = 60;
  double teacher_cache_gigabytes =
      8;  // of memory for the teacher's outputs; more go to a file in the run's folder
  double unlabeled_per_labeled = 0;  // unlabelled texts in an epoch of a student for each labelled
                                     // one; 0: all of them
  StageRecipe teacher;               // used when the model folder has no head for the task
  std::vector<StageRecipe> stages;   // none: the teacher alone
};

/// `argument`: a recipe's name (a file of the recipes folder) or a path ending in .toml. Each of
/// `settings` is "key=value" or "stage.key=value", in TOML's syntax for the value. Throws Error for
/// unknown keys, naming them and those there are.
Recipe load_recipe(const std::string& argument, const std::vector<std::string>& settings);

/// The recipe with every option spelled out, as TOML; load_recipe of it gives the same recipe.
std::string to_toml(const Recipe& recipe);

}  // namespace bitcpp
