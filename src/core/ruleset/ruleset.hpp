// A ruleset as a value: what parsing yields, the engine compiles and genetics changes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ruleset/node.hpp"
#include "core/series/timeframe.hpp"

namespace evolve {

struct Parameter {
    double value = 0;
    // What search may try: minimum, minimum + step, …, maximum. Left out together: a fixed value.
    std::optional<double> minimum, maximum, step;
    friend bool operator==(const Parameter&, const Parameter&) = default;
};

// A distance from the fill price: {"pct": 2} is 2 percent of it, {"atr": 3, "period": 14} is three times the ATR at
// the bar of the signal. Numbers may be parameters.
struct ExitLevel {
    enum class Kind : std::uint8_t { percent, atr } kind = Kind::percent;
    Node distance = Node::number(0);  // constant or parameter
    Node period = Node::number(14);   // atr only: constant or parameter
    friend bool operator==(const ExitLevel&, const ExitLevel&) = default;
};

struct Sizing {
    enum class Kind : std::uint8_t { all_in, fraction, units } kind = Kind::all_in;
    Node amount = Node::number(1);  // fraction of cash (0, 1], or units > 0
    friend bool operator==(const Sizing&, const Sizing&) = default;
};

struct Side {
    std::optional<Node> entry, exit;  // conditions
    friend bool operator==(const Side&, const Side&) = default;
};

enum class Direction : std::uint8_t { long_only, short_only, both };

struct Ruleset {
    Side long_side, short_side;
    // Implied by the entries unless given (implied_direction); entries of a side that is off are not used.
    Direction direction = Direction::long_only;
    std::optional<ExitLevel> stop_loss, take_profit, trailing_stop;
    std::optional<Node> max_bars;       // constant or parameter, whole, >= 1
    std::optional<Node> cooldown_bars;  // constant or parameter, whole, >= 0
    std::optional<Sizing> sizing;       // left out: the call's
    std::map<std::string, Parameter> parameters;
    std::vector<std::string> symbols;  // empty: wherever it is run
    std::optional<Timeframe> timeframe;
    friend bool operator==(const Ruleset&, const Ruleset&) = default;
};

// both, long_only or short_only, by which entries there are; long_only when there is none.
inline Direction implied_direction(const Ruleset& ruleset) {
    if (!ruleset.short_side.entry) return Direction::long_only;
    return ruleset.long_side.entry ? Direction::both : Direction::short_only;
}

// Every node of the ruleset that is a rule or a number in it, in a fixed order, with its JSON path.
// (Used by walkers: substitution of parameters, counting, mutation.)
template <class RulesetRef, class Visit>
void for_each_root(RulesetRef& ruleset, Visit&& visit) {
    if (ruleset.long_side.entry) visit(*ruleset.long_side.entry, "$.entry");
    if (ruleset.long_side.exit) visit(*ruleset.long_side.exit, "$.exit");
    if (ruleset.short_side.entry) visit(*ruleset.short_side.entry, "$.short.entry");
    if (ruleset.short_side.exit) visit(*ruleset.short_side.exit, "$.short.exit");
    const auto level = [&](auto& exit_level, const char* percent_path, const char* atr_path, const char* period_path) {
        if (!exit_level) return;
        const bool percent = exit_level->kind == ExitLevel::Kind::percent;
        visit(exit_level->distance, percent ? percent_path : atr_path);
        if (!percent) visit(exit_level->period, period_path);
    };
    level(ruleset.stop_loss, "$.stop_loss.pct", "$.stop_loss.atr", "$.stop_loss.period");
    level(ruleset.take_profit, "$.take_profit.pct", "$.take_profit.atr", "$.take_profit.period");
    level(ruleset.trailing_stop, "$.trailing_stop.pct", "$.trailing_stop.atr", "$.trailing_stop.period");
    if (ruleset.max_bars) visit(*ruleset.max_bars, "$.max_bars");
    if (ruleset.cooldown_bars) visit(*ruleset.cooldown_bars, "$.cooldown_bars");
    if (ruleset.sizing && ruleset.sizing->kind != Sizing::Kind::all_in) {
        const bool fraction = ruleset.sizing->kind == Sizing::Kind::fraction;
        visit(ruleset.sizing->amount, fraction ? "$.sizing.fraction" : "$.sizing.units");
    }
}

}  // namespace evolve
