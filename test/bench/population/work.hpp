// The work that is measured: bars and populations, the same in every run.
#pragma once

#include <string>
#include <vector>

#include "core/ruleset/language.hpp"
#include "core/series/bars.hpp"
#include "hand.hpp"

namespace evolve::bench {

Bars made_bars(std::size_t count);

struct Crossover {
    std::size_t fast = 0, slow = 0;
};
// `count` pairs of 50 periods (5, 10 … 250), fast below slow.
std::vector<Crossover> crossovers(std::size_t count);
std::string ruleset_json(const Crossover& crossover);

// Five RSI periods by five band periods by stops and targets.
std::vector<OscillatorRule> oscillators(std::size_t count);
std::string ruleset_json(const OscillatorRule& rule);

// Rulesets of about 20 nodes a rule from the language's generator.
std::vector<Ruleset> random_population(std::size_t count);
// A population in the middle of evolution: `count` descendants of a few random founders by crossover and mutation.
std::vector<Ruleset> evolved_population(std::size_t count);

}  // namespace evolve::bench
