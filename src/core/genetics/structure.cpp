// Mutations of the shape of rules: deletion and operators. Insertion: insert.cpp.
#include <algorithm>

#include "core/genetics/genes.hpp"
#include "core/genetics/mutation.hpp"
#include "core/genetics/pick.hpp"
#include "core/genetics/walk.hpp"

namespace evolve {
namespace {

struct Deletion {
    Spot spot;                 // operand of an and/or, or wrapper around a condition
    std::optional<Gene> gene;  // a whole gene instead
};

std::vector<Deletion> deletions(Ruleset& draft) {
    std::vector<Deletion> found;
    for (const Spot& spot : all_spots(draft)) {
        const bool operand =
            spot.parent != nullptr && (spot.parent->op == Op::logical_and || spot.parent->op == Op::logical_or);
        const bool wrapper = spot.node->op == Op::all_of || spot.node->op == Op::any_of;
        if (operand || wrapper) found.push_back({.spot = spot, .gene = std::nullopt});
    }
    for (const Gene gene : {Gene::exit, Gene::short_exit, Gene::stop_loss, Gene::take_profit, Gene::trailing_stop,
                            Gene::max_bars, Gene::cooldown_bars}) {
        if (!has_gene(draft, gene)) continue;
        Ruleset without = draft;
        remove_gene(without, gene);
        if (has_way_out(without)) found.push_back({.spot = {}, .gene = gene});
    }
    return found;
}

nlohmann::json gene_json(const Ruleset& ruleset, Gene gene) {
    const nlohmann::json all = to_json(ruleset);
    std::string pointer = "/" + std::string(to_string(gene));
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    const nlohmann::json::json_pointer place(pointer);
    return all.contains(place) ? all.at(place) : nlohmann::json();
}

std::string path_of_operand_owner(const Spot& spot) { return spot.path.substr(0, spot.path.rfind(".args[")); }

// The operand goes; an and/or of which one operand is left is that operand.
nlohmann::json delete_operand(const Spot& spot) {
    Node& owner = *spot.parent;
    const nlohmann::json before = to_json(owner), deleted = to_json(*spot.node);
    owner.args.erase(owner.args.begin() + static_cast<std::ptrdiff_t>(spot.index));
    if (owner.args.size() == 1) {
        Node last = std::move(owner.args.front());
        owner = std::move(last);
    }
    nlohmann::json step = replacement("rule_deletion", path_of_operand_owner(spot), before, to_json(owner));
    step["deleted"] = deleted;
    return step;
}

nlohmann::json unwrap(const Spot& spot) {
    const nlohmann::json before = to_json(*spot.node);
    Node inner = std::move(spot.node->args.front());
    *spot.node = std::move(inner);
    nlohmann::json step = replacement("rule_deletion", spot.path, before, to_json(*spot.node));
    step["deleted"] = before.at("op");
    return step;
}

std::vector<Op> alternatives(Op op) {
    switch (op) {
        // With ">" for ">=" next to nothing changes: such pairs are not offered.
        case Op::greater:
            return {Op::less, Op::crosses_above, Op::crosses_below};
        case Op::greater_equal:
            return {Op::less_equal, Op::crosses_above, Op::crosses_below};
        case Op::less:
            return {Op::greater, Op::crosses_above, Op::crosses_below};
        case Op::less_equal:
            return {Op::greater_equal, Op::crosses_above, Op::crosses_below};
        case Op::equal:
            return {Op::not_equal, Op::greater, Op::less};
        case Op::not_equal:
            return {Op::equal, Op::greater, Op::less};
        case Op::crosses_above:
            return {Op::crosses_below, Op::greater, Op::less};
        case Op::crosses_below:
            return {Op::crosses_above, Op::greater, Op::less};
        case Op::rising:
            return {Op::falling};
        case Op::falling:
            return {Op::rising};
        case Op::all_of:
            return {Op::any_of};
        case Op::any_of:
            return {Op::all_of};
        case Op::logical_and:
            return {Op::logical_or};
        case Op::logical_or:
            return {Op::logical_and};
        case Op::add:
            return {Op::subtract};
        case Op::subtract:
            return {Op::add};
        case Op::multiply:
            return {Op::divide};
        case Op::divide:
            return {Op::multiply};
        default:
            return {};
    }
}

}  // namespace

Step delete_rule(Ruleset& draft, Random& random) {
    const std::vector<Deletion> options = deletions(draft);
    if (options.empty()) return std::nullopt;
    const Deletion& chosen = pick(options, random);
    if (chosen.gene) {
        const nlohmann::json before = gene_json(draft, *chosen.gene);
        remove_gene(draft, *chosen.gene);
        nlohmann::json step =
            replacement("rule_deletion", "$." + std::string(to_string(*chosen.gene)), before, nullptr);
        step["deleted"] = to_string(*chosen.gene);
        return step;
    }
    const bool operand = chosen.spot.parent != nullptr &&
                         (chosen.spot.parent->op == Op::logical_and || chosen.spot.parent->op == Op::logical_or);
    return operand ? delete_operand(chosen.spot) : unwrap(chosen.spot);
}

Step change_operator(Ruleset& draft, Random& random) {
    std::vector<Spot> spots;
    for (const Spot& spot : all_spots(draft)) {
        if (!alternatives(spot.node->op).empty()) spots.push_back(spot);
    }
    if (spots.empty()) return std::nullopt;
    const Spot& spot = pick(spots, random);
    const Op before = spot.node->op;
    spot.node->op = pick(alternatives(before), random);
    return replacement("operator_change", spot.path + ".op", op_name(before), op_name(spot.node->op));
}

Step mutate(MutationKind kind, Ruleset& draft, const MutationContext& context, Random& random) {
    switch (kind) {
        case MutationKind::parameter_tweak:
            return tweak_parameter(draft, context, random);
        case MutationKind::indicator_substitution:
            return substitute_indicator(draft, random);
        case MutationKind::timeframe_change:
            return change_timeframe(draft, context, random);
        case MutationKind::cross_asset_transplant:
            return transplant(draft, context, random);
        case MutationKind::rule_insertion:
            return insert_rule(draft, context, random);
        case MutationKind::rule_deletion:
            return delete_rule(draft, random);
        case MutationKind::operator_change:
            return change_operator(draft, random);
    }
    throw Error(ErrorCode::internal, "unknown mutation");
}

std::string_view to_string(MutationKind kind) {
    switch (kind) {
        case MutationKind::parameter_tweak:
            return "parameter_tweak";
        case MutationKind::indicator_substitution:
            return "indicator_substitution";
        case MutationKind::timeframe_change:
            return "timeframe_change";
        case MutationKind::cross_asset_transplant:
            return "cross_asset_transplant";
        case MutationKind::rule_insertion:
            return "rule_insertion";
        case MutationKind::rule_deletion:
            return "rule_deletion";
        case MutationKind::operator_change:
            return "operator_change";
    }
    throw Error(ErrorCode::internal, "unknown mutation");
}

}  // namespace evolve
