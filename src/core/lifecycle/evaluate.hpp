// Runs many rulesets on the series each belongs to: compiled together by series, judged one by one, in memory that the
// caller bounds.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/lifecycle/decide.hpp"
#include "core/lifecycle/score.hpp"
#include "core/lifecycle/series.hpp"

namespace evolve {

// One ruleset and where it runs.
struct Job {
    Ruleset ruleset;                   // canonical
    std::vector<std::size_t> markets;  // of the store, loaded, with bars
    // Bars of each market to run on; empty: all.
    std::vector<Range> ranges = {};
};

// Called once a job, on any thread, with its runs in the order of its markets; `problem` is set instead when the
// ruleset needs more memory than there is.
using Judge = std::function<void(std::size_t job, std::vector<SeriesRun>&& runs, const std::string& problem)>;

// Results do not depend on the number of threads or the order of the jobs. Throws Error (interrupted, invalid_option).
void run_jobs(std::span<const Job> jobs, const SeriesStore& store, const Control& control, const Judge& judge);

// Everything an evaluation of one strategy measures.
struct SymbolResult {
    std::size_t market = 0;  // of the store
    Metrics metrics;
};
struct Assessment {
    Measurements measured;  // attempts not yet set
    Score score;
    WalkForward walk_forward;
    MonteCarlo monte_carlo;
    std::vector<SymbolResult> symbols;
};

// `random`: of this strategy alone.
Assessment assess(std::span<const SeriesRun> runs, std::span<const std::size_t> markets, const Policy& policy,
                  const Random& random, const Control& control);

// A number for streams of random numbers that belongs to the strategy, not to its place in a list.
std::uint64_t stream_of(const std::string& fingerprint);

}  // namespace evolve
