// The points of a parameter sweep: every combination of the values that a grid lists.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/control.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/ruleset.hpp"

namespace evolve {

struct GridAxis {
    std::string name;
    std::vector<double> values;  // as listed; a range ascending
};

// Axes in the order of their names. Points are numbered from 0; the last axis varies fastest.
class ParameterGrid {
public:
    // `grid`: JSON object of parameter name → list of numbers, or {"from", "to", "step"}; empty text: every parameter
    // of the ruleset that has min, max and step, over these. Throws Error: unknown_name, type_mismatch and
    // invalid_option with the path in the grid; out_of_range for a value that the ruleset does not allow;
    // limit_exceeded for more than `most_points` points or more bars of look-back than the limits allow.
    ParameterGrid(const Ruleset& ruleset, std::string_view grid, const Limits& limits, std::size_t most_points,
                  const Control& control = {});

    std::size_t size() const { return size_; }
    const std::vector<GridAxis>& axes() const { return axes_; }
    // The ruleset with the values of a point.
    Ruleset ruleset(std::size_t point) const;
    // The values of a point as a JSON object.
    std::string values(std::size_t point) const;

private:
    void check(const Limits& limits, const Control& control) const;
    std::vector<double> point(std::size_t number) const;

    Ruleset ruleset_;
    std::vector<GridAxis> axes_;
    std::size_t size_ = 1;
};

}  // namespace evolve
