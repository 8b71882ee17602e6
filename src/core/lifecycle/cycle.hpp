// One evolution cycle: evaluate a batch, decide each one's status, breed, and keep the population within its cap.
// Plain values in, plain values out; what it means: docs/evolution.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/lifecycle/evaluate.hpp"

namespace evolve {

// An active strategy, as stored.
struct Member {
    std::string id, user_id, name, asset_type;
    std::string ruleset;  // JSON text, parameters inside
    Status status = Status::experiment;
    double score = undefined, win_rate = undefined, trades = undefined;  // of its last evaluation
    std::int64_t evolution_attempts = 0;
    bool evaluate = false;  // chosen for this cycle's batch
};

struct CycleInput {
    std::uint64_t seed = 0;
    Policy policy;
    OptionsJson options;
    Limits limits;
    std::vector<Member> population;
    std::vector<Market> markets;
    std::int64_t total_strategies = 0;  // for the phase
};

// What became of one strategy of the batch.
struct StrategyEvaluation {
    std::string strategy_id, fingerprint;
    Status previous_status = Status::experiment, status = Status::experiment;
    double score = undefined;
    std::int64_t evolution_attempts = 0;
    bool no_data = false;   // there was no series for it, or the ruleset could not be run: nothing was measured
    std::string problem;    // why, then
    Assessment assessment;  // measurements; empty when no_data
    std::string risk_note;
    std::vector<std::string> symbols;  // one a series it ran on
};

// One strategy on one series: a row of strategy_backtests, and one of the trial ledger.
struct SeriesRecord {
    std::string strategy_id, fingerprint;
    Market market;
    Metrics metrics;
};

struct Transition {
    std::string strategy_id;
    Status from = Status::experiment, to = Status::experiment;
    std::string reason;
};

struct Offspring {
    std::string id, user_id, name, asset_type, reason;
    Child child;
    std::vector<std::string> parent_ids;  // as child.parents
};

struct CycleOutput {
    std::vector<StrategyEvaluation> evaluations;  // by fingerprint, then id
    std::vector<SeriesRecord> records;            // in the same order, then by series
    std::vector<Transition> transitions;          // at most one a strategy, in the same order
    std::vector<Offspring> children;
    std::int64_t evaluated = 0, promoted = 0, demoted = 0, bred = 0, discarded = 0;
};

// The result depends on the input and the bars alone: not on threads, nor on the order of the population or of the
// markets. Throws Error: invalid_option for a batch with a strategy that does not evolve, interrupted.
CycleOutput run_cycle(const CycleInput& input, const SeriesLoader& loader, const KnownFingerprint& known,
                      const Control& control);

}  // namespace evolve
