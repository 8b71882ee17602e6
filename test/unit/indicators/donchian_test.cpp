#include "indicators/indicator_support.hpp"
#include "support/golden_csv.hpp"

namespace evolve::test {
namespace {

TEST(Donchian, Golden) {
    EVOLVE_NEED_GOLDEN();
    const GoldenTable table = read_golden("other/si_donchian_spy_1d.csv");
    const Columns columns = compute("donchian", read_golden_bars("series/spy_1d.csv").bars, {20});
    const char* names[] = {"upperBand", "centerline", "lowerBand"};
    for (std::size_t k = 0; k < 3; ++k) {
        ASSERT_EQ(columns[k].size(), table.rows());
        EXPECT_EQ(first_known(columns[k]), 20u);
        for (std::size_t i = 0; i < columns[k].size(); ++i) {
            ASSERT_TRUE(close_to(columns[k][i], table[names[k]][i], 1e-9)) << names[k] << " row " << i;
        }
    }
}

// The current bar is outside its own channel, or nothing could ever break out.
TEST(Donchian, LeavesTheCurrentBarOut) {
    Bars bars = random_bars(30, 43);
    const auto before = compute("donchian", bars, {5});
    bars.high.back() = 1e6;
    bars.low.back() = 1e-6;
    const auto after = compute("donchian", bars, {5});
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(before[k].back(), after[k].back());
}

}  // namespace
}  // namespace evolve::test
