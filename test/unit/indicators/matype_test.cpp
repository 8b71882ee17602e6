// The types of moving average as arguments: golden numbers have the simple one only, these compare to the indicators.
#include "core/indicators/kernels.hpp"
#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

// `average` of the known part of x.
std::vector<double> average_of(std::size_t type, std::span<const double> x, double period) {
    return compute(indicator_named(moving_average_names[type]), x, {}, {period})[0];
}

void expect_equal(const std::vector<double>& got, const std::vector<double>& expected, std::size_t first,
                  const std::string& what) {
    EXPECT_EQ(first_known(got), first) << what;
    for (std::size_t i = first; i < got.size(); ++i) {
        ASSERT_TRUE(close_to(got[i], expected[i], 1e-12))
            << what << " bar " << i << " " << got[i] << " " << expected[i];
    }
}

class MovingAverageType : public testing::TestWithParam<std::size_t> {};

// The middle band is the average, the deviation is around the plain mean whatever the type.
TEST_P(MovingAverageType, OfBollingerBands) {
    const Bars bars = random_bars(300, 61);
    const auto type = static_cast<double>(GetParam());
    const Columns bands = compute("bbands", bars, {12, 1.5, 0.5, type});
    const auto average = average_of(GetParam(), bars.close, 12), deviation = compute("stddev", bars, {12, 1})[0];
    const std::size_t first = first_known(average);
    std::vector<double> upper(300, unknown), lower(300, unknown);
    for (std::size_t i = first; i < 300; ++i) {
        upper[i] = average[i] + 1.5 * deviation[i];
        lower[i] = average[i] - 0.5 * deviation[i];
    }
    expect_equal(bands[0], upper, first, "upper");
    expect_equal(bands[1], average, first, "middle");
    expect_equal(bands[2], lower, first, "lower");
}

TEST_P(MovingAverageType, OfTheStochastics) {
    const Bars bars = random_bars(300, 62);
    const auto type = static_cast<double>(GetParam());
    // Periods of 1 smooth nothing: the raw line.
    const auto raw = compute("stochf", bars, {5, 1, 0})[0];
    const auto k = average_of(GetParam(), raw, 4), d = average_of(GetParam(), k, 3), plain_d = average_of(0, k, 3);
    const Columns slow = compute("stoch", bars, {5, 4, 3, type, type});
    expect_equal(slow[0], k, first_known(d), "k");
    expect_equal(slow[1], d, first_known(d), "d");
    const Columns mixed = compute("stoch", bars, {5, 4, 3, type, 0});
    expect_equal(mixed[1], plain_d, first_known(plain_d), "d of its own type");
    const auto fast_d = average_of(GetParam(), raw, 4);
    const Columns fast = compute("stochf", bars, {5, 4, type});
    expect_equal(fast[0], raw, first_known(fast_d), "fast k");
    expect_equal(fast[1], fast_d, first_known(fast_d), "fast d");
}

INSTANTIATE_TEST_SUITE_P(All, MovingAverageType, testing::Range<std::size_t>(0, moving_average_names.size()),
                         [](const auto& type) { return std::string(moving_average_names[type.param]); });

}  // namespace
}  // namespace evolve::test
