#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/indicators/indicator.hpp"

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

// Infinite and undefined results become unknown.
void drop_non_finite(std::span<double> values) {
    for (double& value : values) value = std::isfinite(value) ? value : unknown;
}

void compute_known(const Indicator& indicator, const IndicatorInput& input, Arguments args,
                   std::span<const std::span<double>> outputs) {
    for (const auto& output : outputs) std::fill(output.begin(), output.end(), unknown);
    if (input.size == 0) return;
    indicator.compute(input, args, outputs);
    for (const auto& output : outputs) drop_non_finite(output);
}

// x has unknown values in its middle: compute on the bars where it is known, then put the results back in their places.
void compute_compacted(const Indicator& indicator, std::span<const double> x, const BarsView& bars, Arguments args,
                       std::span<const std::span<double>> outputs) {
    std::vector<std::size_t> known;
    known.reserve(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (std::isfinite(x[i])) known.push_back(i);
    }
    std::vector<double> values;
    Bars kept;
    values.reserve(known.size());
    for (const std::size_t i : known) values.push_back(x[i]);
    if (indicator.reads_bars) {
        kept.reserve(known.size());
        for (const std::size_t i : known) {
            kept.push_back({bars.ts[i], bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i]});
        }
    }
    std::vector<double> results(known.size() * outputs.size());
    std::vector<std::span<double>> columns;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        columns.push_back(std::span<double>(results).subspan(k * known.size(), known.size()));
    }
    compute_known(indicator, {values, kept.view(), known.size()}, args, columns);
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        std::fill(outputs[k].begin(), outputs[k].end(), unknown);
        for (std::size_t j = 0; j < known.size(); ++j) outputs[k][known[j]] = columns[k][j];
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
                       std::span<const std::span<double>> outputs) {
    if (!indicator.takes_series()) return compute_known(indicator, {{}, bars, bars.size()}, args, outputs);

    const auto is_known = [](double value) { return std::isfinite(value); };
    const auto first = static_cast<std::size_t>(std::find_if(x.begin(), x.end(), is_known) - x.begin());
    const std::span<const double> rest = x.subspan(first);
    if (!std::all_of(rest.begin(), rest.end(), is_known)) {
        return compute_compacted(indicator, x, bars, args, outputs);
    }
    std::vector<std::span<double>> tails;
    for (const auto& output : outputs) {
        std::fill_n(output.begin(), first, unknown);
        tails.push_back(output.subspan(first));
    }
    const BarsView read = indicator.reads_bars ? bars.slice(first, rest.size()) : BarsView{};
    compute_known(indicator, {rest, read, rest.size()}, args, tails);
}

}  // namespace evolve
