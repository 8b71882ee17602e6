#include "indicators/indicator_support.hpp"
#include "support/golden_csv.hpp"

namespace evolve::test {
namespace {

void compare(const char* file, const char* column, const char* series) {
    const GoldenTable table = read_golden(file);
    const auto vwap = compute("vwap", read_golden_bars(series).bars, {})[0];
    ASSERT_GE(vwap.size(), table.rows());
    ASSERT_GT(table.rows(), 0u);
    for (std::size_t i = 0; i < table.rows(); ++i) {
        ASSERT_TRUE(close_to(vwap[i], table[column][i], 1e-9)) << file << " row " << i;
    }
}

TEST(Vwap, Golden) {
    EVOLVE_NEED_GOLDEN();
    compare("other/si_vwap_spy_1d.csv", "vwap", "series/spy_1d.csv");
    for (const char* series : {"spy_1d", "btcusd_1mo", "eurusd_1h"}) {
        const std::string name(series);
        compare(("other/composite_" + name + ".csv").c_str(), "vwap_anchored_first_bar",
                ("series/" + name + ".csv").c_str());
    }
}

TEST(Vwap, IsUnknownUntilSomethingWasTraded) {
    Bars bars = random_bars(10, 44);
    bars.volume[0] = bars.volume[1] = 0;
    const auto vwap = compute("vwap", bars, {})[0];
    EXPECT_EQ(first_known(vwap), 2u);
    EXPECT_DOUBLE_EQ(vwap[2], (bars.high[2] + bars.low[2] + bars.close[2]) / 3);
}

}  // namespace
}  // namespace evolve::test
