#include "distill/distill.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "distill/dial.h"
#include "distill/judgements.h"
#include "distill/measure.h"
#include "distill/ngrams.h"
#include "distill/run_folder.h"
#include "distill/stage_runner.h"
#include "distill/start.h"
#include "distill/task_setup.h"
#include "linear/baseline.h"
#include "linear/word_tags.h"
#include "pack/pack.h"
#include "pack/verify.h"
#include "report/event_log.h"
#include "report/page.h"
#include "train/evaluation.h"
#include "train/folder.h"
#include "train/kept_checkpoints.h"
#include "train/libtorch.h"
#include "train/stage.h"

namespace bitcpp {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string device_name(torch::Device device) {
  if (!device.is_cpu())
    return "the GPU (" + device.str() + " of " + std::to_string(torch::cuda::device_count()) + ")";
  const int threads = at::get_num_threads();
  return "the CPU, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

/// The configuration of this run's networks: the folder's shape, the task's head.
NetworkConfig task_config(const TaskSetup& setup, const Quantization& quantization) {
  NetworkConfig config = setup.config;
  config.quantization = quantization;
  config.task = setup.task.kind;
  config.ngram_buckets = 0;
  config.labels = setup.task.labels.names();
  config.pair = setup.task.pair;
  config.max_length = setup.task.max_length;
  config.stride = setup.task.stride;
  return config;
}

json linear_row(const Dataset& train, const Dataset& dev, TaskKind task) {
  const LinearBaseline linear = linear_baseline(train, dev, task);
  json row = {{"name", "n-gram linear"}, {"microseconds_per_text", linear.microseconds_per_text}};
  if (task == TaskKind::kRegression)
    row.update({{"pearson", linear.pearson}, {"spearman", linear.spearman}});
  else
    row.update({{"accuracy", linear.accuracy}, {"f1", linear.f1}, {"matthews", linear.matthews}});
  return row;
}

json word_tag_row(const Dataset& train, const Dataset& dev) {
  const WordTagBaseline floor = word_tag_baseline(train, dev);
  json row = floor.metrics;
  row.update(
      {{"name", "word's usual tag"}, {"microseconds_per_text", floor.microseconds_per_text}});
  return row;
}

class Distillation {
 public:
  Distillation(const DistillInputs& inputs, const Recipe& recipe)
      : recipe_(recipe),
        inputs_(inputs),
        setup_(set_up_task(inputs, recipe)),
        device_(training_device()),
        given_(load_network(inputs.model, task_config(setup_, {}), device_, recipe.seed)),
        starts_(read_starts(inputs.starts, recipe)),
        folder_(inputs.out, to_toml(recipe), inputs_text(), inputs.resume),
        log_(folder_.path() / "log.jsonl"),
        events_(folder_.path()),
        run_{recipe_, setup_.task, setup_.train, setup_.dev, folder_.path(), log_, inputs.model},
        student_run_{recipe_,        setup_.task, setup_.student_train, setup_.dev,
                     folder_.path(), log_,        inputs.model},
        runner_(folder_, inputs.model) {
    log_.on_line = [this](const json& line) { events_.add(line); };
    log_.on_cut = [this] { events_.rewrite(); };
  }

  json run() {
    announce();
    if (const json floor = measure_floor(); !floor.is_null()) rows_.push_back(floor);
    networks_.emplace("teacher", make_teacher());
    rows_.push_back(
        judged(measure_network("teacher (fp32)", networks_.at("teacher"), setup_.dev_file,
                               setup_.dev, setup_.task, setup_.tokenizer)));
    json report = {{"task", task_name(setup_.task.kind)},
                   {"recipe", recipe_.name},
                   {"metric", main_metric_name(rows_.back(), recipe_.metric)}};
    std::string chosen = recipe_.stages.empty() ? "teacher" : recipe_.stages.back().name;
    if (inputs_.max_drop && !recipe_.stages.empty()) {
      report["dial"] = turn_dial(*inputs_.max_drop);
      chosen = report["dial"]["chosen"];
    } else {
      for (const StageRecipe& stage : recipe_.stages) take_stage(stage.name);
    }
    if (const StageRecipe* stage = stage_named(chosen); stage && recipe_.ngrams)
      chosen = add_ngrams(*stage);
    report["verify"] = nullptr;
    if (const Network& result = networks_.at(chosen); why_unpackable(result.config()).empty()) {
      fs::rename(folder_.packed(chosen), folder_.model());
      report["verify"] = verified(result);
    }
    report["rows"] = rows_;
    report["stages"] = runner_.stages();
    if (!setup_.task.per_token())  // whose answers are no column of labels or values
      write_file(folder_.path() / "judgements.json",
                 judgements(setup_.dev_file, setup_.dev, setup_.task, judges_).dump() + "\n");
    write_file(folder_.path() / "report.json", report.dump(1) + "\n");
    write_report(folder_.path());
    return report;
  }

 private:
  /// What a resumed run must have in common with its beginning.
  std::string inputs_text() const {
    auto absolute = [](const fs::path& path) {
      return fs::absolute(path).lexically_normal().string();
    };
    json text = {{"model", absolute(inputs_.model)},
                 {"train", absolute(inputs_.train)},
                 {"dev", absolute(inputs_.dev)},
                 {"task", task_name(setup_.task.kind)}};
    for (const fs::path& path : inputs_.unlabeled) text["unlabeled"].push_back(absolute(path));
    for (const auto& [stage, start] : starts_) text["start"][stage] = absolute(start.folder);
    return text.dump(1) + "\n";
  }

  void announce() const {
    const NetworkConfig& config = setup_.config;
    std::fprintf(
        stderr, "%zu texts to train on, %zu to measure on, %s; network %ldx%ld; recipe %s; on %s\n",
        setup_.train.texts.size(), setup_.dev.texts.size(),
        setup_.task.labels.names().empty()
            ? task_name(setup_.task.kind)
            : (std::to_string(setup_.task.labels.names().size()) + " labels").c_str(),
        static_cast<long>(config.num_hidden_layers), static_cast<long>(config.hidden_size),
        recipe_.name.c_str(), device_name(device_).c_str());
  }

  /// The cheapest model that anybody should beat; none for questions.
  json measure_floor() const {
    json row;
    if (setup_.task.kind == TaskKind::kQuestionAnswering) return row;
    if (setup_.task.kind == TaskKind::kTagging)
      row = word_tag_row(setup_.train_file, setup_.dev_file);
    else
      row = linear_row(setup_.train_file, setup_.dev_file, setup_.task.kind);
    std::fprintf(stderr, "%s: %s %.2f %%\n", row["name"].get<std::string>().c_str(),
                 main_metric_name(row, recipe_.metric).c_str(),
                 100 * main_metric(row, recipe_.metric));
    return row;
  }

  /// The folder's own head, or one fine-tuned on the labels.
  Network make_teacher() {
    const auto start = [&] { return std::move(*given_); };
    Network teacher =
        setup_.has_teacher ? start() : runner_.run(recipe_.teacher, start, nullptr, run_);
    given_.reset();
    return teacher;
  }

  /// What a stage takes from `source`: the name of the stage before it, or "teacher".
  std::string network_of(const StageRecipe& stage, Source source) const {
    std::string last = "teacher";
    if (source == Source::kTeacher) return last;
    for (const StageRecipe& each : recipe_.stages) {
      if (each.name == stage.name) break;
      last = each.name;
    }
    return last;
  }

  /// None for the teacher.
  const StageRecipe* stage_named(const std::string& name) const {
    for (const StageRecipe& stage : recipe_.stages)
      if (stage.name == name) return &stage;
    return nullptr;
  }

  /// Trains, packs and measures a stage whose networks are there. Returns the main metric.
  double take_stage(const std::string& name) {
    const StageRecipe& stage = *stage_named(name);
    networks_.emplace(name, make_student(stage, networks_.at(network_of(stage, stage.start)),
                                         networks_.at(network_of(stage, stage.teacher))));
    const std::string title = stage.quantization.name() + " (" + name + ")";
    rows_.push_back(
        judged(pack_and_measure(name, title, networks_.at(name), runner_.stages().back()["dev"])));
    return main_metric(rows_.back(), recipe_.metric);
  }

  /// The stages from the cheapest up, until one loses at most `max_drop` points.
  json turn_dial(double max_drop) {
    std::vector<Rung> rungs;
    for (auto stage = recipe_.stages.rbegin(); stage != recipe_.stages.rend(); ++stage) {
      rungs.push_back({stage->name, {}});
      for (Source source : {stage->start, stage->teacher})
        if (const std::string needed = network_of(*stage, source); needed != "teacher")
          rungs.back().needs.push_back(needed);
    }
    const double target = main_metric(rows_.back(), recipe_.metric) - max_drop / 100;
    const DialResult result =
        walk_dial(rungs, target, [this](const std::string& name) { return take_stage(name); });
    return {{"max_drop", max_drop},
            {"target", target},
            {"chosen", result.chosen},
            {"reached", result.reached},
            {"tried", result.tried}};
  }

  Network make_student(const StageRecipe& stage, const Network& begin, Network& teacher) {
    return runner_.run(
        stage,
        [&] {
          Network student(task_config(setup_, stage.quantization), device_, recipe_.seed);
          student.copy_from(begin.parameters());
          student.forget_scales();
          if (const auto start = starts_.find(stage.name); start != starts_.end())
            start_from(start->second, stage.name, student);
          return student;
        },
        &teacher, student_run_);
  }

  /// The row; the answers are kept for the report.
  json judged(Measured measured) {
    judges_.push_back(std::move(measured.judge));
    return std::move(measured.row);
  }

  /// A stage that no packed file has room for is measured as it was trained.
  Measured measure_unpacked(const std::string& name, Network& student,
                            const std::string& why) const {
    std::fprintf(stderr, "%s is not packed: %s; bit eval takes its folder\n", name.c_str(),
                 why.c_str());
    Measured measured = measure_network(name + ", not packed", student, setup_.dev_file, setup_.dev,
                                        setup_.task, setup_.tokenizer);
    measured.row.erase("bytes");  // those of its 32-bit weights say nothing
    return measured;
  }

  Measured pack_and_measure(const std::string& name, const std::string& title, Network& student,
                            const json& dev) {
    if (const std::string why = why_unpackable(student.config()); !why.empty())
      return measure_unpacked(title, student, why);
    const fs::path path = folder_.packed(name);
    const json provenance = {{"made_by", "bit.cpp"},
                             {"model", inputs_.model.filename().string()},
                             {"train", inputs_.train.filename().string()},
                             {"dev", inputs_.dev.filename().string()},
                             {"stage", name},
                             {"seed", recipe_.seed}};
    const PackNotes notes{to_toml(recipe_), provenance.dump(), dev.dump()};
    write_packed_model(path, pack_network(on_host(student), setup_.tokenizer, notes).model);
    return measure_packed(title, path, setup_.dev_file, setup_.dev, setup_.task);
  }

  /// The stage's student with an n-gram head beside it, where that pays: one more row. Returns the
  /// name of the result.
  std::string add_ngrams(const StageRecipe& stage) {
    Network& student = networks_.at(stage.name);
    if (setup_.task.kind != TaskKind::kClassification || !why_unpackable(student.config()).empty())
      return stage.name;
    const std::string name = stage.name + "-ngrams";
    const fs::path place = folder_.stage(name);
    if (!fs::exists(place) && !save_with_ngrams(place, student)) return stage.name;
    const NetworkConfig config = read_network_config(place);
    Network& result =
        networks_.emplace(name, load_network(place, config, device_, recipe_.seed)).first->second;
    const json dev = json::parse(read_file(place / "stage.json"))["dev"];
    const std::string title = stage.quantization.name() + " + n-grams (" + stage.name + ")";
    rows_.push_back(judged(pack_and_measure(name, title, result, dev)));
    return name;
  }

  /// False where no n-gram head makes the student better on the dev file.
  bool save_with_ngrams(const fs::path& place, Network& student) {
    const TaskData& data = setup_.student_train;
    const NgramHead head =
        fit_ngram_head(data.texts, taught_classes(data), student.config().head_outputs());
    const torch::Tensor logits = predict_logits(student, setup_.dev.texts);
    const auto choice = choose_ngram_weight(head, logits, setup_.dev, setup_.task, recipe_.metric);
    if (!choice) {
      std::fprintf(stderr, "n-grams beside it do not make it better\n");
      return false;
    }
    NetworkConfig config = student.config();
    config.ngram_buckets = head.weight.size(0);
    Network with(config, torch::kCPU, recipe_.seed);
    with.copy_from(student.parameters());
    with.set_ngrams(choice->head);
    const json summary = {{"name", "ngrams"}, {"weight", choice->weight}, {"dev", choice->dev}};
    save_network(place, with, inputs_.model, {{"stage.json", summary.dump(1) + "\n"}});
    return true;
  }

  /// The labels, and for texts without one what the teacher says of them.
  std::vector<std::int64_t> taught_classes(const TaskData& data) {
    std::vector<std::int64_t> classes = data.classes;
    if (data.unlabeled == 0) return classes;
    const std::vector<EncodedText> texts(data.texts.end() - static_cast<long>(data.unlabeled),
                                         data.texts.end());
    std::fprintf(stderr, "n-grams: the teacher reads %zu texts without a label\n", texts.size());
    const torch::Tensor said = predict_logits(networks_.at("teacher"), texts).argmax(1);
    const auto* first = said.data_ptr<std::int64_t>();
    classes.insert(classes.end(), first, first + said.numel());
    return classes;
  }

  Network on_host(const Network& network) const {
    Network copy(network.config(), torch::kCPU, recipe_.seed);
    copy.copy_from(network.parameters());
    return copy;
  }

  /// The packed result against the network it came from.
  json verified(const Network& network) const {
    Network trained = on_host(network);
    const Verification result =
        verify(Encoder::open(folder_.model()), trained, setup_.dev, setup_.task);
    json summary = result.summary;
    summary["passed"] = result.passed;
    return summary;
  }

  const Recipe& recipe_;
  const DistillInputs& inputs_;
  TaskSetup setup_;
  torch::Device device_;
  std::optional<Network> given_;  // read before the run's folder is made: what fails leaves none
  std::map<std::string, StartWeights> starts_;
  RunFolder folder_;
  RunLog log_;
  EventLog events_;
  RunContext run_, student_run_;
  StageRunner runner_;
  std::map<std::string, Network> networks_;  // by stage; "teacher" too
  json rows_ = json::array();
  std::vector<Judge> judges_;
};

}  // namespace

json distill(const DistillInputs& inputs, const Recipe& recipe) {
  return Distillation(inputs, recipe).run();
}

json finetune(const DistillInputs& inputs, const Recipe& recipe) {
  if (fs::exists(inputs.out))
    throw Error(inputs.out.string() + ": exists already; give another --out");
  TaskSetup setup = set_up_task(inputs, recipe);
  const json about = {{"model", fs::absolute(inputs.model)}, {"train", fs::absolute(inputs.train)}};
  Network network =
      load_network(inputs.model, task_config(setup, {}), training_device(), recipe.seed);
  const RunFolder work(inputs.out.string() + ".work", to_toml(recipe), about.dump(1),
                       inputs.resume);
  RunLog log(work.path() / "log.jsonl");
  const RunContext run{recipe, setup.task, setup.train, setup.dev, work.path(), log, inputs.model};
  const StageResult result = train_stage(recipe.teacher, network, nullptr, run);
  json summary = stage_summary("teacher", result);
  save_network(inputs.out, network, inputs.model,
               {{"stage.json", summary.dump(1) + "\n"},
                {"log.jsonl", read_file(work.path() / "log.jsonl")}});
  move_kept_checkpoints(work.path(), inputs.out);
  fs::remove_all(work.path());
  write_report(inputs.out);
  return summary;
}

}  // namespace bitcpp
