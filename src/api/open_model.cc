#include "api/open_model.h"

#include "decode/entities.h"

namespace bitcpp {
namespace {

using Head = std::variant<Predictor, Tagger, Answerer>;

Head make_head(Encoder encoder, const PredictorOptions& options) {
  const std::string task = encoder.config().task;
  if (task == "tagging") return Tagger::from(std::move(encoder), options);
  if (task == "question-answering") return Answerer::from(std::move(encoder), options);
  return Predictor::from(std::move(encoder), options);
}

}  // namespace
}  // namespace bitcpp

bitcpp_model::bitcpp_model(bitcpp::Encoder encoder, const bitcpp::PredictorOptions& options)
    : head(bitcpp::make_head(std::move(encoder), options)) {
  const bitcpp::PackedConfig& config = runner().encoder().config();
  const bool labelled = classifier() != nullptr || tagger() != nullptr;
  if (labelled) {
    for (const std::string& label : config.labels) labels_.push_back(label.c_str());
  }
  info.task = tagger() != nullptr       ? BITCPP_TAGGING
              : answerer() != nullptr   ? BITCPP_QUESTION_ANSWERING
              : classifier() != nullptr ? BITCPP_CLASSIFICATION
                                        : BITCPP_REGRESSION;
  info.task_name = config.task.c_str();
  info.label_count = labels_.size();
  info.labels = labels_.data();
  info.pair = config.pair;
  info.marks_entities = tagger() != nullptr && tagger()->marks_entities();
  info.max_length = runner().options().max_length;
  info.hidden_size = static_cast<std::size_t>(config.hidden_size);
  info.layers = static_cast<std::size_t>(config.num_hidden_layers);
  info.vocabulary_size = runner().tokenizer().vocabulary_size();
  info.isa = bitcpp::isa_name(runner().encoder().isa());
}

const bitcpp::SequenceRunner& bitcpp_model::runner() const {
  return std::visit([](const auto& any) -> const bitcpp::SequenceRunner& { return any.runner(); },
                    head);
}

const bitcpp::Predictor* bitcpp_model::classifier() const {
  const auto* predictor = std::get_if<bitcpp::Predictor>(&head);
  return predictor != nullptr && !predictor->regression() ? predictor : nullptr;
}

const bitcpp::Predictor* bitcpp_model::regressor() const {
  const auto* predictor = std::get_if<bitcpp::Predictor>(&head);
  return predictor != nullptr && predictor->regression() ? predictor : nullptr;
}
