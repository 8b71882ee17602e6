// What stoch and stochf share.
#pragma once

#include <algorithm>
#include <vector>

#include "core/indicators/definition.hpp"

namespace evolve {

// Calls use(raw, args, outputs) for each call that has values at all. raw is the stochastic() of its first argument,
// made once for all calls of that period.
template <class Use>
void for_each_stochastic(const IndicatorInput& input, std::span<const IndicatorCall> calls,
                         std::size_t (*warm_up)(Arguments), Use use) {
    std::vector<IndicatorCall> by_period;
    for (const IndicatorCall& call : calls)
        if (warm_up(call.args) < input.size) by_period.push_back(call);
    if (by_period.empty()) return;
    std::stable_sort(by_period.begin(), by_period.end(), [](const IndicatorCall& a, const IndicatorCall& b) {
        return period_at(a.args, 0) < period_at(b.args, 0);
    });
    Scratch raw(input.size);
    std::size_t made = 0;
    for (const auto& [args, outputs] : by_period) {
        if (period_at(args, 0) != made) stochastic(input.bars, period_at(args, 0), raw, input.control);
        made = period_at(args, 0);
        use(std::span<const double>(raw), args, outputs);
    }
}

}  // namespace evolve
