// What the tests of the indicators share: computing by name, arguments and bars at random.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.hpp"
#include "core/indicators/indicator.hpp"

namespace evolve::test {

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

using Columns = std::vector<std::vector<double>>;

inline const Indicator& indicator_named(std::string_view name) {
    const Indicator* indicator = find_indicator(name);
    if (indicator == nullptr) throw std::runtime_error("no indicator " + std::string(name));
    return *indicator;
}

inline Columns compute(const Indicator& indicator, std::span<const double> x, const BarsView& bars,
                       const std::vector<double>& args) {
    const std::size_t size = indicator.takes_series() ? x.size() : bars.size();
    // Rubbish that must be overwritten everywhere.
    Columns columns(indicator.outputs.size(), std::vector<double>(size, -12345.0));
    std::vector<std::span<double>> spans(columns.begin(), columns.end());
    compute_indicator(indicator, indicator.takes_series() ? x : std::span<const double>{}, bars, args, spans);
    return columns;
}

// On the close.
inline Columns compute(std::string_view name, const Bars& bars, const std::vector<double>& args) {
    return compute(indicator_named(name), bars.close, bars.view(), args);
}

inline std::vector<double> standard_arguments(const Indicator& indicator) {
    std::vector<double> args;
    for (const Argument& argument : indicator.parameters()) args.push_back(argument.standard);
    return args;
}

// Arguments in their domain that are not refused; periods of at most `longest`, every third time the shortest.
inline std::vector<double> random_arguments(const Indicator& indicator, Random& random, double longest = 40) {
    for (;;) {
        std::vector<double> args;
        for (const Argument& argument : indicator.parameters()) {
            const double top =
                argument.kind == ArgKind::integer ? std::min(argument.maximum, longest) : argument.maximum;
            if (argument.kind == ArgKind::real) {
                args.push_back(argument.minimum + random.uniform() * std::min(top - argument.minimum, 5.0));
            } else if (random.chance(1.0 / 3)) {
                args.push_back(argument.minimum);
            } else {
                args.push_back(static_cast<double>(
                    random.between(static_cast<std::int64_t>(argument.minimum), static_cast<std::int64_t>(top))));
            }
        }
        if (indicator.refuse == nullptr || indicator.refuse(args).empty()) return args;
    }
}

// A walk in relative steps; every bar has a range and a volume. Some bars repeat the close before.
inline Bars random_bars(std::size_t count, std::uint64_t seed, double start = 100) {
    Random random(seed);
    Bars bars;
    double close = start;
    for (std::size_t i = 0; i < count; ++i) {
        const double open = close * (1 + 0.002 * (random.uniform() - 0.5));
        if (!random.chance(0.05)) close *= 1 + 0.02 * (random.uniform() - 0.498);
        const double high = std::max(open, close) * (1 + 0.005 * random.uniform());
        const double low = std::min(open, close) * (1 - 0.005 * random.uniform());
        bars.push_back({static_cast<Timestamp>(i) * microseconds_per_day, open, high, low, close,
                        1 + std::floor(1e6 * random.uniform())});
    }
    return bars;
}

inline std::string describe(const Indicator& indicator, const std::vector<double>& args) {
    std::string text(indicator.name);
    for (const double arg : args) text += " " + std::to_string(arg);
    return text;
}

inline std::size_t first_known(const std::vector<double>& values) {
    return static_cast<std::size_t>(
        std::find_if(values.begin(), values.end(), [](double value) { return !std::isnan(value); }) - values.begin());
}

// Same bits, or both unknown.
inline bool identical(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// |a - b| within tolerance times the larger of |b| and floor; unknown equals unknown only.
inline bool close_to(double a, double b, double tolerance, double floor = 0) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return std::abs(a - b) <= tolerance * std::max(std::abs(b), floor);
}

}  // namespace evolve::test
