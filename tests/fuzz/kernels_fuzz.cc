// Any bytes as sizes and numbers for a kernel: every instruction set gives the bits of the scalar
// reference, and none writes past what it was given (buffers end where the result ends).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "check.h"
#include "kernels/binary_attention.h"
#include "kernels/bit_attention.h"
#include "kernels/bit_product.h"
#include "kernels/eight_bit_attention.h"
#include "kernels/embedding_row.h"
#include "kernels/float_codes.h"
#include "kernels/integer_codes.h"
#include "kernels/layer_norm.h"

namespace bitcpp {
namespace {

/// The input over and over again, each time changed, so that few bytes fill large rows.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint8_t next() {
    if (size_ == 0) return 0;
    const std::size_t round = at_ / size_;
    return static_cast<std::uint8_t>(data_[at_++ % size_] ^ round * 0x9D);
  }
  int whole(int least, int most) {
    const int value = next() << 8 | next();
    return least + value % (most - least + 1);
  }
  template <class T>
  std::vector<T> many(std::size_t count) {
    std::vector<T> values(count);
    auto* bytes = reinterpret_cast<std::uint8_t*>(values.data());
    for (std::size_t i = 0; i < count * sizeof(T); ++i) bytes[i] = next();
    return values;
  }
  /// Of any size, but numbers: no infinities, no NaN.
  std::vector<float> floats(std::size_t count) {
    std::vector<float> values = many<float>(count);
    for (float& value : values) {
      if (!std::isfinite(value)) value = 0.5f;
    }
    return values;
  }
  /// Not negative, ascending.
  std::vector<double> ascending(std::size_t count) {
    std::vector<double> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(next() * 0.01 + next() * 1e-9);
    std::sort(values.begin(), values.end());
    return values;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

std::size_t size(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

template <class T>
bool same(T a, T b) {
  return a == b;
}
/// Bit for bit, but for NaN, whose bits no instruction set promises.
bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (a != a && b != b);
}

/// `run(kernels)` gives a vector; all of them have to be the scalar kernels'.
template <class Run>
void compare(Run run) {
  const auto expected = run(kernels_for(Isa::kScalar));
  for (Isa isa : supported_isas()) {
    const auto result = run(kernels_for(isa));
    FUZZ_CHECK(result.size() == expected.size());
    for (std::size_t i = 0; i < result.size(); ++i) FUZZ_CHECK(same(result[i], expected[i]));
  }
}

/// Codes of `levels`, of which no channel has more: planes beyond the levels' would break a
/// promise.
std::vector<std::uint64_t> code_rows(Bytes& bytes, int rows, int channels, int planes) {
  std::vector<std::uint64_t> words =
      bytes.many<std::uint64_t>(size(rows * planes, words_for(channels)));
  if (channels % 64 == 0) return words;
  const std::uint64_t mask = (std::uint64_t{1} << channels % 64) - 1;
  for (std::size_t i = 1; i <= size(rows, planes); ++i)
    words[i * static_cast<std::size_t>(words_for(channels)) - 1] &= mask;
  return words;
}

struct RandomProduct {
  int rows, outputs, inputs, planes;
  std::vector<std::uint64_t> codes;
  std::vector<std::uint8_t> signs;

  explicit RandomProduct(Bytes& bytes)
      : rows(bytes.whole(1, 70)),
        outputs(bytes.whole(1, 150)),
        inputs(bytes.whole(1, bytes.next() < 4 ? 5000 : 500)),
        planes(bytes.whole(1, 4)),
        codes(code_rows(bytes, rows, inputs, planes)),
        signs(bytes.many<std::uint8_t>(size(outputs, (inputs + 7) / 8))) {}

  BitMatrix matrix(const Kernels& kernels) const { return {kernels, outputs, inputs, signs}; }
  Product with(const BitMatrix& matrix) const {
    return {{codes.data(), rows, planes, words_for(inputs)}, matrix.packed(), outputs};
  }
};

void fuzz_integers(Bytes& bytes) {
  const RandomProduct p(bytes);
  compare([&](const Kernels& kernels) {
    const BitMatrix matrix = p.matrix(kernels);
    std::vector<std::int32_t> n(size(p.rows, p.outputs));
    kernels.product_integers(p.with(matrix), n.data());
    return n;
  });
}

void fuzz_codes(Bytes& bytes) {
  const RandomProduct p(bytes);
  const int levels = bytes.whole(2, 16);
  std::vector<std::int32_t> thresholds;
  for (std::size_t i = 0; i < size(levels - 1, p.outputs); ++i)
    thresholds.push_back(bytes.whole(-p.inputs, p.inputs));
  const CodeScale scale = signed_codes(1 << p.planes);
  compare([&](const Kernels& kernels) {
    const BitMatrix matrix = p.matrix(kernels);
    const auto table =
        make_code_thresholds(scale, levels, p.outputs, thresholds, matrix.sign_sums());
    std::vector<std::uint64_t> out(
        size(p.rows * unsigned_codes(levels).planes(), words_for(p.outputs)), 77);
    kernels.product_codes(p.with(matrix), {levels, table.data(), out.data()});
    return out;
  });
}

void fuzz_scaled(Bytes& bytes) {
  const RandomProduct p(bytes);
  const bool with_residual = bytes.next() % 2 == 0;
  const std::size_t stride = static_cast<std::size_t>(words_for(p.outputs)) * 64;
  const std::vector<float> scale = bytes.floats(stride), bias = bytes.floats(stride),
                           residual = bytes.floats(size(p.rows, p.outputs));
  const CodeScale input = signed_codes(1 << p.planes);
  compare([&](const Kernels& kernels) {
    const BitMatrix matrix = p.matrix(kernels);
    const auto corrections = make_corrections(input, p.outputs, matrix.sign_sums());
    std::vector<float> out(size(p.rows, p.outputs));
    kernels.product_scaled(p.with(matrix), {.shift = input.step == 2 ? 2 : 1,
                                            .corrections = corrections.data(),
                                            .scale = scale.data(),
                                            .bias = bias.data(),
                                            .residual = with_residual ? residual.data() : nullptr,
                                            .out = out.data()});
    return out;
  });
}

void fuzz_float_codes(Bytes& bytes) {
  const int rows = bytes.whole(1, 5), channels = bytes.whole(1, 300), levels = bytes.whole(2, 16);
  const std::vector<float> x = bytes.many<float>(size(rows, channels)),
                           thresholds = bytes.floats(size(levels - 1, channels));
  compare([&](const Kernels& kernels) {
    std::vector<std::uint64_t> out(
        size(rows * unsigned_codes(levels).planes(), words_for(channels)), 77);
    kernels.float_codes({rows, channels, x.data(), levels, thresholds.data(), out.data()});
    return out;
  });
}

void fuzz_integer_codes(Bytes& bytes) {
  const int channels = bytes.whole(1, 300), levels = bytes.whole(2, 16);
  const int stride = bytes.next() % 2 == 0 ? 0 : channels;
  const std::vector<std::int32_t> n = bytes.many<std::int32_t>(static_cast<std::size_t>(channels)),
                                  thresholds = bytes.many<std::int32_t>(
                                      size(levels - 1, std::max(1, stride)));
  compare([&](const Kernels& kernels) {
    std::vector<std::uint64_t> out(size(unsigned_codes(levels).planes(), words_for(channels)), 77);
    kernels.integer_codes({channels, n.data(), levels, thresholds.data(), stride, out.data()});
    return out;
  });
}

void fuzz_layer_norm(Bytes& bytes) {
  const int rows = bytes.whole(1, 3), hidden = bytes.whole(1, 300);
  const auto channels = static_cast<std::size_t>(hidden);
  const std::vector<float> v = bytes.floats(size(rows, hidden)), weight = bytes.floats(channels),
                           bias = bytes.floats(channels);
  compare([&](const Kernels& kernels) {
    std::vector<float> out(v.size());
    kernels.layer_norm({rows, hidden, v.data(), weight.data(), bias.data(), 1e-12f, out.data()});
    out.push_back(kernels.dot(hidden, v.data(), weight.data()));
    return out;
  });
}

void fuzz_embedding(Bytes& bytes) {
  const int hidden = bytes.whole(1, 300);
  const auto channels = static_cast<std::size_t>(hidden);
  const auto signs = bytes.many<std::uint8_t>((channels + 7) / 8);
  const std::vector<float> scale = bytes.floats(1), type = bytes.floats(channels),
                           position = bytes.floats(channels);
  compare([&](const Kernels& kernels) {
    std::vector<float> out(channels);
    kernels.embedding_row(
        {hidden, signs.data(), scale[0], type.data(), position.data(), out.data()});
    return out;
  });
}

void fuzz_attention(Bytes& bytes) {
  const int queries = bytes.whole(1, 2 * kQueriesTogether), keys = bytes.whole(1, 200);
  const int width = bytes.next() % 2 == 0 ? 32 * bytes.whole(1, 2) : bytes.whole(1, 254);
  const int levels = bytes.whole(2, 9), padded = words_for(keys) * 64;
  const std::vector<std::uint64_t> query = code_rows(bytes, queries, width, 1);
  const std::vector<std::uint64_t> key = code_rows(bytes, keys, width, 1);
  std::vector<double> table = bytes.ascending(static_cast<std::size_t>(width) + 1);
  table.resize((table.size() + 7) / 8 * 8);
  const std::vector<double> cuts = bytes.ascending(static_cast<std::size_t>(levels) - 1);
  compare([&](const Kernels& kernels) {
    std::vector<std::uint8_t> key_bytes(size((width + 7) / 8, padded));
    std::vector<std::uint8_t> index(size(kQueriesTogether, padded));
    std::vector<std::uint64_t> codes(size(queries * unsigned_codes(levels).planes(), padded / 64),
                                     77);
    kernels.binary_probabilities({.queries = queries,
                                  .keys = keys,
                                  .head_size = width,
                                  .query = reinterpret_cast<const std::uint8_t*>(query.data()),
                                  .query_stride = words_for(width) * 8,
                                  .key = reinterpret_cast<const std::uint8_t*>(key.data()),
                                  .key_stride = words_for(width) * 8,
                                  .padded_keys = padded,
                                  .key_bytes = key_bytes.data(),
                                  .table = table.data(),
                                  .levels = levels,
                                  .cuts = cuts.data(),
                                  .index = index.data(),
                                  .codes = codes.data()});
    return codes;
  });
}

/// Heads whose queries, keys and values are one bit, whole: kernels may take several steps at once.
void fuzz_binary_heads(Bytes& bytes) {
  const int heads = bytes.whole(1, 4), queries = bytes.whole(1, 20), keys = bytes.whole(1, 200);
  const int width = bytes.next() % 2 == 0 ? 8 * bytes.whole(1, 9) : bytes.whole(1, 70);
  const bool one_bit = bytes.next() % 2 == 0;
  const int levels = one_bit ? 2 : bytes.whole(2, 5);
  const int context_levels = one_bit ? 2 : bytes.whole(2, 4), channels = heads * width;
  const std::vector<std::uint64_t> query = code_rows(bytes, queries, channels, 1),
                                   key = code_rows(bytes, keys, channels, 1),
                                   value = code_rows(bytes, keys, channels, 1);
  const std::vector<double> table = bytes.ascending(static_cast<std::size_t>(width) + 1),
                            cuts = bytes.ascending(static_cast<std::size_t>(levels) - 1);
  std::vector<std::int32_t> thresholds;
  for (int i = 0; i < (context_levels - 1) * channels; ++i)
    thresholds.push_back(bytes.whole(-keys - 1, keys + 1));
  compare([&](const Kernels& kernels) {
    const BitAttention attention(kernels, {.heads = heads,
                                           .head_size = width,
                                           .query_levels = 2,
                                           .key_levels = 2,
                                           .value_levels = 2,
                                           .context_levels = context_levels,
                                           .exp_table = table,
                                           .score_minimum = -width,
                                           .score_step = 2,
                                           .probability_cuts = cuts,
                                           .context_thresholds = thresholds});
    AttentionScratch scratch;
    const int words = words_for(channels);
    std::vector<std::uint64_t> context(size(queries * attention.context_planes(), words), 77);
    attention.run({query.data(), queries, 1, words}, {key.data(), keys, 1, words},
                  {value.data(), keys, 1, words}, context.data(), scratch);
    return context;
  });
}

void fuzz_bytes(Bytes& bytes) {
  const RandomProduct p(bytes);
  const std::size_t stride = size(words_for(p.outputs), 64);
  const std::vector<float> scale = bytes.floats(stride), bias = bytes.floats(stride),
                           zero = bytes.floats(stride), inverse = bytes.floats(1);
  const CodeScale input = signed_codes(1 << p.planes);
  const int offset = bytes.next() % 2 == 0 ? 0 : 128, out_stride = p.outputs + bytes.whole(0, 9);
  compare([&](const Kernels& kernels) {
    const BitMatrix matrix = p.matrix(kernels);
    const ParityTable corrections = make_corrections(input, p.outputs, matrix.sign_sums());
    std::vector<std::uint8_t> out(size(p.rows, out_stride), 77);
    kernels.product_bytes(p.with(matrix), {.y = {.shift = input.step == 2 ? 2 : 1,
                                                 .corrections = corrections.data(),
                                                 .scale = scale.data(),
                                                 .bias = bias.data()},
                                           .zero = zero.data(),
                                           .inverse = inverse[0],
                                           .offset = offset,
                                           .out = out.data(),
                                           .out_stride = out_stride});
    return out;
  });
}

void fuzz_eight_bit_attention(Bytes& bytes) {
  const int heads = bytes.whole(1, 3), queries = bytes.whole(1, 20), keys = bytes.whole(1, 200);
  const int head_size = bytes.next() % 2 == 0 ? 32 * bytes.whole(1, 2) : bytes.whole(1, 70);
  const int channels = heads * head_size, words = byte_words_for(channels);
  const auto rows = [&](int count) { return bytes.many<std::uint64_t>(size(count, words)); };
  const std::vector<std::uint64_t> query = rows(queries), key = rows(keys), value = rows(keys);
  // Of any size, and over 0.
  const auto positive = [&] {
    return std::max(std::abs(bytes.floats(1)[0]), std::numeric_limits<float>::min());
  };
  const float scale =
      bytes.next() % 4 == 0 ? positive() : 1e-6f * static_cast<float>(bytes.whole(1, 999));
  const float alpha =
      bytes.next() % 4 == 0 ? positive() : 1e-4f * static_cast<float>(bytes.whole(1, 999));
  const int levels = bytes.whole(2, 5);
  std::vector<std::int32_t> thresholds;
  for (int i = 0; i < (levels - 1) * channels; ++i)
    thresholds.push_back(bytes.whole(-30000, 30000));
  compare([&](const Kernels& kernels) {
    const EightBitAttention attention(kernels, {.heads = heads,
                                                .head_size = head_size,
                                                .context_levels = levels,
                                                .score_scale = scale,
                                                .probability_scale = alpha,
                                                .context_thresholds = thresholds});
    std::vector<std::uint64_t> context(
        size(queries * attention.context_planes(), words_for(channels)));
    EightBitScratch scratch;
    attention.run({query.data(), queries, 1, words}, {key.data(), keys, 1, words},
                  {value.data(), keys, 1, words}, context.data(), scratch);
    return context;
  });
}

}  // namespace
}  // namespace bitcpp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bitcpp;
  constexpr void (*kTargets[])(Bytes&) = {
      fuzz_integers,    fuzz_codes,     fuzz_scaled,    fuzz_float_codes, fuzz_integer_codes,
      fuzz_layer_norm,  fuzz_embedding, fuzz_attention, fuzz_bytes,       fuzz_eight_bit_attention,
      fuzz_binary_heads};
  Bytes bytes(data, size);
  kTargets[bytes.next() % std::size(kTargets)](bytes);
  return 0;
}
