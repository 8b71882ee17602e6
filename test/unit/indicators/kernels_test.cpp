// The fast kernels against the formula written down plainly, on long, large and uneven input.
#include "core/indicators/kernels.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

using Window = std::span<const double>;
using Kernel = void (*)(std::span<const double>, std::size_t, std::span<double>, const Control&);
using Formula = std::function<long double(Window)>;

long double plain_mean(Window w) {
    long double sum = 0;
    for (const double value : w) sum += value;
    return sum / static_cast<long double>(w.size());
}

long double plain_deviation(Window w) {
    const long double mean = plain_mean(w);
    long double sum = 0;
    for (const double value : w) sum += (value - mean) * (value - mean);
    return std::sqrt(sum / static_cast<long double>(w.size()));
}

long double plain_weighted(Window w) {
    long double sum = 0, weights = 0;
    for (std::size_t k = 0; k < w.size(); ++k) {
        sum += static_cast<long double>(k + 1) * w[k];
        weights += static_cast<long double>(k + 1);
    }
    return sum / weights;
}

// Normal equations around the means.
long double plain_regression(Window w) {
    const long double centre = static_cast<long double>(w.size() - 1) / 2, mean = plain_mean(w);
    long double xy = 0, xx = 0;
    for (std::size_t k = 0; k < w.size(); ++k) {
        const long double t = static_cast<long double>(k) - centre;
        xy += t * (w[k] - mean);
        xx += t * t;
    }
    return mean + xy / xx * centre;
}

long double plain_sum(Window w) { return plain_mean(w) * static_cast<long double>(w.size()); }
long double plain_max(Window w) { return *std::max_element(w.begin(), w.end()); }
long double plain_min(Window w) { return *std::min_element(w.begin(), w.end()); }

// Bars back to the last of the most extreme values.
template <typename Better>
long double plain_age(Window w, Better at_least_as_extreme) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < w.size(); ++k) {
        if (at_least_as_extreme(w[k], w[best])) best = k;
    }
    return static_cast<long double>(w.size() - 1 - best);
}

// tolerance: of the largest value in the window (0: exact).
void compare(Kernel kernel, const Formula& formula, std::span<const double> x, std::size_t n, double tolerance) {
    std::vector<double> got(x.size(), unknown);
    kernel(x, n, got, {});
    for (std::size_t i = 0; i + 1 < n && i < x.size(); ++i) ASSERT_TRUE(std::isnan(got[i])) << i;
    for (std::size_t i = n - 1; i < x.size(); ++i) {
        const Window window = x.subspan(i + 1 - n, n);
        double largest = 0;
        for (const double value : window) largest = std::max(largest, std::abs(value));
        const auto expected = static_cast<double>(formula(window));
        ASSERT_LE(std::abs(got[i] - expected), tolerance * largest)
            << "period " << n << " bar " << i << " " << expected;
    }
}

struct Series {
    const char* name;
    LongVector<double> values;
};

std::vector<Series> long_series() {
    constexpr std::size_t count = 100'000;
    Random random(31);
    Series walk{"walk", random_bars(count, 32).close};
    Series big_first{"first half a billion times larger", random_bars(count, 33).close};
    Series signs{"both signs with ties", {}};
    for (std::size_t i = 0; i < count / 2; ++i) big_first.values[i] *= 1e9;
    for (std::size_t i = 0; i < count; ++i) signs.values.push_back(static_cast<double>(random.between(-20, 20)));
    return {walk, big_first, signs};
}

TEST(Kernels, AgreeWithThePlainFormulas) {
    const auto max_age = [](Window w) { return plain_age(w, [](double a, double b) { return a >= b; }); };
    const auto min_age = [](Window w) { return plain_age(w, [](double a, double b) { return a <= b; }); };
    for (const Series& series : long_series()) {
        SCOPED_TRACE(series.name);
        for (const std::size_t n : {2u, 3u, 20u, 201u}) {
            compare(rolling_sum, plain_sum, series.values, n, 1e-14 * static_cast<double>(n));
            compare(rolling_mean, plain_mean, series.values, n, 1e-14);
            compare(rolling_weighted_mean, plain_weighted, series.values, n, 1e-13);
            compare(rolling_regression_end, plain_regression, series.values, n, 1e-13);
            compare(rolling_deviation, plain_deviation, series.values, n, 1e-13);
            compare(rolling_max, plain_max, series.values, n, 0);
            compare(rolling_min, plain_min, series.values, n, 0);
            compare(rolling_max_age, max_age, series.values, n, 0);
            compare(rolling_min_age, min_age, series.values, n, 0);
        }
    }
}

TEST(Kernels, PeriodsAroundTheLengthOfTheInput) {
    const LongVector<double> x = random_bars(40, 34).close;
    for (const std::size_t n : {1u, 19u, 20u, 21u, 39u, 40u, 41u, 1000u}) {
        compare(rolling_mean, plain_mean, x, n, 1e-14);
        compare(rolling_weighted_mean, plain_weighted, x, n, 1e-14);
        compare(rolling_deviation, plain_deviation, x, n, 1e-14);
        compare(rolling_max, plain_max, x, n, 0);
        compare(rolling_min, plain_min, x, n, 0);
        if (n > 1) compare(rolling_regression_end, plain_regression, x, n, 1e-13);
    }
}

// A deviation of a cent on a price of a hundred million: a running sum of squares would have no digit left.
TEST(Kernels, DeviationOfLargePrices) {
    Random random(35);
    std::vector<double> x;
    for (int i = 0; i < 100'000; ++i) x.push_back(1e8 + 0.02 * (random.uniform() - 0.5));
    for (const std::size_t n : {2u, 20u, 201u}) {
        std::vector<double> got(x.size(), unknown);
        rolling_deviation(x, n, got, {});
        for (std::size_t i = n - 1; i < x.size(); ++i) {
            const auto expected = static_cast<double>(plain_deviation(std::span(x).subspan(i + 1 - n, n)));
            // 0 or near: two values that are equal, or neighbours among the doubles
            ASSERT_TRUE(close_to(got[i], expected, 1e-9, 1e-9)) << n << " " << i << " " << got[i] << " " << expected;
        }
    }
}

// What has left the window leaves no trace, however large it was.
TEST(Kernels, NothingOfAnOutlierRemains) {
    std::vector<double> x(300, 3.0);
    x[100] = 1e300;
    std::vector<double> sum(x.size()), deviation(x.size()), mean(x.size());
    rolling_sum(x, 10, sum, {});
    rolling_mean(x, 10, mean, {});
    rolling_deviation(x, 10, deviation, {});
    for (std::size_t i = 9; i < x.size(); ++i) {
        if (i >= 100 && i < 110) continue;
        EXPECT_EQ(sum[i], 30);
        EXPECT_EQ(mean[i], 3);
        EXPECT_EQ(deviation[i], 0);
    }
}

TEST(Kernels, MeanAndDeviationTogetherAreThoseAlone) {
    const Bars bars = random_bars(700, 12);
    for (const std::size_t n : {2u, 7u, 20u, 150u, 700u}) {
        std::vector<double> mean(700, -1.0), deviation = mean, mean_alone = mean, deviation_alone = mean;
        std::size_t next = n - 1;
        const auto take = [&](std::size_t first, std::span<const double> means, std::span<const double> deviations) {
            EXPECT_EQ(first, std::exchange(next, first + means.size()));
            std::copy(means.begin(), means.end(), &mean[first]);
            std::copy(deviations.begin(), deviations.end(), &deviation[first]);
        };
        rolling_mean_and_deviation(bars.close, n, {}, take);
        EXPECT_EQ(next, 700u);
        rolling_mean(bars.close, n, mean_alone, {});
        rolling_deviation(bars.close, n, deviation_alone, {});
        for (std::size_t i = n - 1; i < 700; ++i) {
            ASSERT_EQ(mean[i], mean_alone[i]) << n << " at " << i;
            ASSERT_EQ(deviation[i], deviation_alone[i]) << n << " at " << i;
        }
    }
}

TEST(Kernels, MovingAverageOfOneIsTheInput) {
    const LongVector<double> x = random_bars(30, 36).close;
    for (std::size_t type = 0; type < moving_average_names.size(); ++type) {
        LongVector<double> out(x.size());
        moving_average(static_cast<MovingAverage>(type), x, 1, out, {});
        EXPECT_EQ(out, x);
        EXPECT_EQ(moving_average_warm_up(static_cast<MovingAverage>(type), 1), 0u);
    }
}

}  // namespace
}  // namespace evolve::test
