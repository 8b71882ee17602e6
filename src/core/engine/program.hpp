// What a population of rulesets is compiled into: one acyclic graph of steps, each distinct computation in it once,
// however many rulesets use it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/indicators/indicator.hpp"
#include "core/ruleset/ruleset.hpp"

namespace evolve {

using StepId = std::uint32_t;
inline constexpr StepId no_step = ~StepId{0};

// A number as it was `lag` bars ago. Lags ride on the operands, so that x[k] costs no column of its own; a constant's
// lag is always 0.
struct Operand {
    StepId step = no_step;
    std::uint32_t lag = 0;
    friend bool operator==(const Operand&, const Operand&) = default;
};

enum class PriceSeries : std::uint8_t { open, high, low, close, volume, hl2, hlc3, ohlc4 };

// A step reads only steps before it: ids are a topological order.
//
// Conditions are three-valued, but a step holds one bit a bar: the known truth of a condition, or its known falsehood,
// whichever is asked for. With both at hand `not` is free (it swaps which of the two is asked), and everything that
// remains is monotone: comparisons that are false on unknown numbers, AND, OR, shifts, windows.
struct Step {
    enum class Kind : std::uint8_t {
        // columns of numbers, NaN where unknown
        constant,  // value
        series,    // index: a PriceSeries
        call,      // index: into Program::calls; computes all its outputs together
        output,    // args: the call; index: which of its outputs
        lagged,    // args: a number; a real column of it, for indicators, which read whole columns
        negate,
        absolute,
        add,
        subtract,
        multiply,
        divide,
        // bitmaps; a comparison with an unknown number is false
        greater,
        greater_equal,
        equal,
        not_equal,
        shift,        // index: bars; what was so many bars ago, false before the series
        all_of,       // index: bars; true on each of the last so many, false before the series
        any_of,       // index: bars; true on one of them
        conjunction,  // of two or more
        disjunction
    };
    Kind kind = Kind::constant;
    std::uint32_t index = 0;
    double value = 0;
    std::vector<Operand> args;  // the operands of bitmap operations have no lag
};

inline bool is_bitmap(Step::Kind kind) { return kind >= Step::Kind::greater; }
inline bool is_comparison(Step::Kind kind) { return is_bitmap(kind) && kind <= Step::Kind::not_equal; }

// One call of an indicator with certain arguments.
struct Call {
    const Indicator* indicator = nullptr;
    std::vector<double> arguments;  // as Indicator::compute wants them
    StepId input = no_step;         // the series argument: a column
    std::vector<StepId> outputs;    // the output steps that exist, by output; no_step: not asked for
};

// A distance from the fill price.
struct LevelRule {
    ExitLevel::Kind kind = ExitLevel::Kind::percent;
    double distance = 0;   // percent: a fraction of the price; atr: a multiple of it
    StepId atr = no_step;  // atr: its column
};

struct SizeRule {
    Sizing::Kind kind = Sizing::Kind::all_in;
    double amount = 1;  // fraction of cash, or units
};

// A ruleset, compiled.
struct Rule {
    // Bitmaps; no_step: never true. Entries of a side that is off are no_step. Where a level needs an ATR, entries are
    // true only where it is known.
    StepId long_entry = no_step, long_exit = no_step, short_entry = no_step, short_exit = no_step;
    std::optional<LevelRule> stop_loss, take_profit, trailing_stop;
    std::size_t max_bars = 0;  // 0: no limit
    std::size_t cooldown_bars = 0;
    std::optional<SizeRule> sizing;
};

class Program {
public:
    std::vector<Step> steps;
    std::vector<Call> calls;
    std::vector<Rule> rules;  // in the population's order
};

}  // namespace evolve
