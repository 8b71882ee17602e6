#include <algorithm>
#include <map>

#include "core/genetics/genes.hpp"
#include "core/genetics/mutation.hpp"
#include "core/genetics/pick.hpp"
#include "core/genetics/walk.hpp"

namespace evolve {
namespace {

// "fast_2" → "fast": a name that was changed once is not made longer by the next change.
std::string without_counter(const std::string& name) {
    const std::size_t digits = name.find_last_not_of("0123456789");
    const bool counted = digits != std::string::npos && digits > 0 && digits + 1 < name.size() && name[digits] == '_';
    return counted ? name.substr(0, digits) : name;
}

// Brings the parameters of a transferred tree along, once a crossover.
class Import {
public:
    Import(const Ruleset& from, Ruleset& into) : from_(from), into_(into) {}

    void adopt(Node& node) {
        if (node.op == Op::parameter) node.name = local_name(node.name);
        for (Node& child : node.args) adopt(child);
    }
    nlohmann::json renamed() const {
        nlohmann::json changed = nlohmann::json::object();
        for (const auto& [old_name, new_name] : names_) {
            if (old_name != new_name) changed[old_name] = new_name;
        }
        return changed;
    }

private:
    const std::string& local_name(const std::string& name) {
        const auto known = names_.find(name);
        if (known != names_.end()) return known->second;
        const auto definition = from_.parameters.find(name);
        if (definition == from_.parameters.end()) return names_[name] = name;
        const auto present = into_.parameters.find(name);
        if (present == into_.parameters.end() || present->second == definition->second) {
            into_.parameters[name] = definition->second;
            return names_[name] = name;
        }
        const std::string base = without_counter(name);
        for (std::size_t counter = 2;; ++counter) {
            std::string candidate = base + "_" + std::to_string(counter);
            if (into_.parameters.contains(candidate) || from_.parameters.contains(candidate)) continue;
            into_.parameters[candidate] = definition->second;
            return names_[name] = std::move(candidate);
        }
    }

    const Ruleset& from_;
    Ruleset& into_;
    std::map<std::string, std::string> names_{};
};

nlohmann::json report(const Import& import) {
    nlohmann::json step{{"type", "crossover"}};
    const nlohmann::json renamed = import.renamed();
    if (!renamed.empty()) step["renamed"] = renamed;
    return step;
}

bool entries_left(const Ruleset& draft) { return draft.long_side.entry || draft.short_side.entry; }

Step exchange_genes(Ruleset& draft, const Ruleset& other, Random& random) {
    std::vector<Gene> differing;
    for (const Gene gene : all_genes) {
        if (!same_gene(draft, other, gene)) differing.push_back(gene);
    }
    if (differing.empty()) return std::nullopt;
    std::vector<Gene> taken;
    for (const Gene gene : differing) {
        if (random.chance(0.5)) taken.push_back(gene);
    }
    if (taken.empty()) taken.push_back(pick(differing, random));
    Ruleset child = draft;
    Import import(other, child);
    for (const Gene gene : taken) {
        copy_gene(other, child, gene);
        for_each_tree(child, gene, [&](Node& tree) { import.adopt(tree); });
    }
    if (!entries_left(child)) return std::nullopt;
    const bool sides_changed = has_gene(child, Gene::entry) != has_gene(draft, Gene::entry) ||
                               has_gene(child, Gene::short_entry) != has_gene(draft, Gene::short_entry);
    if (sides_changed) child.direction = implied_direction(child);
    if (!has_way_out(child) && has_way_out(draft)) return std::nullopt;
    nlohmann::json step = report(import);
    for (const Gene gene : taken) step["genes"].push_back(to_string(gene));
    draft = std::move(child);
    return step;
}

struct Material {
    Spot spot;
    Unit unit = Unit::condition;
};

// Subtrees that can stand elsewhere: conditions, and numbers that come from the market.
std::vector<Material> materials(Ruleset& ruleset) {
    std::vector<Material> found;
    for (Spot& spot : all_spots(ruleset)) {
        const Op op = spot.node->op;
        if (op == Op::constant || op == Op::parameter || op == Op::choice) continue;
        try {
            const Unit unit = check_units(*spot.node, ruleset.parameters);
            found.push_back({.spot = std::move(spot), .unit = unit});
        } catch (const Error&) {
            continue;  // a draft may be wrong somewhere; that part is not passed on
        }
    }
    return found;
}

Step exchange_subtree(Ruleset& draft, const Ruleset& other, Random& random) {
    Ruleset donor = other;
    const std::vector<Material> offered = materials(donor);
    if (offered.empty()) return std::nullopt;
    const Material& given = pick(offered, random);
    std::vector<Material> places;
    for (Material& place : materials(draft)) {
        if (place.unit == given.unit && !(*place.spot.node == *given.spot.node)) places.push_back(std::move(place));
    }
    if (places.empty()) return std::nullopt;
    const Spot& place = pick(places, random).spot;
    const nlohmann::json before = to_json(*place.node);
    Node incoming = *given.spot.node;
    Import import(other, draft);
    import.adopt(incoming);
    nlohmann::json step = report(import);
    step["path"] = place.path;
    step["old"] = before;
    step["new"] = to_json(incoming);
    step["from_path"] = given.spot.path;
    *place.node = std::move(incoming);
    return step;
}

}  // namespace

Step cross_over(Ruleset& draft, const Ruleset& other, Random& random) {
    if (random.chance(0.5)) {
        if (Step step = exchange_genes(draft, other, random)) return step;
        return exchange_subtree(draft, other, random);
    }
    if (Step step = exchange_subtree(draft, other, random)) return step;
    return exchange_genes(draft, other, random);
}

}  // namespace evolve
