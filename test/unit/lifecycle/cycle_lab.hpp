// What the tests of the cycle share.
#pragma once

#include <string>

#include "lifecycle/lab.hpp"

namespace evolve::test {

inline const World& three_symbols() {
    static const World world = [] {
        World made;
        made.add("AAA", Timeframe::d1, wobbling_bars(1, 900, 0.05));
        made.add("BBB", Timeframe::d1, wobbling_bars(2, 700, 0.0));
        made.add("CCC", Timeframe::d1, wobbling_bars(3, 800, 0.1));
        made.add("AAA", Timeframe::h4, wobbling_bars(4, 600, 0.05));
        return made;
    }();
    return world;
}

// Ten experiments, evaluated three times already, so that they breed.
inline json grown_up_input(std::uint64_t seed = 5) {
    Population population;
    int number = 1;
    for (const json& ruleset : ordinary_rulesets()) {
        json row = strategy_row(number, "Plan " + std::to_string(number), ruleset);
        row["evolution_attempts"] = 3;
        row["score"] = 0.1 * (number % 7);
        population.add(std::move(row));
        ++number;
    }
    population.set_total(10);
    return population.input(three_symbols(), seed, json::object(), 50);
}

inline json run(const json& input, const World& world = three_symbols(), unsigned threads = 1) {
    return json::parse(run_cycle_json(input.dump(), world.loader(), {}, {.threads = threads}));
}

inline const json& of_strategy(const json& rows, int number) {
    for (const json& row : rows) {
        if (row.at("strategy_id") == test_uuid(number)) return row;
    }
    throw std::runtime_error("no row of strategy " + std::to_string(number));
}

}  // namespace evolve::test
