#include "core/ruleset/domain.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "core/base/number.hpp"
#include "core/ruleset/names.hpp"

namespace evolve {

bool Domain::contains(double value) const {
    return (above_minimum ? value > minimum : value >= minimum) &&
           (below_maximum ? value < maximum : value <= maximum) && (!whole || value == std::floor(value));
}

std::string Domain::in_words() const {
    std::string words(what);
    words += whole ? " is a whole number " : " is ";
    words += (above_minimum ? "above " : "from ") + format_number(minimum);
    words += below_maximum ? " and below " : above_minimum ? " and at most " : " to ";
    return words + format_number(maximum);
}

bool check_exists(const Node& parameter, const Parameters& parameters, const Trail& trail, Problems& problems) {
    if (parameters.count(parameter.name) != 0) return true;
    std::vector<std::string_view> names;
    for (const auto& [name, value] : parameters) names.push_back(name);
    std::string otherwise = names.empty() ? std::string("Declare it: \"params\": {\"name\": 14}.")
                                          : "The parameters are " + listed(names) + ".";
    problems.error(ErrorCode::unknown_name, trail.where(), "there is no parameter " + in_quotes(parameter.name),
                   suggestion(parameter.name, names, std::move(otherwise)));
    return false;
}

void check_number(const Node& node, const Domain& domain, const Parameters& parameters, const Trail& trail,
                  Problems& problems) {
    if (trail.broken()) return;
    const std::string what(domain.what);
    if (node.op == Op::constant) {
        if (domain.contains(node.value)) return;
        problems.error(
            ErrorCode::out_of_range, trail.where(),
            what + " cannot be " + (std::isfinite(node.value) ? format_number(node.value) : "infinite or NaN"),
            "Here " + domain.in_words() + ".");
        return;
    }
    if (node.op != Op::parameter) {
        problems.error(ErrorCode::type_mismatch, trail.where(), what + " must be a number or a parameter",
                       "Values that change from bar to bar cannot stand here.");
        return;
    }
    if (!check_exists(node, parameters, trail, problems)) return;
    const Parameter& parameter = parameters.at(node.name);
    const bool whole_step = !domain.whole || !parameter.step || *parameter.step == std::floor(*parameter.step);
    if (domain.contains(parameter.value) && domain.contains(parameter.minimum.value_or(parameter.value)) &&
        domain.contains(parameter.maximum.value_or(parameter.value)) && whole_step) {
        return;
    }
    problems.error(ErrorCode::out_of_range, trail.where(),
                   "the range of $" + node.name + " reaches outside what " + what + " can be",
                   "Here " + domain.in_words() + "; value, min, max and step of the parameter must keep to that.");
}

}  // namespace evolve
