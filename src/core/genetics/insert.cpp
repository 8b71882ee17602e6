#include <array>

#include "core/genetics/genes.hpp"
#include "core/genetics/mutation.hpp"
#include "core/genetics/pick.hpp"
#include "core/genetics/walk.hpp"
#include "core/ruleset/generate.hpp"

namespace evolve {
namespace {

// Small rules of the kind that people write: what is good is refined by later generations.
Node fresh_condition(Random& random) {
    return random_condition(random, {.nodes = 6, .depth = 4, .rare_operators = false});
}

bool trades_long(const Ruleset& ruleset) {
    return ruleset.direction != Direction::short_only && ruleset.long_side.entry.has_value();
}

bool trades_short(const Ruleset& ruleset) {
    return ruleset.direction != Direction::long_only && ruleset.short_side.entry.has_value();
}

std::vector<Gene> missing_genes(const Ruleset& draft) {
    std::vector<Gene> missing;
    if (trades_long(draft) && !draft.long_side.exit) missing.push_back(Gene::exit);
    if (trades_short(draft) && !draft.short_side.exit) missing.push_back(Gene::short_exit);
    for (const Gene gene : {Gene::stop_loss, Gene::take_profit, Gene::trailing_stop, Gene::max_bars}) {
        if (!has_gene(draft, gene)) missing.push_back(gene);
    }
    return missing;
}

nlohmann::json add_gene(Ruleset& draft, Gene gene, Random& random) {
    static constexpr std::array percents{1, 2, 3, 5, 8, 10, 15};
    static constexpr std::array bars{5, 10, 15, 20, 30, 50};
    std::string path = "$." + std::string(to_string(gene));
    if (auto* level = level_of(draft, gene)) {
        const Node distance = Node::number(percents[random.below(percents.size())]);
        *level = ExitLevel{.kind = ExitLevel::Kind::percent, .distance = distance};
        return replacement("rule_insertion", path, nullptr, {{"pct", to_json(distance)}});
    }
    Node rule = gene == Gene::max_bars ? Node::number(bars[random.below(bars.size())]) : fresh_condition(random);
    nlohmann::json step = replacement("rule_insertion", path, nullptr, to_json(rule));
    *rule_of(draft, gene) = std::move(rule);
    return step;
}

std::vector<Spot> conditions_of_rules(Ruleset& draft) {
    std::vector<Spot> spots;
    for (Spot& spot : all_spots(draft)) {
        if (is_condition(spot.node->op)) spots.push_back(std::move(spot));
    }
    return spots;
}

nlohmann::json join_condition(const Spot& spot, Random& random) {
    // Entries are mostly narrowed, exits mostly widened; the other way round is possible too.
    const bool entry = spot.path.starts_with("$.entry") || spot.path.starts_with("$.short.entry");
    const bool narrow = random.chance(entry ? 0.7 : 0.3);
    const nlohmann::json before = to_json(*spot.node);
    Node added = fresh_condition(random);
    nlohmann::json inserted = to_json(added);
    const Op joint = narrow ? Op::logical_and : Op::logical_or;
    if (spot.node->op == joint) {
        spot.node->args.push_back(std::move(added));
    } else {
        Node present = std::move(*spot.node);
        *spot.node = Node::make(joint, {std::move(present), std::move(added)});
    }
    nlohmann::json step = replacement("rule_insertion", spot.path, before, to_json(*spot.node));
    step["inserted"] = std::move(inserted);
    return step;
}

}  // namespace

Step insert_rule(Ruleset& draft, const MutationContext& context, Random& random) {
    if (count_nodes(draft) > context.max_nodes) return std::nullopt;
    const std::vector<Gene> missing = missing_genes(draft);
    if (!missing.empty() && random.chance(0.25)) return add_gene(draft, pick(missing, random), random);
    const std::vector<Spot> spots = conditions_of_rules(draft);
    if (spots.empty()) return std::nullopt;
    return join_condition(pick(spots, random), random);
}

}  // namespace evolve
