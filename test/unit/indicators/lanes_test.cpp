// Several calls of an indicator made together give what each gives alone, to the last bit.
#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

class Lanes : public testing::TestWithParam<const Indicator*> {};

std::vector<const Indicator*> indicators_with_lanes() {
    std::vector<const Indicator*> found;
    for (const Indicator* indicator : all_indicators())
        if (indicator->compute_many != nullptr) found.push_back(indicator);
    return found;
}

// Periods of a lane: short ones, those about as long as the series, and the same as another's.
std::vector<std::vector<double>> arguments_of_lanes(const Indicator& indicator, std::size_t count, std::size_t bars,
                                                    Random& random) {
    std::vector<std::vector<double>> result;
    while (result.size() < count) {
        if (!result.empty() && random.chance(0.2))
            result.push_back(result[random.below(result.size())]);
        else
            result.push_back(
                random_arguments(indicator, random, random.chance(0.2) ? static_cast<double>(bars + 3) : 40));
    }
    return result;
}

void expect_each_alone(const Indicator& indicator, std::span<const double> x, const BarsView& bars,
                       const std::vector<std::vector<double>>& args, Random& random) {
    if (!indicator.takes_series()) x = {};
    std::vector<Columns> together;
    for (std::size_t lane = 0; lane < args.size(); ++lane)
        together.emplace_back(indicator.outputs.size(), std::vector<double>(bars.size(), -12345.0));
    std::vector<std::vector<std::span<double>>> outputs;
    std::vector<IndicatorCall> calls;
    for (Columns& columns : together) {
        outputs.emplace_back(columns.begin(), columns.end());
        // Not all outputs of all calls are wanted.
        if (columns.size() > 1 && random.chance(0.5)) outputs.back()[random.below(columns.size())] = {};
    }
    for (std::size_t lane = 0; lane < args.size(); ++lane) calls.push_back({args[lane], outputs[lane]});
    compute_indicators(indicator, x, bars, calls);
    for (std::size_t lane = 0; lane < args.size(); ++lane) {
        const Columns alone = compute(indicator, x, bars, args[lane]);
        for (std::size_t k = 0; k < alone.size(); ++k)
            for (std::size_t i = 0; i < bars.size(); ++i)
                ASSERT_TRUE(outputs[lane][k].empty() ? together[lane][k][i] == -12345.0
                                                     : identical(together[lane][k][i], alone[k][i]))
                    << describe(indicator, args[lane]) << ", lane " << lane << " of " << args.size() << ", output " << k
                    << " at " << i << " of " << bars.size();
    }
}

TEST_P(Lanes, GiveWhatEachGivesAlone) {
    const Indicator& indicator = *GetParam();
    Random random(81);
    for (std::size_t round = 0; round < 300; ++round) {
        const std::size_t count = round < 32 ? round / 8 : random.below(400);
        const Bars bars = random_bars(count, round);
        LongVector<double> x = bars.close;
        const std::size_t head = random.below(30);
        for (std::size_t i = 0; i < x.size() && round % 3 > 0; ++i)
            if (i < head || (round % 3 == 2 && random.chance(0.05))) x[i] = unknown;
        // 1 to most_lanes at once, and more, which come one most_lanes after the other.
        const auto args = arguments_of_lanes(indicator, 1 + round % (most_lanes + 3), count, random);
        ASSERT_NO_FATAL_FAILURE(expect_each_alone(indicator, x, bars.view(), args, random));
    }
}

// Standstills and values whose differences are beyond all numbers.
TEST_P(Lanes, GiveWhatEachGivesAloneAtTheEdges) {
    const Indicator& indicator = *GetParam();
    Random random(82);
    for (std::size_t round = 0; round < 40; ++round) {
        Bars bars = random_bars(200, round);
        for (std::size_t i = 0; i < bars.size(); ++i) {
            if (round % 2 == 0)
                bars.open[i] = bars.high[i] = bars.low[i] = bars.close[i] = i < 100 ? 50 : bars.close[100];
            else
                bars.close[i] = random.chance(0.5) ? 1.7e308 : -1.7e308;
        }
        const auto args = arguments_of_lanes(indicator, 1 + round % most_lanes, bars.size(), random);
        ASSERT_NO_FATAL_FAILURE(expect_each_alone(indicator, bars.close, bars.view(), args, random));
    }
}

INSTANTIATE_TEST_SUITE_P(All, Lanes, testing::ValuesIn(indicators_with_lanes()),
                         [](const auto& indicator) { return std::string(indicator.param->name); });

}  // namespace
}  // namespace evolve::test
