// Opening, closing and describing models.
#include <memory>
#include <string>

#include "api/guard.h"
#include "api/open_model.h"

using bitcpp::Encoder;
using bitcpp::Error;
using bitcpp::guarded;
using bitcpp::require;

namespace {

/// The size of the options' first version; smaller ones never were.
constexpr std::size_t kFirstOptions = sizeof(bitcpp_options);

bitcpp::PredictorOptions predictor_options(const bitcpp_options* options) {
  if (options == nullptr) return {};
  if (options->struct_size < kFirstOptions) {
    throw Error("options of " + std::to_string(options->struct_size) +
                " bytes, expected bitcpp_options_init to have been called");
  }
  bitcpp::PredictorOptions result;
  result.threads = options->threads;
  result.max_length = options->max_length;
  if (options->refuse_long != 0) result.long_text = bitcpp::LongText::kRefuse;
  return result;
}

}  // namespace

extern "C" {

void bitcpp_options_init(bitcpp_options* options) {
  if (options != nullptr) *options = {sizeof(bitcpp_options), 1, 0, 0};
}

bitcpp_status bitcpp_open(const char* path, const bitcpp_options* options, bitcpp_model** model) {
  if (model != nullptr) *model = nullptr;
  return guarded([&] {
    require(path, "path");
    require(model, "model");
    *model = new bitcpp_model(Encoder::open(path), predictor_options(options));
  });
}

bitcpp_status bitcpp_open_memory(const void* bytes, size_t size, void (*release)(void* context),
                                 void* context, const bitcpp_options* options,
                                 bitcpp_model** model) {
  if (model != nullptr) *model = nullptr;
  return guarded([&] {
    const std::shared_ptr<const void> storage(bytes, [release, context](const void*) {
      if (release != nullptr) release(context);
    });
    require(bytes, "bytes");
    require(model, "model");
    bitcpp::PackedModel packed = bitcpp::read_packed_model(
        bitcpp::SafetensorsFile::parse({static_cast<const std::uint8_t*>(bytes), size}, "model"));
    *model = new bitcpp_model(Encoder::from(std::move(packed), bitcpp::kernels(), storage),
                              predictor_options(options));
  });
}

void bitcpp_close(bitcpp_model* model) { delete model; }

const bitcpp_model_info* bitcpp_info(const bitcpp_model* model) { return &model->info; }

bitcpp_string bitcpp_token(const bitcpp_model* model, int32_t id) {
  if (id < 0 || static_cast<std::size_t>(id) >= model->info.vocabulary_size) return {"", 0};
  const std::string_view token = model->runner().tokenizer().token(id);
  return {token.data(), token.size()};
}

}  // extern "C"
