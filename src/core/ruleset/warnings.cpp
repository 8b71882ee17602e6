#include "core/ruleset/warnings.hpp"

#include <algorithm>
#include <set>

#include "core/ruleset/canonical.hpp"
#include "core/ruleset/json_text.hpp"
#include "core/ruleset/names.hpp"
#include "core/ruleset/operators.hpp"
#include "core/ruleset/truth.hpp"

namespace evolve {
namespace {

void collect_parameters(const Node& node, std::set<std::string>& used) {
    if (node.op == Op::parameter) used.insert(node.name);
    for (const Node& arg : node.args) collect_parameters(arg, used);
}

bool is_computed(const Node& node) {
    if (node.op == Op::lag) return is_computed(node.args[0]);
    return node.op != Op::series && !is_leaf_number(node);
}

// One rule, with parameters at their values.
class RuleWarnings {
public:
    explicit RuleWarnings(Problems& problems) : problems_(problems) {}

    void visit(const Node& node, const Trail& trail) {
        outcome(node, trail);
        if (node.op == Op::logical_and) contradictions(node, trail);
        for (std::size_t i = 0; i < node.args.size(); ++i) visit(node.args[i], trail.child(i));
    }

private:
    void outcome(const Node& node, const Trail& trail);
    void contradictions(const Node& node, const Trail& trail);

    Problems& problems_;
};

void RuleWarnings::outcome(const Node& node, const Trail& trail) {
    if (!is_condition(node.op)) return;
    const Truth truth = truth_of(node);
    if (truth != Truth::depends) {
        problems_.warning(trail.where(),
                          to_text(node) + (truth == Truth::always ? " is always true" : " is never true"),
                          "It does not depend on the bars.");
        return;
    }
    // Comparing a series with a constant (volume = 0) may be meant.
    const bool computed =
        std::any_of(node.args.begin(), node.args.end(), [](const Node& arg) { return is_computed(arg); });
    if ((node.op == Op::equal || node.op == Op::not_equal) && computed) {
        problems_.warning(trail.where(), to_text(node) + " compares for exact equality",
                          "Computed values are seldom exactly equal; between or a cross is what is usually meant.");
    }
}

// x > 70 and x < 30: each can be true, both cannot.
void RuleWarnings::contradictions(const Node& node, const Trail& trail) {
    const auto pair = contradiction(node);
    if (!pair) return;
    problems_.warning(trail.where(),
                      to_text(pair->first) + " and " + to_text(pair->second) + " are never true together",
                      "The rule that joins them with \"and\" never fires.");
}

class RulesetWarnings {
public:
    RulesetWarnings(const Ruleset& ruleset, const Origins& origins, Problems& problems)
        : ruleset_(ruleset), origins_(origins), problems_(problems) {}

    void all() {
        sides();
        ways_out();
        rules();
        levels();
        parameters();
        symbols();
    }

private:
    void warn(std::string where, std::string message, std::string hint = {}) {
        problems_.warning(std::move(where), std::move(message), std::move(hint));
    }
    bool long_on() const { return ruleset_.direction != Direction::short_only; }
    bool short_on() const { return ruleset_.direction != Direction::long_only; }
    void sides();
    void one_side(const Side& side, bool on, const std::string& name, const std::string& path);
    void ways_out();
    void rules();
    void levels();
    void parameters();
    void symbols();

    const Ruleset& ruleset_;
    const Origins& origins_;
    Problems& problems_;
};

void RulesetWarnings::one_side(const Side& side, bool on, const std::string& name, const std::string& path) {
    if (!on && side.entry) {
        warn(path + "entry", "the " + name + " side is off: this entry is not used",
             "Change direction, or remove the rules of the side.");
    }
    if (side.exit && !side.entry) {
        warn(path + "exit", "this exit never acts: the " + name + " side has no entry");
    }
    if (side.entry && side.exit && canonical(*side.entry) == canonical(*side.exit)) {
        warn(path + "exit", "entry and exit of the " + name + " side are the same condition",
             "A position is then left at the next signal of its own entry.");
    }
}

void RulesetWarnings::sides() {
    one_side(ruleset_.long_side, long_on(), "long", "$.");
    one_side(ruleset_.short_side, short_on(), "short", "$.short.");
    if (ruleset_.direction == Direction::both && implied_direction(ruleset_) != Direction::both) {
        warn("$.direction", std::string("direction is both, but there is no entry of the ") +
                                (ruleset_.long_side.entry ? "short" : "long") + " side");
    }
}

void RulesetWarnings::ways_out() {
    if (ruleset_.stop_loss || ruleset_.take_profit || ruleset_.trailing_stop || ruleset_.max_bars) return;
    const bool enters_long = long_on() && ruleset_.long_side.entry,
               enters_short = short_on() && ruleset_.short_side.entry;
    if (enters_long && enters_short) return;  // each entry closes the other side's position
    const Side& side = enters_long ? ruleset_.long_side : ruleset_.short_side;
    if (side.exit) return;
    warn("$", "there is no way out of a position: no exit, stop, target or max_bars",
         "Once entered, a position is held to the end of the data.");
}

void RulesetWarnings::rules() {
    const auto rule = [&](const std::optional<Node>& node, std::string_view path) {
        if (!node) return;
        const auto origin = origins_.find(path);
        const Trail trail(path, origin == origins_.end() ? nullptr : &origin->second);
        RuleWarnings(problems_).visit(bind_parameters(*node, ruleset_.parameters), trail);
    };
    rule(ruleset_.long_side.entry, "$.entry");
    rule(ruleset_.long_side.exit, "$.exit");
    rule(ruleset_.short_side.entry, "$.short.entry");
    rule(ruleset_.short_side.exit, "$.short.exit");
}

void RulesetWarnings::levels() {
    const auto& target = ruleset_.take_profit;
    if (!target || target->kind != ExitLevel::Kind::percent || !short_on() || !ruleset_.short_side.entry) return;
    if (bind_parameters(target->distance, ruleset_.parameters).value < 100) return;
    warn("$.take_profit.pct", "a short position cannot gain 100 percent of its price: the target is never reached");
}

void RulesetWarnings::parameters() {
    std::set<std::string> used;
    for_each_root(ruleset_, [&](const Node& root, const char*) { collect_parameters(root, used); });
    for (const auto& [name, parameter] : ruleset_.parameters) {
        if (used.count(name) == 0) warn("$.params" + path_step(name), "no rule uses the parameter " + in_quotes(name));
    }
}

void RulesetWarnings::symbols() {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < ruleset_.symbols.size(); ++i) {
        const std::string& symbol = ruleset_.symbols[i];
        if (!seen.insert(symbol).second) {
            warn("$.symbols[" + std::to_string(i) + "]", "the symbol " + in_quotes(symbol) + " is given twice");
        }
    }
}

}  // namespace

void report_warnings(const Ruleset& ruleset, const Origins& origins, Problems& problems) {
    RulesetWarnings(ruleset, origins, problems).all();
}

}  // namespace evolve
