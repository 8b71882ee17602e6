// An indicator's arguments as the registry's functions take them.
#pragma once

#include <algorithm>
#include <vector>

#include "core/indicators/indicator.hpp"
#include "core/ruleset/node.hpp"

namespace evolve {

// Numbers, and choices as their index, in order; the series left out. value_of(node) is the number of a constant or
// parameter. The node must have as many arguments as the indicator.
template <class ValueOf>
std::vector<double> argument_values(const Indicator& indicator, const Node& node, ValueOf&& value_of) {
    std::vector<double> values;
    for (std::size_t i = indicator.takes_series() ? 1 : 0; i < node.args.size(); ++i) {
        const Node& arg = node.args[i];
        if (arg.op != Op::choice) {
            values.push_back(value_of(arg));
            continue;
        }
        const auto choices = indicator.arguments[i].choices;
        values.push_back(static_cast<double>(std::find(choices.begin(), choices.end(), arg.name) - choices.begin()));
    }
    return values;
}

}  // namespace evolve
