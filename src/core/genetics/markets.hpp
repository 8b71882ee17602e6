// Which series a ruleset can be run on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ruleset/ruleset.hpp"

namespace evolve {

// One stored or resampled series, as far as a ruleset cares.
struct MarketKey {
    std::string symbol;
    Timeframe timeframe = Timeframe::d1;
    friend bool operator==(const MarketKey&, const MarketKey&) = default;
};

// The timeframe a ruleset is run at: its own. Without one: 1d when any of its symbols (all symbols when it names none)
// has it, else the timeframe that most of them have, the coarsest among equals. nullopt: there is no series for it.
std::optional<Timeframe> effective_timeframe(const Ruleset& ruleset, std::span<const MarketKey> markets);

// Whether any of its symbols (any symbol when it names none) has a series of that timeframe.
bool can_run_at(const Ruleset& ruleset, Timeframe timeframe, std::span<const MarketKey> markets);

// Its symbols that have a series of that timeframe, in its order; all symbols in ascending order when it names none.
std::vector<std::string> available_symbols(const Ruleset& ruleset, Timeframe timeframe,
                                           std::span<const MarketKey> markets);

}  // namespace evolve
