#include "kernels/cpu.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "kernels/kernels.h"

namespace bitcpp {
namespace {

TEST(CpuTest, NamesAndTablesAgree) {
  for (Isa isa : supported_isas()) {
    EXPECT_EQ(isa_from_name(isa_name(isa)), isa);
    EXPECT_EQ(kernels_for(isa).isa, isa);
    EXPECT_EQ(64 % kernels_for(isa).column_block, 0);
  }
  EXPECT_TRUE(isa_supported(Isa::kScalar));
  EXPECT_EQ(isa_from_name(""), supported_isas().back());
}

TEST(CpuTest, UnknownNameIsAnErrorThatListsTheKnown) {
  try {
    isa_from_name("sse9");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "BIT_CPU=sse9: unknown instruction set, expected one of scalar, avx2, avx512, amx, neon, "
        "simd128");
  }
}

TEST(CpuTest, UnsupportedNameIsAnError) {
  for (Isa isa : {Isa::kAvx2, Isa::kAvx512, Isa::kAmx, Isa::kNeon, Isa::kSimd128}) {
    if (isa_supported(isa)) continue;
    EXPECT_THROW(isa_from_name(isa_name(isa)), Error);
    EXPECT_THROW(kernels_for(isa), Error);
  }
}

TEST(CpuTest, EnvironmentForcesALevel) {
  ASSERT_EQ(setenv("BIT_CPU", "scalar", 1), 0);
  EXPECT_EQ(selected_isa(), Isa::kScalar);
  ASSERT_EQ(setenv("BIT_CPU", "nonsense", 1), 0);
  EXPECT_THROW(selected_isa(), Error);
  ASSERT_EQ(unsetenv("BIT_CPU"), 0);
  EXPECT_EQ(selected_isa(), supported_isas().back());
}

TEST(CpuTest, CpuHasAName) { EXPECT_FALSE(cpu_name().empty()); }

}  // namespace
}  // namespace bitcpp
