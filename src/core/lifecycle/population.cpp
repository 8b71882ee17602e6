#include "core/lifecycle/population.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/lifecycle/uuid.hpp"

namespace evolve {
namespace {

Individual individual(const Member& member, const Limits& limits, const SeriesStore& store, const Policy& policy) {
    Individual result;
    result.member = member;
    result.status = member.status;
    result.score = member.score;
    result.fitness = fitness(member.score, member.trades, policy);
    result.win_rate = member.win_rate;
    result.attempts = member.evolution_attempts;
    try {
        result.ruleset = canonical(parse_ruleset(member.ruleset, limits));
        result.fingerprint = fingerprint(result.ruleset);
        result.markets = store.markets_of(result.ruleset, static_cast<std::size_t>(policy.max_symbols));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::internal) throw;
        result.problem = error.message() + (error.where().empty() ? "" : " at " + error.where());
    }
    return result;
}

// Indices of the scored strategies, the least fit first; among equals the later first.
std::vector<std::size_t> by_fitness(const std::vector<Individual>& population) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < population.size(); ++i) {
        if (population[i].scored()) order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const double left = population[a].fitness, right = population[b].fitness;
        return left != right ? left < right : a > b;
    });
    return order;
}

std::size_t share_of(std::int64_t whole, double share) {
    return static_cast<std::size_t>(std::floor(static_cast<double>(whole) * share));
}

std::size_t newcomers(const std::vector<Individual>& population) {
    return static_cast<std::size_t>(
        std::count_if(population.begin(), population.end(), [](const Individual& one) { return one.newcomer(); }));
}

// Who is not culled, whatever the score.
bool is_safe(const Individual& one) {
    return one.living() && (one.elite || one.status == Status::proposable || one.member.status == Status::proposable);
}

// How many strategies may wait for their first evaluation: what the next cycle can evaluate, their share of the cap,
// and no more than the cap has left beside those that are not culled.
std::size_t room_for_newcomers(const std::vector<Individual>& population, const Policy& policy) {
    const auto safe = static_cast<std::size_t>(std::count_if(population.begin(), population.end(), is_safe));
    const auto cap = static_cast<std::size_t>(policy.max_active);
    return std::min({static_cast<std::size_t>(policy.batch_size), share_of(policy.max_active, policy.newcomer_share),
                     cap - std::min(cap, safe)});
}

struct Wish {
    std::size_t initiator = 0;
    std::size_t children = 0;
    std::string reason;
};

Wish wish_of(const Individual& one, std::size_t index, const Policy& policy) {
    Wish wish{.initiator = index, .children = 0, .reason = {}};
    if (!one.evaluated || !one.living()) return wish;
    const auto because = [&](const std::string& text) {
        ++wish.children;
        wish.reason += (wish.reason.empty() ? "bred because \"" + one.member.name + "\" " : " and ") + text;
    };
    if (one.attempts >= policy.breed_min_attempts) {
        because("was evaluated " + std::to_string(one.attempts) + " times (at least " +
                std::to_string(policy.breed_min_attempts) + ")");
    }
    if (one.status != Status::proposable && one.win_rate < policy.breed_win_rate_below) {
        because("wins " + percent(one.win_rate) + " of its trades (below " + percent(policy.breed_win_rate_below) +
                ")");
    }
    return wish;
}

class Reproduction {
public:
    Reproduction(const std::vector<Individual>& population, const SeriesStore& store, const CycleInput& input,
                 const KnownFingerprint& known)
        : population_(population), store_(store), input_(input), known_(known), rates_(input.policy.breeding_rates()) {
        for (std::size_t i = 0; i < population.size(); ++i) {
            taken_.insert(population[i].fingerprint);
            if (!population[i].usable() || !population[i].scored()) continue;
            members_.push_back(i);
            pool_.push_back({.id = population[i].member.id,
                             .fingerprint = population[i].fingerprint,
                             .ruleset = population[i].ruleset,
                             .score = population[i].score,
                             .fitness = population[i].fitness});
        }
    }

    // The place of an individual in the pool of parents.
    std::size_t place_of(std::size_t index) const {
        return static_cast<std::size_t>(std::lower_bound(members_.begin(), members_.end(), index) - members_.begin());
    }

    std::optional<Offspring> one_child(const Wish& wish, std::size_t slot) {
        const Individual& initiator = population_[wish.initiator];
        const Random random = Random(input_.seed, 2).split(stream_of(initiator.fingerprint)).split(slot);
        std::optional<Child> child =
            breed(pool_, place_of(wish.initiator), rates_, store_.keys(), input_.limits, known_, taken_, random);
        if (!child) return std::nullopt;
        taken_.insert(child->fingerprint);
        return offspring(std::move(*child), wish);
    }

private:
    Offspring offspring(Child child, const Wish& wish) const {
        const Member& first = population_[members_[child.parents.front().parent]].member;
        std::string name = child_name(first.name, child.fingerprint);
        Offspring result{.id = {},
                         .user_id = first.user_id,
                         .name = std::move(name),
                         .asset_type = first.asset_type,
                         .reason = wish.reason,
                         .child = std::move(child),
                         .parent_ids = {}};
        std::string origin = "evolve child\n";
        for (const ParentShare& share : result.child.parents) {
            result.parent_ids.push_back(pool_[share.parent].id);
            origin += result.parent_ids.back() + "\n";
        }
        result.id = uuid_of(origin + result.child.fingerprint + "\n" + std::to_string(input_.seed));
        return result;
    }

    const std::vector<Individual>& population_;
    const SeriesStore& store_;
    const CycleInput& input_;
    const KnownFingerprint& known_;
    BreedingRates rates_;
    std::vector<std::size_t> members_{};  // of the population, in the order of pool_
    std::vector<Parent> pool_{};
    std::set<std::string> taken_{};
};

}  // namespace

double fitness(double score, double trades, const Policy& policy) {
    const auto full = static_cast<double>(policy.fitness_full_trades);
    return trades < full ? score * trades / full : score;
}

std::vector<Individual> make_population(const std::vector<Member>& members, const Limits& limits,
                                        const SeriesStore& store, const Policy& policy) {
    std::vector<Individual> population;
    population.reserve(members.size());
    for (const Member& member : members) population.push_back(individual(member, limits, store, policy));
    std::sort(population.begin(), population.end(), [](const Individual& a, const Individual& b) {
        return a.fingerprint != b.fingerprint ? a.fingerprint < b.fingerprint : a.member.id < b.member.id;
    });
    return population;
}

void mark_elite(std::vector<Individual>& population, const Policy& policy) {
    const std::vector<std::size_t> order = by_fitness(population);
    const std::size_t elite = share_of(static_cast<std::int64_t>(order.size()), policy.elite_share);
    for (std::size_t i = 0; i < elite; ++i) population[order[order.size() - 1 - i]].elite = true;
}

std::vector<Offspring> reproduce(const std::vector<Individual>& population, const SeriesStore& store,
                                 const CycleInput& input, const KnownFingerprint& known, const Control& control) {
    const Policy& policy = input.policy;
    const std::size_t waiting = newcomers(population);
    const std::size_t room = room_for_newcomers(population, policy);
    const std::size_t most = room - std::min(room, waiting);
    Reproduction reproduction(population, store, input, known);
    std::vector<Offspring> children;
    const std::vector<std::size_t> order = by_fitness(population);
    for (std::size_t i = order.size(); i-- > 0;) {
        const Wish wish = wish_of(population[order[i]], order[i], policy);
        for (std::size_t slot = 0; slot < wish.children; ++slot) {
            if (children.size() >= most) return children;
            control.check();
            control.tell("breeding", children.size(), most);
            if (auto child = reproduction.one_child(wish, slot)) children.push_back(std::move(*child));
        }
    }
    return children;
}

void cull(std::vector<Individual>& population, std::size_t children, const Policy& policy) {
    const std::vector<std::size_t> order = by_fitness(population);
    const auto cap = static_cast<std::size_t>(policy.max_active);
    const std::size_t waiting = newcomers(population) + children;
    // However many wait for their first evaluation, they leave the scored ones their share.
    const std::size_t least = cap - share_of(policy.max_active, policy.newcomer_share);
    const std::size_t room = std::max(cap > waiting ? cap - waiting : 0, least);
    std::size_t scored = order.size();
    for (std::size_t i = 0; i < order.size() && scored > room; ++i) {
        Individual& one = population[order[i]];
        if (is_safe(one)) continue;
        one.status = Status::discarded;
        one.reason = "discarded: over the limit of " + std::to_string(policy.max_active) +
                     " active strategies, fitness " + decimal(one.fitness, 3) + " is number " +
                     std::to_string(order.size() - i) + " of " + std::to_string(order.size());
        --scored;
    }
}

}  // namespace evolve
