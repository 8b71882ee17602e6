#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/indicators/indicator.hpp"
#include "core/indicators/loops.hpp"
#include "core/simd/kernels.hpp"

namespace evolve {

// indicator_list.inc is written by the build from the names of the files in library/, sorted.
#define INDICATOR(name) extern const Indicator indicator_##name;
#include "indicator_list.inc"
#undef INDICATOR

namespace {

constexpr const Indicator* registry[] = {
#define INDICATOR(name) &indicator_##name,
#include "indicator_list.inc"
#undef INDICATOR
};

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char p, char q) { return lower(p) == lower(q); });
}

// Index of the first value that passes the test; the size when none does.
template <typename Test>
std::size_t find_first(std::span<const double> values, Test test, const Control& control) {
    for (std::size_t begin = 0; begin < values.size(); begin += bars_per_poll) {
        control.check();
        const auto chunk = values.subspan(begin, std::min(bars_per_poll, values.size() - begin));
        const auto found = std::find_if(chunk.begin(), chunk.end(), test);
        if (found != chunk.end()) return begin + static_cast<std::size_t>(found - chunk.begin());
    }
    return values.size();
}

// A bar's own values are finite: nobody need look.
bool is_column_of(const BarsView& bars, std::span<const double> x) {
    for (const auto column : {bars.open, bars.high, bars.low, bars.close, bars.volume})
        if (column.data() == x.data() && column.size() == x.size() && !x.empty()) return true;
    return false;
}

void fill_unknown(std::span<double> values, const Control& control) {
    for_each_bar(0, values.size(), control, [&](std::size_t i) { values[i] = unknown; });
}

// Infinite and undefined results become unknown.
void drop_non_finite(std::span<double> values, const Control& control) {
    for (std::size_t begin = 0; begin < values.size(); begin += bars_per_poll) {
        control.check();
        kernels().drop_non_finite(values.data() + begin, std::min(bars_per_poll, values.size() - begin));
    }
}

void compute_known(const Indicator& indicator, const IndicatorInput& input, std::span<const IndicatorCall> calls) {
    for (const IndicatorCall& call : calls) {
        const std::size_t unwritten = std::min(input.size, indicator.warm_up(call.args));
        for (const auto& output : call.outputs)
            fill_unknown(output.first(std::min(unwritten, output.size())), input.control);
    }
    if (input.size == 0) return;
    if (indicator.compute_many == nullptr) {
        for (const IndicatorCall& call : calls) indicator.compute(input, call.args, call.outputs);
    } else {
        for (std::size_t first = 0; first < calls.size(); first += most_lanes)
            indicator.compute_many(input, calls.subspan(first, std::min(most_lanes, calls.size() - first)));
    }
    for (const IndicatorCall& call : calls)
        for (const auto& output : call.outputs) drop_non_finite(output, input.control);
}

// x has unknown values in its middle: compute on the bars where it is known, then put the results back in their places.
void compute_compacted(const Indicator& indicator, std::span<const double> x, const BarsView& bars,
                       std::span<const IndicatorCall> calls, const Control& control) {
    std::vector<std::size_t> known;
    known.reserve(x.size());
    for_each_bar(0, x.size(), control, [&](std::size_t i) {
        if (std::isfinite(x[i])) known.push_back(i);
    });
    Scratch values(known.size());
    for_each_bar(0, known.size(), control, [&](std::size_t j) { values[j] = x[known[j]]; });
    Bars kept;
    if (indicator.reads_bars) {
        kept.reserve(known.size());
        for_each_bar(0, known.size(), control, [&](std::size_t j) {
            const std::size_t i = known[j];
            kept.push_back({bars.ts[i], bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i]});
        });
    }
    for (const IndicatorCall& each : calls) {
        const auto outputs = each.outputs;
        std::vector<Scratch> results;
        for (const auto& output : outputs) results.emplace_back(output.empty() ? 0 : known.size());
        const std::vector<std::span<double>> columns(results.begin(), results.end());
        const IndicatorCall call{each.args, columns};
        compute_known(indicator, {values, kept.view(), known.size(), control}, {&call, 1});
        for (std::size_t k = 0; k < outputs.size(); ++k) {
            if (outputs[k].empty()) continue;
            fill_unknown(outputs[k], control);
            for_each_bar(0, known.size(), control, [&](std::size_t j) { outputs[k][known[j]] = columns[k][j]; });
        }
    }
}

}  // namespace

std::string_view to_string(Unit unit) {
    switch (unit) {
        case Unit::number:
            return "number";
        case Unit::price:
            return "price";
        case Unit::volume:
            return "volume";
        case Unit::ratio:
            return "ratio";
        case Unit::oscillator:
            return "oscillator";
        case Unit::condition:
            return "condition";
    }
    return "";
}

std::string_view to_string(Family family) {
    switch (family) {
        case Family::moving_average:
            return "moving_average";
        case Family::oscillator:
            return "oscillator";
        case Family::volatility:
            return "volatility";
        case Family::channel:
            return "channel";
        case Family::trend:
            return "trend";
        case Family::momentum:
            return "momentum";
        case Family::volume:
            return "volume";
        case Family::statistic:
            return "statistic";
        case Family::extreme:
            return "extreme";
    }
    return "";
}

std::span<const Indicator* const> all_indicators() { return registry; }

const Indicator* find_indicator(std::string_view name) {
    for (const Indicator* indicator : registry) {
        if (same_name(indicator->name, name)) return indicator;
        for (const std::string_view alias : indicator->aliases) {
            if (same_name(alias, name)) return indicator;
        }
    }
    return nullptr;
}

void compute_indicator(const Indicator& indicator, std::span<const double> x, BarsView bars, Arguments args,
                       std::span<const std::span<double>> outputs, const Control& control) {
    const IndicatorCall call{args, outputs};
    compute_indicators(indicator, x, bars, {&call, 1}, control);
}

void compute_indicators(const Indicator& indicator, std::span<const double> x, BarsView bars,
                        std::span<const IndicatorCall> calls, const Control& control) {
    if (!indicator.takes_series()) return compute_known(indicator, {{}, bars, bars.size(), control}, calls);
    if (is_column_of(bars, x)) return compute_known(indicator, {x, bars, x.size(), control}, calls);

    const std::size_t first = find_first(
        x, [](double value) { return std::isfinite(value); }, control);
    const std::span<const double> rest = x.subspan(first);
    if (find_first(
            rest, [](double value) { return !std::isfinite(value); }, control) < rest.size()) {
        return compute_compacted(indicator, x, bars, calls, control);
    }
    std::vector<std::vector<std::span<double>>> tails(calls.size());
    std::vector<IndicatorCall> cut;
    for (std::size_t k = 0; k < calls.size(); ++k) {
        for (const auto& output : calls[k].outputs) {
            const std::size_t before = std::min(first, output.size());
            fill_unknown(output.first(before), control);
            tails[k].push_back(output.subspan(before));
        }
        cut.push_back({calls[k].args, tails[k]});
    }
    const BarsView read = indicator.reads_bars ? bars.slice(first, rest.size()) : BarsView{};
    compute_known(indicator, {rest, read, rest.size(), control}, cut);
}

}  // namespace evolve
