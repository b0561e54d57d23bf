#include "train/stage.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "base/progress.h"
#include "train/body_metrics.h"
#include "train/checkpoint.h"
#include "train/evaluation.h"
#include "train/kept_checkpoints.h"
#include "train/libtorch.h"
#include "train/losses.h"
#include "train/optimizer.h"
#include "train/sampler.h"
#include "train/statistics.h"
#include "train/task_loss.h"
#include "train/teacher_outputs.h"
#include "train/to_device.h"

namespace bitcpp {
namespace {

using torch::Tensor;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kLogEvery = 20;  // steps between reads of the loss: each one waits for a GPU

std::vector<std::size_t> lengths_of(const TaskData& data) {
  std::vector<std::size_t> lengths;
  for (const EncodedText& text : data.texts) lengths.push_back(text.ids.size());
  return lengths;
}

Sampler::Mix mix_of(const TaskData& data, double unlabeled_per_labeled) {
  if (unlabeled_per_labeled == 0) return {data.unlabeled, data.unlabeled};
  const auto labeled = static_cast<double>(data.texts.size() - data.unlabeled);
  return {data.unlabeled, static_cast<std::size_t>(std::llround(labeled * unlabeled_per_labeled))};
}

AdamOptions adam_options(const StageRecipe& stage) {
  AdamOptions options;
  options.weight_decay = stage.weight_decay;
  options.clip = stage.clip;
  options.bias_correction = stage.bias_correction;
  return options;
}

/// Sums of loss terms on the device, read now and then.
struct LossSums {
  Tensor logits, hidden, direction;  // undefined: no such term
  std::int64_t steps = 0;

  void add(const Tensor& logit_loss, const Tensor& hidden_loss, const Tensor& direction_loss) {
    add_to(logits, logit_loss);
    add_to(hidden, hidden_loss);
    add_to(direction, direction_loss);
    ++steps;
  }
  double mean(const Tensor& sum) const {
    return sum.defined() ? sum.item<double>() / static_cast<double>(steps) : 0;
  }

 private:
  static void add_to(Tensor& sum, const Tensor& term) {
    if (term.defined()) sum = sum.defined() ? sum + term.detach() : term.detach();
  }
};

class StageTrainer {
 public:
  StageTrainer(const StageRecipe& stage, Network& network, Network* teacher, const RunContext& run)
      : stage_(stage),
        network_(network),
        network_teacher_(teacher),
        run_(run),
        sampler_(lengths_of(run.train), stage.batch, run.recipe.seed, !network.device().is_cpu(),
                 mix_of(run.train, run.recipe.unlabeled_per_labeled)),
        optimizer_(network.parameters(), adam_options(stage),
                   network.device().is_cpu() ? ParameterLayout::kSeparate : ParameterLayout::kFlat),
        loss_(run.task, run.train, stage.class_weights, network.device(), stage.logit_form),
        progress_(stage.name) {
    total_ = stage.max_steps
                 ? stage.max_steps
                 : std::llround(stage.epochs * static_cast<double>(sampler_.steps_per_epoch()));
    evaluate_every_ =
        std::max<std::int64_t>(1, std::llround(static_cast<double>(sampler_.steps_per_epoch()) /
                                               stage.evaluations_per_epoch));
    if (network.config().quantization.variant.padding == Padding::kMaxLength)
      padded_ = padded_texts(run.train.texts, network.config().max_length);
    resume_or_calibrate();
    if (teacher)
      teacher_ = std::make_unique<TeacherOutputs>(
          *teacher, inputs(), run.recipe.teacher_cache_gigabytes, run.folder,
          [&](std::size_t done, std::size_t total) {
            progress_.update(static_cast<double>(done), static_cast<double>(total),
                             "teacher's outputs");
          },
          TeacherUse{stage.teacher_dropout, stage.direction_loss > 0});
    if (teacher && network.config().quantized()) begin_statistics(*teacher);
  }

  StageResult run() {
    progress_.restart();
    started_ = last_checkpoint_ = Clock::now();
    const std::int64_t first = state_.step;
    while (state_.step < total_ && !stale()) {
      train_step();
      if (state_.step % kLogEvery == 0 || state_.step == total_) report(first);
      if (state_.step % evaluate_every_ == 0 || state_.step == total_) evaluate();
      if (seconds_since(last_checkpoint_) >= run_.recipe.checkpoint_seconds && state_.step < total_)
        checkpoint();
    }
    return finish(first);
  }

 private:
  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }
  std::filesystem::path file(const char* kind) const {
    return run_.folder / (stage_.name + "." + kind + ".safetensors");
  }

  bool stale() const { return stage_.early_stopping > 0 && state_.stale >= stage_.early_stopping; }

  void resume_or_calibrate() {
    if (std::filesystem::exists(file("checkpoint"))) {
      state_ = read_checkpoint(file("checkpoint"), network_, optimizer_);
      run_.log.rewind(state_.log_bytes);
      return;
    }
    run_.log.drop_stage(stage_.name);
    if (!stage_.distills()) return;
    ForwardOptions options;
    options.calibrate = true;
    options.initial_scale = stage_.initial_scale;
    network_.forward(make(sampler_.batch_at(0)), options);
  }

  const std::vector<EncodedText>& inputs() const {
    return padded_.empty() ? run_.train.texts : padded_;
  }

  void begin_statistics(Network& teacher) {
    statistics_ =
        std::make_unique<StageStatistics>(network_, teacher, run_.dev.texts, statistics_tokens());
    if (state_.step > 0)
      statistics_->restore(std::move(state_.signs));
    else
      write_statistics();
  }

  /// A token of the statistics costs about what one of training does (ATen's forward pass against
  /// the fused one and its gradients): a hundredth of what is trained between evaluations, at most
  /// 1,024, which are a few hundred thousand values a place.
  std::size_t statistics_tokens() const {
    std::size_t tokens = 0;
    for (std::size_t length : lengths_of(run_.train)) tokens += length;
    const double between = static_cast<double>(tokens) * static_cast<double>(evaluate_every_) /
                           static_cast<double>(sampler_.steps_per_epoch());
    return static_cast<std::size_t>(std::clamp(between / 100, 64.0, 1024.0));
  }

  double epoch() const {
    return static_cast<double>(state_.step) / static_cast<double>(sampler_.steps_per_epoch());
  }

  void write_statistics() {
    nlohmann::json line = statistics_->measure(epoch());
    line.update({{"stage", stage_.name}, {"step", state_.step}, {"epoch", epoch()}});
    run_.log.write(line);
  }

  Batch make(const std::vector<std::size_t>& chosen) const {
    std::vector<const EncodedText*> texts;
    for (std::size_t i : chosen) texts.push_back(&inputs()[i]);
    Batch batch = make_batch(texts, network_.device());
    // Here once for student, teacher and loss.
    if (!network_.device().is_cpu() || stage_.direction_loss > 0)
      add_padded_view(batch, network_.device());
    return batch;
  }

  void train_step() {
    const auto& chosen = sampler_.batch_at(state_.step);
    const Batch batch = make(chosen);
    ForwardOptions options;
    options.with_gradient = true;
    options.dropout = stage_.dropout;
    options.attention_dropout = stage_.attention_dropout;
    options.head_dropout = stage_.head_dropout;
    options.keep_attention = teacher_ && stage_.direction_loss > 0;
    options.bf16 = stage_.bf16;
    // Dropout's random numbers follow from the step, so that a resumed run draws the same.
    if (stage_.dropout + stage_.attention_dropout + stage_.head_dropout + stage_.teacher_dropout >
        0)
      torch::manual_seed(run_.recipe.seed * 1000003 + static_cast<std::uint64_t>(state_.step));
    Outputs outputs = network_.forward(batch, options);
    backward(loss(outputs, chosen, batch));
    const double factor = linear_schedule(state_.step + 1, total_ + 1, stage_.warmup);
    optimizer_.step(factor * stage_.learning_rate, factor * stage_.scale_learning_rate,
                    {batch.unique_ids, outputs.active_words.grad()});
    ++state_.step;
    texts_ += batch.sequences();
  }

  /// On a GPU the gradients' products may take TF32, the counterpart of the CPU's bfloat16. The
  /// forward products may not: rounded scales move values over thresholds, and a network trained
  /// with them answered 78.9 % when packed, of 80.0 % measured (SST-2's tenth).
  void backward(const Tensor& loss) {
    const bool coarse = stage_.bf16 && !network_.device().is_cpu();
    if (coarse) at::globalContext().setAllowTF32CuBLAS(true);
    loss.backward();
    if (coarse) at::globalContext().setAllowTF32CuBLAS(false);
  }

  Tensor loss(const Outputs& outputs, const std::vector<std::size_t>& chosen, const Batch& batch) {
    Tensor logit_loss, hidden_loss, direction_loss, total;
    if (teacher_) {
      TeacherBatch taught = teacher_->get(chosen, batch);
      logit_loss = outputs.logits.defined()
                       ? loss_.from_teacher(outputs.logits, taught.logits, chosen, batch)
                       : torch::zeros({}, outputs.hidden.back().options());
      hidden_loss = stage_.hidden_form == HiddenForm::kDirection
                        ? hidden_direction(outputs.hidden, taught.hidden)
                        : hidden_mse(outputs.hidden, taught.hidden);
      total = logit_loss * stage_.logit_loss + hidden_loss * stage_.hidden_loss;
      if (stage_.direction_loss > 0) {
        direction_loss = attention_direction(outputs.attention, taught.attention, batch,
                                             network_.config().num_attention_heads);
        total = total + direction_loss * stage_.direction_loss;
      }
    } else {
      total = logit_loss = loss_.from_labels(outputs.logits, chosen, batch);
    }
    sums_.add(logit_loss, hidden_loss, direction_loss);
    return total;
  }

  void report(std::int64_t first) {
    const double logits = sums_.mean(sums_.logits), hidden = sums_.mean(sums_.hidden);
    const double direction = sums_.mean(sums_.direction);
    sums_ = {};
    if (!std::isfinite(logits) || !std::isfinite(hidden) || !std::isfinite(direction))
      throw Error(stage_.name + ": the loss is no longer a number at step " +
                  std::to_string(state_.step) + "; try a lower learning_rate");
    const double rate = static_cast<double>(texts_) / seconds_since(started_);
    nlohmann::json line = {{"stage", stage_.name},  {"step", state_.step},
                           {"steps", total_},       {"epoch", epoch()},
                           {"loss_logits", logits}, {"texts_per_second", rate}};
    if (teacher_) line["loss_hidden"] = hidden;
    if (stage_.direction_loss > 0) line["loss_direction"] = direction;
    run_.log.write(line);
    char text[160];
    if (teacher_)
      std::snprintf(text, sizeof text,
                    "step %ld/%ld  loss %.3f = logits %.3f + hidden %.3f  %.0f texts/s%s",
                    static_cast<long>(state_.step), static_cast<long>(total_), logits + hidden,
                    logits, hidden, rate, best_text().c_str());
    else
      std::snprintf(text, sizeof text, "step %ld/%ld  loss %.3f  %.0f texts/s%s",
                    static_cast<long>(state_.step), static_cast<long>(total_), logits, rate,
                    best_text().c_str());
    progress_.update(static_cast<double>(state_.step - first), static_cast<double>(total_ - first),
                     text);
  }

  std::string best_text() const {
    if (state_.best_step < 0) return "";
    char text[48];
    std::snprintf(text, sizeof text, "  dev %.2f %%", 100 * state_.best_metric);
    return text;
  }

  nlohmann::json measure() {
    if (!network_.config().has_head())
      return body_metrics(network_, *network_teacher_, run_.dev.texts);
    return task_metrics(predict_logits(network_, run_.dev.texts), run_.dev, run_.task);
  }

  void evaluate() {
    const nlohmann::json metrics = measure();
    run_.log.write({{"stage", stage_.name}, {"step", state_.step}, {"dev", metrics}});
    if (statistics_) write_statistics();
    if (stage_.keep_checkpoints > 0)
      keep_checkpoint({run_.folder, stage_.name, stage_.keep_checkpoints}, state_.step, network_,
                      run_.tokenizer);
    const double metric = main_metric(metrics, run_.recipe.metric);
    state_.stale = metric > state_.best_metric ? 0 : state_.stale + 1;
    if (metric < state_.best_metric) return;
    state_.best_metric = metric;
    state_.best_step = state_.step;
    best_metrics_ = metrics;
    write_weights(file("best"), network_);
  }

  void checkpoint() {
    state_.log_bytes = run_.log.size();
    StageState state = state_;
    state.seconds += seconds_since(started_);
    if (statistics_) state.signs = statistics_->signs();
    write_checkpoint(file("checkpoint"), network_, optimizer_, state);
    last_checkpoint_ = Clock::now();
  }

  StageResult finish(std::int64_t first) {
    const double spent = seconds_since(started_);
    if (state_.best_step >= 0 && state_.best_step != state_.step)
      read_weights_into(file("best"), network_);
    if (best_metrics_.is_null()) best_metrics_ = measure();
    StageResult result{best_metrics_, state_.best_step, state_.step, state_.seconds + spent,
                       static_cast<double>(texts_) / std::max(spent, 1e-9)};
    char text[160];
    std::snprintf(text, sizeof text, "%ld steps in %s, %.0f texts/s, dev %s %.2f %%",
                  static_cast<long>(state_.step - first), format_duration(spent).c_str(),
                  result.texts_per_second, main_metric_name(result.dev, run_.recipe.metric).c_str(),
                  100 * main_metric(result.dev, run_.recipe.metric));
    progress_.finish(text);
    return result;
  }

  const StageRecipe& stage_;
  Network& network_;
  Network* network_teacher_;
  const RunContext& run_;
  Sampler sampler_;
  Adam optimizer_;
  TaskLoss loss_;
  ProgressLine progress_;
  std::vector<EncodedText> padded_;  // the training texts, where the network takes them padded
  std::unique_ptr<TeacherOutputs> teacher_;
  std::unique_ptr<StageStatistics> statistics_;
  std::int64_t total_ = 0, evaluate_every_ = 1, texts_ = 0;
  StageState state_;
  nlohmann::json best_metrics_;
  LossSums sums_;
  Clock::time_point started_, last_checkpoint_;
};

}  // namespace

StageResult train_stage(const StageRecipe& stage, Network& network, Network* teacher,
                        const RunContext& run) {
  return StageTrainer(stage, network, teacher, run).run();
}

}  // namespace bitcpp
