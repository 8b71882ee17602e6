#include "core/genetics/breed.hpp"

#include <algorithm>
#include <cmath>

#include "core/genetics/changes.hpp"
#include "core/genetics/similarity.hpp"
#include "core/genetics/walk.hpp"
#include "core/ruleset/truth.hpp"

namespace evolve {
namespace {

using nlohmann::json;

bool better(double left, double right) {
    if (std::isnan(left)) return false;
    return std::isnan(right) || left > right;
}

// Parameters that nothing uses any more go; those the author left unused stay.
void drop_orphans(Ruleset& draft, const Ruleset& parent) {
    const std::vector<std::string> before = used_parameters(parent), after = used_parameters(draft);
    const auto in = [](const std::vector<std::string>& names, const std::string& name) {
        return std::binary_search(names.begin(), names.end(), name);
    };
    std::erase_if(draft.parameters, [&](const auto& entry) {
        const bool was_idle = parent.parameters.contains(entry.first) && !in(before, entry.first);
        return !in(after, entry.first) && !was_idle;
    });
}

std::vector<ParentShare> shares(std::span<const Parent> pool, std::span<const std::size_t> parents,
                                const Ruleset& child) {
    std::vector<ParentShare> result;
    double total = 0;
    for (const std::size_t parent : parents) {
        result.push_back({.parent = parent, .similarity = similarity(pool[parent].ruleset, child), .weight = 0});
        total += result.back().similarity;
    }
    double rest = 1;
    for (std::size_t i = result.size(); i-- > 1;) {
        const double equal = 1 / static_cast<double>(result.size());
        result[i].weight = total > 0 ? result[i].similarity / total : equal;
        rest -= result[i].weight;
    }
    result.front().weight = rest;
    return result;
}

// Turns a draft into a child; nullopt when it is no valid ruleset, trades like one of its parents or holds a condition
// that is always or never true.
std::optional<Child> finished(std::span<const Parent> pool, std::span<const std::size_t> parents, Ruleset draft,
                              json steps, const Limits& limits) {
    const Ruleset& first = pool[parents.front()].ruleset;
    drop_orphans(draft, first);
    Child child;
    try {
        child.ruleset = canonical(draft);
        validate(child.ruleset, limits);
        child.fingerprint = fingerprint(child.ruleset);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::internal) throw;
        return std::nullopt;
    }
    std::size_t idle = 0;
    for (const std::size_t parent : parents) {
        if (pool[parent].fingerprint == child.fingerprint) return std::nullopt;
        idle = std::max(idle, count_idle_conditions(pool[parent].ruleset));
    }
    // A condition that no bar decides is an accident of breeding; what a parent's author wrote may stay.
    if (count_idle_conditions(child.ruleset) > idle) return std::nullopt;
    child.mutation_type = steps.front().at("type").get<std::string>();
    child.mutation_params = {{"changes", changes_between(first, draft)}, {"steps", std::move(steps)}};
    child.parents = shares(pool, parents, child.ruleset);
    return child;
}

std::size_t weighted(std::span<const double> weights, Random& random) {
    double total = 0;
    for (const double weight : weights) total += weight;
    double left = random.uniform() * total;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        left -= weights[i];
        if (left < 0) return i;
    }
    return weights.size() - 1;
}

// A mutation of a kind drawn by weight; when that kind finds nothing to change, of the next that does.
bool mutate_somehow(Ruleset& draft, const BreedingRates& rates, const MutationContext& context, Random& random,
                    json& steps) {
    const std::size_t first = weighted(rates.weights, random);
    for (std::size_t i = 0; i < all_mutation_kinds.size(); ++i) {
        const std::size_t kind = (first + i) % all_mutation_kinds.size();
        if (rates.weights[kind] <= 0) continue;
        if (Step step = mutate(all_mutation_kinds[kind], draft, context, random)) {
            steps.push_back(std::move(*step));
            return true;
        }
    }
    return false;
}

std::optional<Child> attempt(std::span<const Parent> pool, std::size_t initiator, bool crossing,
                             const BreedingRates& rates, std::span<const MarketKey> markets, const Limits& limits,
                             Random& random) {
    std::vector<std::size_t> parents{tournament(pool, rates.tournament_size, random, initiator)};
    Ruleset draft = pool[parents.front()].ruleset;
    json steps = json::array();
    if (crossing) {
        const std::size_t second = tournament(pool, rates.tournament_size, random, {}, parents.front());
        if (second != parents.front()) {
            if (Step step = cross_over(draft, pool[second].ruleset, random)) {
                (*step)["with"] = pool[second].id;
                steps.push_back(std::move(*step));
                parents.push_back(second);
            }
        }
    }
    const MutationContext context{
        .score = pool[parents.front()].score, .widths = rates.widths, .markets = markets, .max_nodes = rates.max_nodes};
    std::size_t mutations = 0;
    while (mutations < rates.max_mutations && (steps.empty() || random.chance(rates.mutation_rate))) {
        if (!mutate_somehow(draft, rates, context, random, steps)) break;
        ++mutations;
    }
    if (steps.empty()) return std::nullopt;
    return finished(pool, parents, std::move(draft), std::move(steps), limits);
}

bool is_suffix_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

constexpr std::size_t suffix_digits = 6;
constexpr std::size_t suffix_size = suffix_digits + 2;  // space, #, digits
constexpr std::size_t longest_name = 255;

std::string base_name(const std::string& name) {
    if (name.size() <= suffix_size) return name;
    const std::string tail = name.substr(name.size() - suffix_size);
    const bool child = tail[0] == ' ' && tail[1] == '#' && std::all_of(tail.begin() + 2, tail.end(), is_suffix_digit);
    return child ? name.substr(0, name.size() - suffix_size) : name;
}

}  // namespace

std::size_t tournament(std::span<const Parent> pool, std::size_t size, Random& random,
                       std::optional<std::size_t> entrant, std::optional<std::size_t> excluded) {
    std::optional<std::size_t> winner = entrant;
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t drawn = random.below(pool.size());
        if (excluded == drawn) continue;
        const bool wins = !winner || better(pool[drawn].fitness, pool[*winner].fitness) ||
                          (pool[drawn].fitness == pool[*winner].fitness && drawn < *winner);
        if (wins) winner = drawn;
    }
    if (winner) return *winner;
    // Only the excluded one was drawn: its neighbour stands in, itself when it is alone.
    return pool.size() > 1 ? (*excluded + 1) % pool.size() : 0;
}

std::optional<Child> breed(std::span<const Parent> pool, std::size_t initiator, const BreedingRates& rates,
                           std::span<const MarketKey> markets, const Limits& limits, const KnownFingerprint& known,
                           const std::set<std::string>& taken, Random random) {
    // Drawn once, so that crossing, which fails more often, is not crowded out; half of the tries go without.
    const bool crossing = pool.size() > 1 && random.chance(rates.crossover_rate);
    for (std::size_t i = 0; i < rates.attempts; ++i) {
        const bool now = crossing && i < (rates.attempts + 1) / 2;
        std::optional<Child> child = attempt(pool, initiator, now, rates, markets, limits, random);
        if (!child || taken.contains(child->fingerprint) || (known && known(child->fingerprint))) continue;
        return child;
    }
    return std::nullopt;
}

std::optional<Child> mutant(std::span<const Parent> pool, std::size_t parent, MutationKind kind,
                            const MutationContext& context, const Limits& limits, Random& random) {
    Ruleset draft = pool[parent].ruleset;
    Step step = mutate(kind, draft, context, random);
    if (!step) return std::nullopt;
    const std::size_t parents[] = {parent};
    return finished(pool, parents, std::move(draft), json::array({std::move(*step)}), limits);
}

std::optional<Child> cross(std::span<const Parent> pool, std::size_t first, std::size_t second, const Limits& limits,
                           Random& random) {
    Ruleset draft = pool[first].ruleset;
    Step step = cross_over(draft, pool[second].ruleset, random);
    if (!step) return std::nullopt;
    (*step)["with"] = pool[second].id;
    const std::size_t parents[] = {first, second};
    return finished(pool, parents, std::move(draft), json::array({std::move(*step)}), limits);
}

std::string child_name(const std::string& parent_name, const std::string& fingerprint) {
    std::string base = base_name(parent_name);
    // Characters, not bytes, count for a varchar; a multi-byte one is never cut in two.
    std::size_t characters = 0, end = 0;
    for (; end < base.size(); ++end) {
        const bool begins = (static_cast<unsigned char>(base[end]) & 0xC0u) != 0x80u;
        if (begins && ++characters > longest_name - suffix_size) break;
    }
    base.resize(end);
    return base + " #" + fingerprint.substr(0, suffix_digits);
}

}  // namespace evolve
