// What the files in library/ share in describing their indicator.
#pragma once

#include "core/indicators/indicator.hpp"
#include "core/indicators/kernels.hpp"
#include "core/indicators/loops.hpp"

namespace evolve {

inline constexpr double longest_period = 10'000;

inline constexpr Argument series_argument{
    .name = "series", .kind = ArgKind::series, .text = "the values to work on; close when left out"};

constexpr Argument period_argument(double minimum, double standard, std::string_view name = "period",
                                   std::string_view text = "number of bars") {
    return {.name = name,
            .kind = ArgKind::integer,
            .minimum = minimum,
            .maximum = longest_period,
            .standard = standard,
            .text = text};
}

constexpr Argument real_argument(std::string_view name, double minimum, double maximum, double standard,
                                 std::string_view text) {
    return {.name = name,
            .kind = ArgKind::real,
            .minimum = minimum,
            .maximum = maximum,
            .standard = standard,
            .text = text};
}

constexpr Argument matype_argument(std::string_view name = "matype", std::string_view text = "type of moving average") {
    return {.name = name,
            .kind = ArgKind::choice,
            .maximum = static_cast<double>(moving_average_names.size() - 1),
            .choices = moving_average_names,
            .text = text};
}

// The k-th parameter (series left out) as a period or as a type of moving average.
inline std::size_t period_at(Arguments args, std::size_t k) { return static_cast<std::size_t>(args[k]); }
inline MovingAverage matype_at(Arguments args, std::size_t k) {
    return static_cast<MovingAverage>(static_cast<int>(args[k]));
}

using Outputs = std::span<const std::span<double>>;

inline bool is_wanted(std::span<double> output) { return !output.empty(); }

}  // namespace evolve
