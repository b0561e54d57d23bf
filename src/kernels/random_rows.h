// For tests: codes, signs and thresholds at random, and plain readings of them.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "kernels/codes.h"

namespace bitcpp {

/// mt19937 alone, since the standard's distributions differ between libraries.
class TestRandom {
 public:
  explicit TestRandom(unsigned seed) : engine_(seed) {}
  int whole(int least, int most) {
    return least + static_cast<int>(engine_() % static_cast<unsigned>(most - least + 1));
  }
  float real() { return static_cast<float>(whole(-100000, 100000)) / 32768.0f; }
  std::vector<float> reals(std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = real();
    return values;
  }

 private:
  std::mt19937 engine_;
};

/// How a test fills rows: at random, all the least code (or sign -1), all the greatest.
enum class Fill { kRandom, kLeast, kGreatest };

/// Codes and the same in planes; `shift` words in front make the planes lie off any boundary.
struct TestCodes {
  int rows, channels, levels, planes, words;
  std::vector<int> codes;
  std::vector<std::uint64_t> storage;
  int shift;

  TestCodes(TestRandom& random, int rows_, int channels_, int levels_, Fill fill, int shift_ = 1)
      : rows(rows_),
        channels(channels_),
        levels(levels_),
        planes(unsigned_codes(levels_).planes()),
        words(words_for(channels_)),
        codes(static_cast<std::size_t>(rows_) * channels_),
        storage(static_cast<std::size_t>(rows_) * planes * words +
                static_cast<std::size_t>(shift_)),
        shift(shift_) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const int code = random.whole(0, levels - 1);
      codes[i] = fill == Fill::kRandom ? code : fill == Fill::kLeast ? 0 : levels - 1;
      const int m = static_cast<int>(i) / channels, k = static_cast<int>(i) % channels;
      for (int p = 0; p < planes; ++p) {
        storage[static_cast<std::size_t>(shift + (m * planes + p) * words + k / 64)] |=
            std::uint64_t{static_cast<unsigned>(codes[i] >> p & 1)} << (k % 64);
      }
    }
  }
  CodeRows view() const { return {storage.data() + shift, rows, planes, words}; }
  int code(int m, int k) const { return codes[static_cast<std::size_t>(m) * channels + k]; }
};

/// Code of row m, channel k as kernels store it; -1 when a bit behind the last channel is set.
inline int code_at(const std::uint64_t* data, int channels, int levels, int m, int k) {
  const int planes = unsigned_codes(levels).planes(), words = words_for(channels);
  int code = 0;
  for (int p = 0; p < planes; ++p) {
    const std::uint64_t* plane = data + static_cast<std::size_t>(m * planes + p) * words;
    if (channels % 64 != 0 && plane[words - 1] >> (channels % 64) != 0) return -1;
    code |= static_cast<int>(plane[k / 64] >> (k % 64) & 1) << p;
  }
  return code;
}

/// A sign matrix as in packed_model.h, and plain signs.
struct TestSigns {
  int outputs, inputs;
  std::vector<int> signs;
  std::vector<std::uint8_t> bytes;

  TestSigns(TestRandom& random, int outputs_, int inputs_, Fill fill)
      : outputs(outputs_),
        inputs(inputs_),
        signs(static_cast<std::size_t>(outputs_) * inputs_),
        bytes(static_cast<std::size_t>(outputs_) * ((inputs_ + 7) / 8)) {
    for (std::size_t i = 0; i < signs.size(); ++i) {
      const bool plus = random.whole(0, 1) == 1;
      signs[i] = fill == Fill::kRandom ? (plus ? 1 : -1) : fill == Fill::kLeast ? -1 : 1;
      const std::size_t o = i / static_cast<std::size_t>(inputs),
                        k = i % static_cast<std::size_t>(inputs);
      if (signs[i] > 0)
        bytes[o * ((inputs + 7) / 8) + k / 8] |= static_cast<std::uint8_t>(1u << (k % 8));
    }
  }
  int sign(int o, int k) const { return signs[static_cast<std::size_t>(o) * inputs + k]; }
};

}  // namespace bitcpp
