#include "core/base/number.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "core/base/random.hpp"

namespace evolve {
namespace {

TEST(FormatNumber, ShortestPlainDecimals) {
    EXPECT_EQ(format_number(14), "14");
    EXPECT_EQ(format_number(0.1), "0.1");
    EXPECT_EQ(format_number(-2.5), "-2.5");
    EXPECT_EQ(format_number(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(format_number(1.0 / 3.0), "0.3333333333333333");
    EXPECT_EQ(format_number(100'000), "100000");
}

TEST(FormatNumber, BothZerosAreOne) {
    EXPECT_EQ(format_number(0.0), "0");
    EXPECT_EQ(format_number(-0.0), "0");
}

TEST(FormatNumber, ExponentsOnlyWherePlainIsLong) {
    EXPECT_EQ(format_number(0.00001), "0.00001");
    EXPECT_EQ(format_number(0.000009), "9e-06");
    EXPECT_EQ(format_number(999'999'999'999'999.0), "999999999999999");
    EXPECT_EQ(format_number(1e15), "1e+15");
    EXPECT_EQ(format_number(-1e300), "-1e+300");
    EXPECT_EQ(format_number(std::numeric_limits<double>::denorm_min()), "5e-324");
    EXPECT_EQ(format_number(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(FormatNumber, ReadsBackAsTheSameDouble) {
    Random random(5);
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t bits = random.next_u64();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (i % 2 == 0) value = std::ldexp(random.uniform(), static_cast<int>(random.between(-30, 60)));
        if (!std::isfinite(value)) continue;
        const std::string text = format_number(value);
        ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
        ASSERT_LE(text.size(), 24u) << text;
    }
}

}  // namespace
}  // namespace evolve
