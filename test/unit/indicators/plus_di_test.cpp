#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

// A period of 1 is the movement and range of the bar itself.
TEST(PlusDi, OfOneBar) {
    const Bars bars = random_bars(200, 52);
    const auto plus = compute("plus_di", bars, {1})[0], range = compute("trange", bars, {})[0];
    for (std::size_t i = 1; i < bars.size(); ++i) {
        const double rise = bars.high[i] - bars.high[i - 1], fall = bars.low[i - 1] - bars.low[i];
        const double moved = rise > fall && rise > 0 ? rise : 0;
        EXPECT_TRUE(close_to(plus[i], 100 * moved / range[i], 1e-12)) << i;
    }
}

}  // namespace
}  // namespace evolve::test
