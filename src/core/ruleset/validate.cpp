#include "core/ruleset/validate.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/number.hpp"
#include "core/ruleset/domain.hpp"
#include "core/ruleset/json_text.hpp"
#include "core/ruleset/lookback.hpp"
#include "core/ruleset/names.hpp"
#include "core/ruleset/text_lexer.hpp"
#include "core/ruleset/units.hpp"

namespace evolve {
namespace {

constexpr std::size_t most_symbols = 100, longest_symbol = 64;  // characters
constexpr double most_atrs = 1000, most_units = 1e15, most_percent = 1'000'000;

// Characters of UTF-8 text, not bytes.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80; }));
}

class Check {
public:
    Check(const Ruleset& ruleset, const Limits& limits, const Origins& origins, Problems& problems)
        : ruleset_(ruleset), limits_(effective(limits)), origins_(origins), problems_(problems) {}

    void all() {
        size();
        for (const auto& [name, parameter] : ruleset_.parameters) one_parameter(name, parameter);
        for_each_root(ruleset_, [&](const Node& root, const char* path) { this->root(root, path); });
        entries();
        symbols();
        if (problems_.errors() == 0) lookback_limit();
    }

private:
    void fault(ErrorCode code, std::string where, std::string message, std::string hint = {}) {
        problems_.error(code, std::move(where), std::move(message), std::move(hint));
    }
    void size();
    void one_parameter(const std::string& name, const Parameter& parameter);
    void root(const Node& node, std::string_view path);
    void entries();
    void symbols();
    void lookback_limit();

    const Ruleset& ruleset_;
    const Limits limits_;
    const Origins& origins_;
    Problems& problems_;
};

struct Size {
    std::size_t nodes = 1, depth = 1;
};

Size size_of(const Node& node) {
    Size size;
    for (const Node& arg : node.args) {
        const Size below = size_of(arg);
        size.nodes += below.nodes;
        size.depth = std::max(size.depth, below.depth + 1);
    }
    return size;
}

void Check::size() {
    std::size_t nodes = 0;
    for_each_root(ruleset_, [&](const Node& root, const char* path) {
        const Size size = size_of(root);
        nodes += size.nodes;
        if (size.depth > limits_.depth) {
            throw Error(ErrorCode::limit_exceeded,
                        "the rule is nested deeper than " + std::to_string(limits_.depth) + " levels", path,
                        "Split the rule, or raise the limit on depth.");
        }
    });
    if (nodes > limits_.nodes) {
        throw Error(ErrorCode::limit_exceeded, "the ruleset has more than " + std::to_string(limits_.nodes) + " nodes",
                    "$", "Use fewer rules, or raise the limit on nodes.");
    }
}

void Check::one_parameter(const std::string& name, const Parameter& parameter) {
    const std::string path = "$.params" + path_step(name);
    if (!is_parameter_name(name)) {
        fault(ErrorCode::invalid_ruleset, path, in_quotes(name) + " cannot be the name of a parameter",
              "A name begins with a lower-case letter or _, goes on with these and digits, and has at most 63 "
              "characters.");
    }
    const bool finite = std::isfinite(parameter.value) && std::isfinite(parameter.minimum.value_or(0)) &&
                        std::isfinite(parameter.maximum.value_or(0)) && std::isfinite(parameter.step.value_or(0));
    if (!finite) return fault(ErrorCode::out_of_range, path, "a number of the parameter is infinite or NaN");
    const bool any = parameter.minimum || parameter.maximum || parameter.step;
    if (!any) return;
    if (!parameter.minimum || !parameter.maximum || !parameter.step) {
        return fault(ErrorCode::invalid_ruleset, path, "\"min\", \"max\" and \"step\" go together",
                     "Give all three, or none for a fixed value.");
    }
    if (*parameter.step <= 0) {
        fault(ErrorCode::out_of_range, path + ".step", "the step of a parameter must be above 0");
    }
    if (*parameter.minimum > *parameter.maximum) {
        fault(ErrorCode::out_of_range, path,
              "min " + format_number(*parameter.minimum) + " is above max " + format_number(*parameter.maximum));
    } else if (parameter.value < *parameter.minimum || parameter.value > *parameter.maximum) {
        fault(ErrorCode::out_of_range, path,
              "the value " + format_number(parameter.value) + " is not between min " +
                  format_number(*parameter.minimum) + " and max " + format_number(*parameter.maximum));
    }
}

// The domains of the numbers outside rules.
Domain domain_at(std::string_view path) {
    if (path == "$.max_bars") return {.minimum = 1, .maximum = most_bars, .whole = true, .what = "max_bars"};
    if (path == "$.cooldown_bars") return {.minimum = 0, .maximum = most_bars, .whole = true, .what = "cooldown_bars"};
    if (path == "$.sizing.fraction") {
        return {.minimum = 0, .maximum = 1, .above_minimum = true, .what = "the fraction of the sizing"};
    }
    if (path == "$.sizing.units") {
        return {.minimum = 0, .maximum = most_units, .above_minimum = true, .what = "the units of the sizing"};
    }
    if (path.ends_with(".atr")) {
        return {.minimum = 0, .maximum = most_atrs, .above_minimum = true, .what = "the number of ATRs"};
    }
    if (path.ends_with(".period")) {
        const Indicator* atr = find_indicator("atr");
        if (atr == nullptr) throw Error(ErrorCode::internal, "there is no indicator atr");
        const Argument& period = atr->parameters().front();
        return {.minimum = period.minimum, .maximum = period.maximum, .whole = true, .what = "the period of the ATR"};
    }
    if (path == "$.take_profit.pct") {
        return {.minimum = 0, .maximum = most_percent, .above_minimum = true, .what = "the percentage of take_profit"};
    }
    return {.minimum = 0,
            .maximum = 100,
            .above_minimum = true,
            .below_maximum = true,
            .what = path == "$.stop_loss.pct" ? "the percentage of stop_loss" : "the percentage of trailing_stop"};
}

void Check::root(const Node& node, std::string_view path) {
    const auto origin = origins_.find(path);
    const Trail trail(path, origin == origins_.end() ? nullptr : &origin->second);
    const bool rule = path.ends_with("entry") || path.ends_with("exit");
    if (!rule) return check_number(node, domain_at(path), ruleset_.parameters, trail, problems_);
    const Measure measure = check_tree(node, ruleset_.parameters, trail, problems_);
    if (measure.broken || measure.unit == Unit::condition) return;
    fault(ErrorCode::type_mismatch, trail.where(), "a rule is a condition, not " + described(measure.unit),
          "A comparison such as close > 10 makes a condition of a number.");
}

void Check::entries() {
    const bool long_on = ruleset_.direction != Direction::short_only;
    const bool short_on = ruleset_.direction != Direction::long_only;
    if ((long_on && ruleset_.long_side.entry) || (short_on && ruleset_.short_side.entry)) return;
    if (!ruleset_.long_side.entry && !ruleset_.short_side.entry) {
        return fault(ErrorCode::invalid_ruleset, "$", "there is no entry",
                     "Give \"entry\", or \"short\": {\"entry\": ...}.");
    }
    fault(ErrorCode::invalid_ruleset, "$.direction",
          long_on ? "direction is long, but there is no entry of the long side"
                  : "direction is short, but there is no entry of the short side",
          "Leave direction out: it follows from the entries.");
}

void Check::symbols() {
    if (ruleset_.symbols.size() > most_symbols) {
        fault(ErrorCode::limit_exceeded, "$.symbols", "more than " + std::to_string(most_symbols) + " symbols");
    }
    for (std::size_t i = 0; i < ruleset_.symbols.size(); ++i) {
        const std::string& symbol = ruleset_.symbols[i];
        const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
        const bool sound = !symbol.empty() && characters(symbol) <= longest_symbol &&
                           std::none_of(symbol.begin(), symbol.end(), is_control);
        if (sound) continue;
        fault(ErrorCode::out_of_range, "$.symbols[" + std::to_string(i) + "]",
              in_quotes(symbol) + " cannot be a symbol",
              "A symbol has 1 to " + std::to_string(longest_symbol) + " characters and no control characters.");
    }
}

void Check::lookback_limit() {
    const std::size_t bars = lookback(ruleset_);
    if (bars <= limits_.lookback) return;
    fault(ErrorCode::limit_exceeded, "$",
          "the rules look back " + std::to_string(bars) + " bars, the limit is " + std::to_string(limits_.lookback),
          "Use shorter periods and lags, or raise the limit on lookback; a parameter counts with its largest value.");
}

}  // namespace

void check_rules(const Ruleset& ruleset, const Limits& limits, const Origins& origins, Problems& problems) {
    Check(ruleset, limits, origins, problems).all();
}

void validate(const Ruleset& ruleset, const Limits& limits) {
    Problems problems;
    check_rules(ruleset, limits, {}, problems);
}

}  // namespace evolve
