// What an indicator makes in parts is what it makes as a whole, to the last bit, wherever it begins and however large
// the parts are.
#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

TEST(Parts, EqualTheWhole) {
    Random random(71);
    std::vector<double> x(3000);
    double value = 1000;
    for (double& one : x) one = value *= 1 + 0.1 * (random.uniform() - 0.5);
    std::size_t indicators = 0;
    for (const Indicator* indicator : all_indicators()) {
        if (indicator->in_parts == nullptr) continue;
        ++indicators;
        for (const double period : {2.0, 3.0, 15.0, 16.0, 100.0, 257.0, 512.0}) {
            const std::vector<double> args{period};
            const std::vector<double> whole = compute(*indicator, x, {}, args).front();
            for (const std::size_t from : {0u, 1u, 99u, 512u, 2999u}) {
                const auto parts = indicator->in_parts(x, args, from);
                ASSERT_NE(parts, nullptr);
                std::size_t next = parts->begin();
                ASSERT_LE(next, from);
                ASSERT_LE(from - next, parts->overshoot());
                while (next < x.size()) {
                    const std::size_t until = std::min(x.size(), next + 1 + random.below(700));
                    std::vector<double> out(x.size() + parts->overshoot(), -1.0);
                    const std::size_t reached = parts->advance(until, out.data());
                    ASSERT_GE(reached, until);
                    ASSERT_LE(reached, std::min(x.size(), until + parts->overshoot()));
                    for (std::size_t i = next; i < reached; ++i)
                        ASSERT_TRUE(out[i - next] == whole[i] || (std::isnan(out[i - next]) && std::isnan(whole[i])))
                            << indicator->name << " of " << period << " at " << i << " from " << from;
                    next = reached;
                }
            }
        }
    }
    EXPECT_GT(indicators, 0u);
}

// An output that is made without the others is the same, on plain input and where some of it is unknown.
TEST(Outputs, OneWithoutTheOthersIsTheSame) {
    Random random(72);
    const Bars bars = random_bars(300, 72);
    LongVector<double> holes = bars.close;
    for (std::size_t i = 0; i < holes.size(); ++i)
        if (i < 5 || i % 50 == 17) holes[i] = unknown;
    for (const Indicator* indicator : all_indicators()) {
        for (int round = 0; round < 5 && indicator->outputs.size() > 1; ++round) {
            const std::vector<double> args = random_arguments(*indicator, random);
            for (const LongVector<double>& x : {bars.close, holes}) {
                const Columns all = compute(*indicator, x, bars.view(), args);
                for (std::size_t k = 0; k < all.size(); ++k) {
                    std::vector<double> only(x.size(), -12345.0);
                    std::vector<std::span<double>> outputs(all.size());
                    outputs[k] = only;
                    compute_indicator(*indicator, indicator->takes_series() ? x : std::span<const double>{},
                                      bars.view(), args, outputs);
                    for (std::size_t i = 0; i < only.size(); ++i)
                        ASSERT_TRUE(identical(only[i], all[k][i]))
                            << describe(*indicator, args) << " output " << k << " at " << i;
                }
            }
        }
    }
}

}  // namespace
}  // namespace evolve::test
