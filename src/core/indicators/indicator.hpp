// What the registry knows of an indicator. Parser, documentation, mutation and evolve_indicators() all read this and
// nothing else; an indicator is one file in library/ that defines one of these, and its tests.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/base/control.hpp"
#include "core/series/bars.hpp"

namespace evolve {

// What a number measures. Only like can be compared with like (ruleset/units.hpp).
enum class Unit : std::uint8_t {
    number,      // anything else, e.g. CCI, percent changes
    price,       // quote currency per unit, and differences of such
    volume,      // traded units
    ratio,       // dimensionless quotient around 1 or 0
    oscillator,  // bounded 0..100
    condition    // true, false, or not known yet
};
std::string_view to_string(Unit unit);

enum class ArgKind : std::uint8_t {
    series,   // a numeric expression; default: close
    integer,  // a whole number: constant or parameter
    real,     // a number: constant or parameter
    choice    // one of a list of names, e.g. the moving-average type
};

struct Argument {
    std::string_view name;
    ArgKind kind = ArgKind::integer;
    double minimum = 0, maximum = 0, standard = 0;   // integer, real; choice: standard is the index of the default
    std::span<const std::string_view> choices = {};  // choice
    std::string_view text;                           // one line for the documentation
};

struct Output {
    std::string_view name;
    Unit unit = Unit::number;
    bool unit_of_input = false;  // the unit of the series argument instead of `unit`
};

// What compute() reads. All spans have one length; all values are finite (the caller has cut unknown bars away).
struct IndicatorInput {
    std::span<const double> x;  // the series argument; empty when the indicator takes none
    BarsView bars;              // high, low, … for those that need them (see reads_bars); may be empty for the others
    std::size_t size = 0;
    Control control = {};  // every loop over the bars asks it whether to stop (loops.hpp)
};

// The values of an output, made a part at a time.
class Parts {
public:
    Parts() = default;
    virtual ~Parts() = default;
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    // The first bar whose value comes.
    virtual std::size_t begin() const = 0;
    // Writes the values that follow the last one written, up to that of bar `until` - 1 or some beyond it, to out[0]
    // on: NaN where there is none. Returns the first bar not written; `until` is at most the number of bars.
    virtual std::size_t advance(std::size_t until, double* out) = 0;
    // How many values advance() may write beyond `until`, or before the bar that was asked for.
    virtual std::size_t overshoot() const = 0;
};

// What an indicator substitutes for in mutation: members of one family are exchangeable in a rule.
enum class Family : std::uint8_t {
    moving_average,
    oscillator,
    volatility,
    channel,
    trend,
    momentum,
    volume,
    statistic,
    extreme
};
std::string_view to_string(Family family);

// Values of integer, real and choice arguments in order, the series argument left out.
using Arguments = std::span<const double>;

// What one call of an indicator asks for.
struct IndicatorCall {
    Arguments args;
    std::span<const std::span<double>> outputs;  // an empty output is not wanted
};

// How many calls an indicator makes side by side: the state of more would not fit into the registers.
inline constexpr std::size_t most_lanes = 8;

struct Indicator {
    std::string_view name;                           // TA-Lib's, lower case
    std::span<const std::string_view> aliases = {};  // other spellings that are read, never written
    std::string_view title;                          // "relative strength index", for explanations
    std::string_view description;  // one or two sentences: what it measures, where the formula is from
    Family family = Family::statistic;
    std::span<const Argument> arguments;  // series argument (at most one) first
    std::span<const Output> outputs;      // the first is the default
    bool reads_bars = false;              // uses input.bars
    // Number of leading bars without a value: output starts at this index when the input is known from bar 0.
    // Never decreases when an argument that is a period grows.
    std::size_t (*warm_up)(Arguments args) = nullptr;
    // Combinations that make no sense although each argument is in its domain (fast >= slow); nullptr: none.
    // Returns the reason, empty when fine.
    std::string_view (*refuse)(Arguments args) = nullptr;
    // Writes outputs[k][i] for every i >= warm_up; those before come filled with NaN. Value i depends on bars 0..i
    // only. Sequential, no state, no allocation beyond scratch vectors. An empty output is not wanted.
    void (*compute)(const IndicatorInput& input, Arguments args, std::span<const std::span<double>> outputs) = nullptr;
    // In its place: several calls on the same input at once, 1 to most_lanes of them; what a call gives does
    // not depend on the others.
    void (*compute_many)(const IndicatorInput& input, std::span<const IndicatorCall> calls) = nullptr;

    // The same values of the only output, to the last bit but for those that are not finite, from bar `from` or a bit
    // before it on; `x` has no unknown values and outlives the parts. nullptr: only made as a whole.
    std::unique_ptr<Parts> (*in_parts)(std::span<const double> x, Arguments args, std::size_t from) = nullptr;

    bool takes_series() const { return !arguments.empty() && arguments.front().kind == ArgKind::series; }
    // Arguments without the series argument.
    std::span<const Argument> parameters() const { return takes_series() ? arguments.subspan(1) : arguments; }
};

// All indicators, ordered by name.
std::span<const Indicator* const> all_indicators();
// By name or alias, case-insensitive; nullptr when there is none.
const Indicator* find_indicator(std::string_view name);

// Computes with unknown input allowed: bars where x is NaN are skipped (dropped before, NaN in the result), as golden
// `nulls/skip` does. outputs: one span per output, as long as the bars, or empty when nobody wants it; fully
// overwritten. Non-finite results become
// NaN. Throws ErrorCode::interrupted within a few milliseconds of `control` asking for it; what the outputs hold then
// means nothing.
void compute_indicator(const Indicator& indicator, std::span<const double> x, BarsView bars, Arguments args,
                       std::span<const std::span<double>> outputs, const Control& control = {});
// Several calls on the same input: each gets what it gets alone.
void compute_indicators(const Indicator& indicator, std::span<const double> x, BarsView bars,
                        std::span<const IndicatorCall> calls, const Control& control = {});

}  // namespace evolve
