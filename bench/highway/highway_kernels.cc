#include "highway_kernels.h"

#include <vector>

#define HWY_WANT_AVX3_DL 1  // Ice Lake, Zen 4: with VPOPCNTDQ and BITALG
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "highway_kernels.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h, which needs to come first.
#include <hwy/highway.h>

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3_DL  // not the baseline, which is compiled too
HWY_BEFORE_NAMESPACE();
namespace bitcpp {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kOutputs = 16;  // of a column block
const hn::ScalableTag<std::uint64_t> kWords;
const hn::ScalableTag<float> kFloats;
constexpr int kWordLanes = HWY_MAX_BYTES / 8, kFloatLanes = HWY_MAX_BYTES / 4;
constexpr int kRegisters = kOutputs / kWordLanes;  // of counters a row
// As many rows as their counters leave room for weights and the broadcast word: 8 of 32 registers
// of 512 bits; of 16 registers of 256 bits, 2 beat 1, 3 and 4.
constexpr int kTile = HWY_MAX_BYTES >= 64 ? 8 : 2;

/// n = 2 pop(u AND w) - pop(u) of R rows and 16 outputs; `sums` are the rows' pop(u).
template <int R>
HWY_INLINE void tile(const std::uint64_t* u, const std::int32_t* sums, int words,
                     const std::uint64_t* w, int outputs, std::int32_t* out) {
  hn::Vec<decltype(kWords)> count[R][kRegisters];
  for (int r = 0; r < R; ++r) {
    for (int i = 0; i < kRegisters; ++i) count[r][i] = hn::Zero(kWords);
  }
  for (int k = 0; k < words; ++k, w += kOutputs) {
    hn::Vec<decltype(kWords)> weights[kRegisters];
    for (int i = 0; i < kRegisters; ++i) weights[i] = hn::LoadU(kWords, w + i * kWordLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const auto word = hn::Set(kWords, u[r * words + k]);
#pragma GCC unroll 8
      for (int i = 0; i < kRegisters; ++i)
        count[r][i] = hn::Add(count[r][i], hn::PopulationCount(hn::And(word, weights[i])));
    }
  }
  for (int r = 0; r < R; ++r) {
    const hn::Rebind<std::int32_t, decltype(kWords)> narrow;
    const hn::Rebind<std::uint32_t, decltype(kWords)> low_halves;
    for (int i = 0; i < kRegisters; ++i) {
      const auto n = hn::BitCast(narrow, hn::TruncateTo(low_halves, count[r][i]));
      hn::StoreU(hn::Sub(hn::Add(n, n), hn::Set(narrow, sums[r])), narrow,
                 out + r * outputs + i * kWordLanes);
    }
  }
}

void product(const Product& p, std::int32_t* out) {
  const int words = p.codes.words;
  std::vector<std::int32_t> sums(static_cast<std::size_t>(p.codes.rows));
  for (int m = 0; m < p.codes.rows; ++m) {
    for (int k = 0; k < words; ++k) sums[m] += __builtin_popcountll(p.codes.row(m)[k]);
  }
  for (int o = 0; o < p.outputs; o += kOutputs) {
    const std::uint64_t* w = p.matrix + static_cast<std::size_t>(o) * words;
    int m = 0;
    for (; m + kTile <= p.codes.rows; m += kTile)
      tile<kTile>(p.codes.row(m), &sums[m], words, w, p.outputs, out + m * p.outputs + o);
    for (; m < p.codes.rows; ++m)
      tile<1>(p.codes.row(m), &sums[m], words, w, p.outputs, out + m * p.outputs + o);
  }
}

/// lane l += lane l + half, from the whole down to one lane.
template <class D, class V>
HWY_INLINE float fold(D d, V v) {
  if constexpr (hn::MaxLanes(D()) == 1) {
    return hn::GetLane(v);
  } else {
    const hn::Half<D> half;
    return fold(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

/// 16 lanes, as kFloatLanes of a register times as many registers.
struct Lanes {
  static constexpr int kCount = 16 / kFloatLanes;
  hn::Vec<decltype(kFloats)> part[kCount];

  HWY_INLINE float sum() const {
    if constexpr (kCount == 1) return fold(kFloats, part[0]);
    return fold(kFloats, hn::Add(part[0], part[kCount - 1]));
  }
};

void layer_norm(const LayerNorm& a) {
  const float count = static_cast<float>(a.hidden);
  for (std::int64_t row = 0; row < a.rows; ++row) {
    const float* v = a.v + row * a.hidden;
    float* out = a.out + row * a.hidden;
    Lanes sum, squares;
    for (int i = 0; i < Lanes::kCount; ++i) sum.part[i] = squares.part[i] = hn::Zero(kFloats);
    for (int k = 0; k < a.hidden; k += 16) {
      for (int i = 0; i < Lanes::kCount; ++i)
        sum.part[i] = hn::Add(sum.part[i], hn::LoadU(kFloats, v + k + i * kFloatLanes));
    }
    const auto mean = hn::Set(kFloats, sum.sum() / count);
    for (int k = 0; k < a.hidden; k += 16) {
      for (int i = 0; i < Lanes::kCount; ++i) {
        const auto d = hn::Sub(hn::LoadU(kFloats, v + k + i * kFloatLanes), mean);
        hn::StoreU(d, kFloats, out + k + i * kFloatLanes);
        squares.part[i] = hn::Add(squares.part[i], hn::Mul(d, d));
      }
    }
    const auto inverse = hn::Set(kFloats, 1.0f / __builtin_sqrtf(squares.sum() / count + a.eps));
    for (int k = 0; k < a.hidden; k += kFloatLanes) {
      const auto scaled =
          hn::Mul(hn::Mul(hn::LoadU(kFloats, out + k), inverse), hn::LoadU(kFloats, a.weight + k));
      hn::StoreU(hn::Add(scaled, hn::LoadU(kFloats, a.bias + k)), kFloats, out + k);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace bitcpp
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
namespace bitcpp {

HighwayKernels highway_kernels(Isa isa) {
  if (isa == Isa::kAvx2) return {"Highway AVX2", N_AVX2::product, N_AVX2::layer_norm};
  return {"Highway AVX3_DL", N_AVX3_DL::product, N_AVX3_DL::layer_norm};
}

}  // namespace bitcpp
#endif
