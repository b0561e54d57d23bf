// /v1/embeddings, as OpenAI's clients speak it.
#include <bit>
#include <cstring>

#include "serve/inputs.h"
#include "serve/json_text.h"

namespace bitcpp {
namespace {

using Json = nlohmann::json;

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

/// The floats' bytes, little-endian, which is what every machine here keeps them in.
std::string float_base64(const std::vector<float>& values) {
  static_assert(std::endian::native == std::endian::little);
  return base64({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

class OpenAiEmbeddings : public Operation {
 public:
  ErrorStyle error_style() const override { return ErrorStyle::kOpenAi; }

  std::vector<Sequence> read(const Json& body, const ApiContext& context) override {
    model = model_of(body, context);
    const std::string format = text_field(body, "encoding_format", "float");
    base64_ = format == "base64";
    if (!base64_ && format != "float")
      throw ApiError(ApiErrorType::kValidation, "`encoding_format` is neither float nor base64");
    text_field(body, "user");
    dimensions_ = static_cast<std::size_t>(number_field(
        body, "dimensions", model->config().hidden_size, 1, model->config().hidden_size));
    bool single = false;
    std::vector<Sequence> sequences;
    for (const InputText& input :
         texts_of(required_field(body, "input"), "input", context.limits, single)) {
      sequences.push_back({encode(*model, input, {}), true, {}});
      tokens_ += sequences.back().encoding.ids.size();
    }
    return sequences;
  }

  std::string answer(std::span<Sequence> sequences) const override {
    JsonText json;
    json.begin_object().key("object").text("list").key("data").begin_array();
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      std::vector<float>& values = sequences[i].values;
      values.resize(dimensions_);
      to_length_one(values);
      json.begin_object().key("object").text("embedding").key("embedding");
      base64_ ? json.text(float_base64(values)) : json.numbers(values);
      json.key("index").number(std::uint64_t{i}).end_object();
    }
    json.end_array().key("model").text(model->name()).key("usage").begin_object();
    json.key("prompt_tokens").number(std::uint64_t{tokens_});
    json.key("total_tokens").number(std::uint64_t{tokens_}).end_object();
    return json.end_object().take();
  }

 private:
  bool base64_ = false;
  std::size_t dimensions_ = 0, tokens_ = 0;
};

}  // namespace

std::unique_ptr<Operation> make_openai_embeddings() { return std::make_unique<OpenAiEmbeddings>(); }

}  // namespace bitcpp
