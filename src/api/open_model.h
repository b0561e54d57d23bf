// What stands behind a bitcpp_model: a model of any task, immutable.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "bitcpp/bitcpp.h"
#include "model/answerer.h"
#include "model/predictor.h"
#include "model/tagger.h"

struct bitcpp_model {
  /// Throws Error for options that make no sense for this model.
  bitcpp_model(bitcpp::Encoder encoder, const bitcpp::PredictorOptions& options);
  bitcpp_model(const bitcpp_model&) = delete;  // `info` points into it
  bitcpp_model& operator=(const bitcpp_model&) = delete;

  const bitcpp::SequenceRunner& runner() const;

  /// Null when the model is one of another task.
  const bitcpp::Predictor* classifier() const;
  const bitcpp::Predictor* regressor() const;
  const bitcpp::Tagger* tagger() const { return std::get_if<bitcpp::Tagger>(&head); }
  const bitcpp::Answerer* answerer() const { return std::get_if<bitcpp::Answerer>(&head); }

  std::variant<bitcpp::Predictor, bitcpp::Tagger, bitcpp::Answerer> head;
  bitcpp_model_info info = {};

 private:
  std::vector<const char*> labels_;
};
