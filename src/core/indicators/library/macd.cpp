#include "core/indicators/definition.hpp"
#include "core/indicators/lanes.hpp"

namespace evolve {
namespace {

constexpr Argument arguments[] = {
    series_argument,
    period_argument(2, 12, "fast_period", "bars of the fast average; fewer than of the slow one"),
    period_argument(2, 26, "slow_period", "bars of the slow average"),
    period_argument(1, 9, "signal_period", "bars of the average of the difference"),
};
constexpr Output results[] = {
    {.name = "macd", .unit = Unit::price, .unit_of_input = true},
    {.name = "signal", .unit = Unit::price, .unit_of_input = true},
    {.name = "histogram", .unit = Unit::price, .unit_of_input = true},
};

std::size_t warm_up(Arguments args) { return period_at(args, 1) - 1 + period_at(args, 2) - 1; }

std::string_view refuse(Arguments args) { return args[0] < args[1] ? "" : "fast_period must be less than slow_period"; }

template <class V>
struct State {
    V fast_alpha, slow_alpha, signal_alpha;
    V fast, slow, signal;

    [[gnu::always_inline]] void advance(double value) {
        fast += fast_alpha * (value - fast);
        slow += slow_alpha * (value - slow);
    }
};

double alpha_at(Arguments args, std::size_t k) { return 2.0 / (args[k] + 1); }

// All averages after the warm-up. Fast and slow begin at the slow one's first bar; that is where TA-Lib seeds the fast
// one too.
State<double> begun(std::span<const double> x, Arguments args) {
    const std::size_t fast = period_at(args, 0), slow = period_at(args, 1);
    State<double> state{alpha_at(args, 0),      alpha_at(args, 1),
                        alpha_at(args, 2),      mean_of(x.subspan(slow - fast, fast)),
                        mean_of(x.first(slow)), 0};
    std::vector<double> lines{state.fast - state.slow};
    for (std::size_t i = slow; i <= warm_up(args); ++i) {
        state.advance(x[i]);
        lines.push_back(state.fast - state.slow);
    }
    state.signal = mean_of(lines);
    return state;
}

void compute_many(const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    std::vector<Lane<State<double>, 3>> running;
    for (const auto& [args, outputs] : calls) {
        const std::size_t first = warm_up(args);
        if (input.size <= first) continue;
        running.push_back({begun(input.x, args), first + 1, {}});
        const State<double>& state = running.back().state;
        const double line = state.fast - state.slow;
        const std::array values{line, state.signal, line - state.signal};
        for (std::size_t k = 0; k < values.size(); ++k) {
            if (!is_wanted(outputs[k])) continue;
            running.back().out[k] = outputs[k].data();
            outputs[k][first] = values[k];
        }
    }
    const double* const x = input.x.data();
    run_lanes(std::span(running), input.size, input.control, [x](std::size_t i, auto& state) {
        state.advance(x[i]);
        const auto line = state.fast - state.slow;
        state.signal += state.signal_alpha * (line - state.signal);
        return std::array{line, state.signal, line - state.signal};
    });
}

}  // namespace

extern constinit const Indicator indicator_macd = {
    .name = "macd",
    .title = "moving average convergence divergence",
    .description =
        "Fast minus slow exponential average, its own exponential average (signal), and the difference of the "
        "two (histogram). All lines begin together, seeded as in TA-Lib.",
    .family = Family::momentum,
    .arguments = arguments,
    .outputs = results,
    .warm_up = warm_up,
    .refuse = refuse,
    .compute_many = compute_many,
};

}  // namespace evolve
