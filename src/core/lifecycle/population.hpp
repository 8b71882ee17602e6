// The strategies of a cycle while it runs.
#pragma once

#include <string>
#include <vector>

#include "core/lifecycle/cycle.hpp"

namespace evolve {

struct Individual {
    Member member;
    Ruleset ruleset;                   // canonical; meaningless when there is a problem
    std::string fingerprint;           // empty when there is a problem
    std::string problem;               // why the stored ruleset cannot be used
    std::vector<std::size_t> markets;  // of the store

    // As of now in this cycle.
    Status status = Status::experiment;
    double score = undefined, win_rate = undefined, fitness = undefined;
    std::int64_t attempts = 0;
    bool evaluated = false;
    bool elite = false;
    std::string reason;  // of the change of status, when there is one

    bool usable() const { return problem.empty(); }
    bool living() const { return is_evolving(status); }
    bool scored() const { return living() && !(score != score); }
    // Still waiting for its first evaluation, and able to have one.
    bool newcomer() const { return living() && !scored() && usable() && !markets.empty(); }
};

// What selection goes by: the score, times trades / fitness_full_trades while there are fewer trades than that. Few
// trades are luck as easily as skill. trades undefined: the score.
double fitness(double score, double trades, const Policy& policy);

// Parsed, sorted by fingerprint and then id. Strategies whose ruleset does not parse carry the problem.
std::vector<Individual> make_population(const std::vector<Member>& members, const Limits& limits,
                                        const SeriesStore& store, const Policy& policy);

// The fittest elite_share of the scored strategies, rounded down.
void mark_elite(std::vector<Individual>& population, const Policy& policy);

// Children of the strategies evaluated in this cycle, the fittest first; no more than the next cycle can evaluate.
std::vector<Offspring> reproduce(const std::vector<Individual>& population, const SeriesStore& store,
                                 const CycleInput& input, const KnownFingerprint& known, const Control& control);

// Discards the scored strategies over the cap, the least fit first. Proposables and the elite stay, and so does whoever
// waits for a first evaluation (see docs/evolution.md).
void cull(std::vector<Individual>& population, std::size_t children, const Policy& policy);

}  // namespace evolve
