// Rules in the words of a trader: "the 10-bar simple moving average (SMA) crosses above the 50-bar SMA".
#pragma once

#include <map>
#include <set>
#include <string>

#include "core/indicators/indicator.hpp"
#include "core/ruleset/ruleset.hpp"

namespace evolve {

class Wording {
public:
    explicit Wording(const std::map<std::string, Parameter>& parameters) : parameters_(parameters) {}

    // "the close is above the 20-bar SMA": after "when". Several joined at the top are set apart by semicolons.
    std::string rule(const Node& condition);
    // A constant with its unit, "10-bar"; of a parameter with its name, "10-bar (fast)".
    std::string plain(const Node& number, std::string_view unit = {}) const;
    // "one bar", "5 bars", "5 bars (wait)"
    std::string bars(const Node& count) const;
    std::string number(const Node& node);

private:
    std::string condition(const Node& node);
    std::string part(const Node& node);     // of an and/or: in parentheses when it is one itself
    std::string operand(const Node& node);  // of arithmetic: likewise
    std::string indicator(const Node& node);
    std::string extreme(const Indicator& known, const Node& node);
    std::string title(const Indicator& known, const std::string& arguments);
    std::string negation(const Node& node);

    const std::map<std::string, Parameter>& parameters_;
    std::set<std::string_view> introduced_;  // indicators whose full title was given
};

}  // namespace evolve
