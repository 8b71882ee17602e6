// A caller who wants to stop need not wait for an indicator to end: everything that goes over the bars asks often.
#include <atomic>
#include <map>

#include "core/base/error.hpp"
#include "core/indicators/loops.hpp"
#include "indicators/indicator_support.hpp"

namespace evolve::test {
namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
std::atomic<std::size_t> polls{0}, polls_before_stop{never};

bool counting_poll() noexcept { return polls++ >= polls_before_stop; }

// Asks are counted in `polls`; the first `before_stop` of them are answered with no.
Control counting(std::size_t before_stop = never) {
    polls = 0;
    polls_before_stop = before_stop;
    return {.poll = counting_poll};
}

constexpr std::size_t many = 1'000'000;

const Bars& many_bars() {
    static const Bars bars = random_bars(many, 71);
    return bars;
}

// Like standard_arguments, every period `period`.
std::vector<double> arguments_with_period(const Indicator& indicator, double period) {
    std::vector<double> args = standard_arguments(indicator);
    for (std::size_t k = 0; k < args.size(); ++k) {
        if (indicator.parameters()[k].kind == ArgKind::integer) args[k] = period;
    }
    if (indicator.refuse != nullptr && !indicator.refuse(args).empty()) args[0] -= 1;
    return args;
}

class OutputColumns {
public:
    OutputColumns(const Indicator& indicator, std::size_t size)
        : columns_(indicator.outputs.size(), std::vector<double>(size)), spans_(columns_.begin(), columns_.end()) {}
    std::span<const std::span<double>> spans() const { return spans_; }

private:
    Columns columns_;
    std::vector<std::span<double>> spans_;
};

void run(const Indicator& indicator, std::span<const double> x, const BarsView& bars, const std::vector<double>& args,
         const Control& control) {
    const OutputColumns output(indicator, bars.size());
    if (!indicator.takes_series()) x = {};
    compute_indicator(indicator, x, bars, args, output.spans(), control);
}

TEST(ForEachBar, GoesOverEveryBarOnceInOrderAndAsksBetween) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, bars_per_poll - 1, bars_per_poll, bars_per_poll + 1,
                                   3 * bars_per_poll, 3 * bars_per_poll + 5}) {
        for (const std::size_t cost : {std::size_t{0}, std::size_t{1}, std::size_t{3}, bars_per_poll, never}) {
            constexpr std::size_t first = 7;
            const std::size_t per_poll = std::max<std::size_t>(1, bars_per_poll / std::max<std::size_t>(1, cost));
            std::size_t next = first;
            for_each_bar(
                first, first + size, counting(),
                [&](std::size_t i) {
                    ASSERT_EQ(i, next++);
                    ASSERT_EQ(polls, (i - first) / per_poll + 1);
                },
                cost);
            EXPECT_EQ(next, first + size);
            EXPECT_EQ(polls, (size + per_poll - 1) / per_poll);
        }
    }
    for_each_bar(5, 4, counting(), [](std::size_t) { FAIL(); });
}

class Interrupt : public testing::TestWithParam<const Indicator*> {};

// Wherever the caller says stop: first ask, last ask, or in the middle.
TEST_P(Interrupt, EndsTheComputation) {
    const Indicator& indicator = *GetParam();
    const std::vector<double> args = standard_arguments(indicator);
    const Bars bars = random_bars(5 * bars_per_poll, 72);
    LongVector<double> with_gaps = bars.close;
    for (std::size_t i = 100; i < with_gaps.size(); i += 1000) with_gaps[i] = unknown;
    for (const LongVector<double>& x : {bars.close, with_gaps}) {
        run(indicator, x, bars.view(), args, counting());
        const std::size_t all = polls;
        ASSERT_GE(all, 10u);  // computing, dropping what is not finite
        for (std::size_t before = 0; before < all; ++before) {
            try {
                run(indicator, x, bars.view(), args, counting(before));
                FAIL() << "not stopped at ask " << before << " of " << all;
            } catch (const Error& error) {
                ASSERT_EQ(error.code(), ErrorCode::interrupted);
            }
            ASSERT_EQ(polls, before + 1) << "went on after it was told to stop";
        }
        EXPECT_NO_THROW(run(indicator, x, bars.view(), args, counting(all)));
    }
}

// Without what compute_indicator() does before and after.
void run_alone(const Indicator& indicator, const IndicatorInput& input, Arguments args,
               std::span<const std::span<double>> outputs) {
    const IndicatorCall call{args, outputs};
    if (indicator.compute_many != nullptr)
        indicator.compute_many(input, {&call, 1});
    else
        indicator.compute(input, args, outputs);
}

// How often the computation goes over all bars, where it is more than once.
std::size_t passes_of(std::string_view name) {
    static const std::map<std::string_view, std::size_t> passes{
        {"aroon", 4},  {"cci", 3},   {"donchian", 3}, {"mfi", 5},  {"natr", 2},
        {"stddev", 2}, {"stoch", 6}, {"stochf", 5},   {"vwap", 2}, {"willr", 3}};
    const auto found = passes.find(name);
    return found == passes.end() ? 1 : found->second;
}

// No pass goes without asking: leaving one out makes too few.
TEST_P(Interrupt, IsAskedForInEveryPass) {
    const Indicator& indicator = *GetParam();
    const Bars& bars = many_bars();
    const OutputColumns output(indicator, many);
    for (const double period : {5.0, 700.0}) {
        const std::vector<double> args = arguments_with_period(indicator, period);
        const std::size_t computed = many - indicator.warm_up(args);
        run_alone(indicator, {bars.close, bars.view(), many, counting()}, args, output.spans());
        EXPECT_GE(polls, passes_of(indicator.name) * (computed / bars_per_poll)) << describe(indicator, args);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Interrupt, testing::ValuesIn(all_indicators().begin(), all_indicators().end()),
                         [](const auto& indicator) { return std::string(indicator.param->name); });

// After two plain passes its work is proportional to the period, so are the asks.
TEST(InterruptOf, TheCommodityChannelIndexFollowsThePeriod) {
    const Indicator& cci = indicator_named("cci");
    const OutputColumns output(cci, many);
    for (const double period : {2.0, 100.0, 1'000.0}) {
        const std::vector<double> args{period};
        cci.compute({{}, many_bars().view(), many, counting()}, args, output.spans());
        const double computed = static_cast<double>(many) - period + 1;
        EXPECT_GE(static_cast<double>(polls), (2 + period) * computed / bars_per_poll) << period;
    }
}

constexpr Argument no_work_arguments[] = {{.name = "series", .kind = ArgKind::series, .text = ""}};
constexpr Output no_work_outputs[] = {{.name = "a"}, {.name = "b"}};
constexpr Indicator no_work{
    .name = "no_work",
    .title = "",
    .description = "",
    .arguments = no_work_arguments,
    .outputs = no_work_outputs,
    .reads_bars = true,
    .warm_up = [](Arguments) -> std::size_t { return 0; },
    .compute = [](const IndicatorInput&, Arguments, std::span<const std::span<double>>) {},
};

// What is done around compute(): looking for unknown values, leaving them out, putting results in their places.
TEST(InterruptOf, TheSkippingOfUnknownValuesIsAskedForInEveryPass) {
    const Bars& bars = many_bars();
    constexpr std::size_t pass = many / bars_per_poll;
    LongVector<double> x = bars.close;
    run(no_work, x, bars.view(), {}, counting());
    EXPECT_GE(polls, 3 * pass);  // looking; for each output cleaning
    x.back() = unknown;
    run(no_work, x, bars.view(), {}, counting());
    EXPECT_GE(polls, 10 * pass);  // looking, listing, picking x and bars; filling, cleaning, putting back
    x.assign(many, unknown);
    run(no_work, x, bars.view(), {}, counting());
    EXPECT_GE(polls, 3 * pass);  // looking, filling
}

}  // namespace
}  // namespace evolve::test
