#include "core/genetics/walk.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "core/indicators/indicator.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void collect(Node& node, Node* parent, std::size_t index, const std::string& path, std::vector<Spot>& out) {
    out.push_back({.node = &node, .parent = parent, .index = index, .path = path});
    for (std::size_t i = 0; i < node.args.size(); ++i) {
        collect(node.args[i], &node, i, path + ".args[" + std::to_string(i) + "]", out);
    }
}

struct Domain {
    bool number = false;  // a number that search may move
    bool whole = false;
    double minimum = -infinity, maximum = infinity;
};

Domain of_indicator_argument(const Node& indicator, std::size_t index) {
    const Indicator* known = find_indicator(indicator.name);
    if (known == nullptr || index >= known->arguments.size()) return {};
    const Argument& argument = known->arguments[index];
    switch (argument.kind) {
        case ArgKind::integer:
            return {.number = true, .whole = true, .minimum = argument.minimum, .maximum = argument.maximum};
        case ArgKind::real:
            return {.number = true, .whole = false, .minimum = argument.minimum, .maximum = argument.maximum};
        case ArgKind::series:
        case ArgKind::choice:
            return {};
    }
    return {};
}

// A level that a bounded oscillator is compared with: outside 1..99 the comparison would never change.
Domain of_level(const Node& comparison, const std::map<std::string, Parameter>& parameters) {
    for (const Node& operand : comparison.args) {
        if (operand.op == Op::constant || operand.op == Op::parameter) continue;
        try {
            if (check_units(operand, parameters) == Unit::oscillator) {
                return {.number = true, .whole = false, .minimum = 1, .maximum = 99};
            }
        } catch (const Error&) {
            return {.number = true};
        }
    }
    return {.number = true};
}

Domain of_argument(const Node& parent, std::size_t index, const std::map<std::string, Parameter>& parameters) {
    switch (parent.op) {
        case Op::indicator:
            return of_indicator_argument(parent, index);
        case Op::lag:
        case Op::rising:
        case Op::falling:
        case Op::all_of:
        case Op::any_of:
            if (index == 1) return {.number = true, .whole = true, .minimum = 1, .maximum = infinity};
            return {.number = true};
        case Op::greater:
        case Op::greater_equal:
        case Op::less:
        case Op::less_equal:
        case Op::equal:
        case Op::not_equal:
        case Op::crosses_above:
        case Op::crosses_below:
        case Op::between:
            return of_level(parent, parameters);
        default:
            return {.number = true};
    }
}

Domain of_level_distance(const ExitLevel& level) {
    // A percent stop of 100 would lie at a price of zero.
    return {.number = true,
            .whole = false,
            .minimum = 0.01,
            .maximum = level.kind == ExitLevel::Kind::percent ? 99 : infinity};
}

Domain of_root(const Ruleset& ruleset, const Node* root) {
    const auto within = [&](const std::optional<ExitLevel>& level) -> std::optional<Domain> {
        if (!level) return std::nullopt;
        if (root == &level->distance) return of_level_distance(*level);
        if (root == &level->period) return Domain{.number = true, .whole = true, .minimum = 1, .maximum = 10'000};
        return std::nullopt;
    };
    for (const auto* level : {&ruleset.stop_loss, &ruleset.take_profit, &ruleset.trailing_stop}) {
        if (const auto domain = within(*level)) return *domain;
    }
    if (ruleset.max_bars && root == &*ruleset.max_bars) return {.number = true, .whole = true, .minimum = 1};
    if (ruleset.cooldown_bars && root == &*ruleset.cooldown_bars) return {.number = true, .whole = true, .minimum = 0};
    if (ruleset.sizing && root == &ruleset.sizing->amount) {
        const bool fraction = ruleset.sizing->kind == Sizing::Kind::fraction;
        return {.number = true, .whole = false, .minimum = fraction ? 0.01 : 1e-8, .maximum = fraction ? 1 : infinity};
    }
    return {};
}

Domain domain_of(const Ruleset& ruleset, const Spot& spot) {
    return spot.parent == nullptr ? of_root(ruleset, spot.node)
                                  : of_argument(*spot.parent, spot.index, ruleset.parameters);
}

NumberSite site_of_parameter(const std::string& name, Parameter& parameter, const Domain& uses) {
    // As in to_json(): a parameter without a domain is a plain number.
    const bool plain = !parameter.minimum && !parameter.maximum && !parameter.step;
    NumberSite site{
        .path = "$.params." + name + (plain ? "" : ".value"), .value = &parameter.value, .is_parameter = true};
    site.whole = uses.whole;
    site.minimum = std::max(uses.minimum, parameter.minimum.value_or(-infinity));
    site.maximum = std::min(uses.maximum, parameter.maximum.value_or(infinity));
    site.step = parameter.step.value_or(0);
    site.grid_origin = parameter.minimum.value_or(parameter.value);
    return site;
}

// Correctly rounded on every machine, unlike arithmetic with powers of ten.
double round_significant(double value, int digits) {
    char buffer[64];
    const auto written =
        std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific, digits - 1);
    double rounded = value;
    std::from_chars(buffer, written.ptr, rounded);
    return rounded;
}

// The width of the smallest sensible move of a number that has no grid of its own.
double step_of(const NumberSite& site) {
    if (site.step > 0) return site.step;
    if (site.whole) return 1;
    const double size = std::fabs(*site.value);
    return size > 0 ? round_significant(size * 0.01, 2) : 0;
}

double on_grid(const NumberSite& site, double value) {
    if (site.step > 0) {
        const double steps = std::round((value - site.grid_origin) / site.step);
        return round_significant(site.grid_origin + steps * site.step, 12);
    }
    return site.whole ? std::round(value) : round_significant(value, 4);
}

bool admissible(const NumberSite& site, double value) {
    return std::isfinite(value) && value >= site.minimum && value <= site.maximum && value != *site.value &&
           (!site.whole || value == std::round(value));
}

}  // namespace

std::vector<Spot> all_spots(Ruleset& ruleset) {
    std::vector<Spot> spots;
    for_each_root(ruleset, [&](Node& root, const char* path) { collect(root, nullptr, 0, path, spots); });
    return spots;
}

std::size_t count_nodes(const Node& node) {
    std::size_t count = 1;
    for (const Node& child : node.args) count += count_nodes(child);
    return count;
}

std::size_t count_nodes(const Ruleset& ruleset) {
    std::size_t count = 0;
    for_each_root(ruleset, [&](const Node& root, const char*) { count += count_nodes(root); });
    return count;
}

std::vector<NumberSite> number_sites(Ruleset& ruleset) {
    std::vector<NumberSite> literals;
    std::map<std::string, Domain> uses;
    for (const Spot& spot : all_spots(ruleset)) {
        const Domain domain = domain_of(ruleset, spot);
        if (!domain.number) continue;
        if (spot.node->op == Op::parameter) {
            Domain& all = uses[spot.node->name];
            all.whole = all.whole || domain.whole;
            all.minimum = std::max(all.minimum, domain.minimum);
            all.maximum = std::min(all.maximum, domain.maximum);
        } else if (spot.node->op == Op::constant) {
            literals.push_back({.path = spot.path,
                                .value = &spot.node->value,
                                .is_parameter = false,
                                .whole = domain.whole,
                                .minimum = domain.minimum,
                                .maximum = domain.maximum});
        }
    }
    std::vector<NumberSite> sites;
    for (auto& [name, domain] : uses) {
        const auto found = ruleset.parameters.find(name);
        if (found != ruleset.parameters.end()) sites.push_back(site_of_parameter(name, found->second, domain));
    }
    sites.insert(sites.end(), literals.begin(), literals.end());
    return sites;
}

double moved_value(const NumberSite& site, double wanted) {
    const double present = *site.value;
    const double step = step_of(site);
    if (step <= 0) return std::numeric_limits<double>::quiet_NaN();
    const double direction = wanted < present ? -1 : 1;
    const double inside = std::clamp(wanted, std::min(site.minimum, site.maximum), site.maximum);
    for (const double candidate : {inside, present + direction * step, present - direction * step}) {
        const double value = on_grid(site, candidate);
        if (admissible(site, value)) return value;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::string> used_parameters(const Ruleset& ruleset) {
    std::set<std::string> names;
    const auto visit = [&](const auto& self, const Node& node) -> void {
        if (node.op == Op::parameter) names.insert(node.name);
        for (const Node& child : node.args) self(self, child);
    };
    for_each_root(ruleset, [&](const Node& root, const char*) { visit(visit, root); });
    return {names.begin(), names.end()};
}

}  // namespace evolve
