// The monitoring cycle: whether uploads are sane enough to experiment with, and how robust strategies are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/lifecycle/cycle.hpp"
#include "core/validation/robustness.hpp"

namespace evolve {

enum class ReviewTask : std::uint8_t { sanity, robustness };
std::string_view to_string(ReviewTask task);

struct ReviewCase {
    std::string id;
    std::string ruleset;  // JSON text, parameters inside
    ReviewTask task = ReviewTask::sanity;
    Status status = Status::pending_review;
    std::int64_t evolution_attempts = 0;
};

struct ReviewInput {
    std::uint64_t seed = 0;
    Policy policy;
    OptionsJson options;
    Limits limits;
    std::vector<ReviewCase> cases;
    std::vector<Market> markets;
    std::int64_t total_strategies = 0;
};

enum class Verdict : std::uint8_t { failed, passed, open };  // open: could not be told, nothing changes

struct ReviewResult {
    std::string strategy_id, fingerprint;
    ReviewTask task = ReviewTask::sanity;
    Verdict verdict = Verdict::open;
    Status status = Status::pending_review, new_status = Status::pending_review;
    std::string reason;     // in words, with the numbers
    Metrics metrics;        // of the window (sanity) or of all bars (robustness), all its symbols together
    Robustness robustness;  // meaningful when `measured_robustness`
    bool measured_robustness = false;
};

struct ReviewTrial {
    SeriesRecord record;
    ReviewTask task = ReviewTask::sanity;
};

struct ReviewOutput {
    std::vector<ReviewResult> results;  // by fingerprint, then id, then task
    std::vector<ReviewTrial> trials;    // in the same order; robustness: the strategy itself, then its variants
};

// Sanity, for strategies under review: one backtest on the last months of each of its series (policy: sanity_…), with
// as many bars before them as the rules look back, so that slow indicators are known. Passed: to experiment; failed: to
// rejected. Without bars the verdict is open.
// Robustness, for experiments and candidates: all bars, and a copy for every number moved up and down. With enough
// trades a candidate that is robust and meets the thresholds becomes proposable; who is fragile after enough
// evaluations is discarded.
// Throws Error: invalid_option when task and status do not go together, interrupted.
ReviewOutput review(const ReviewInput& input, const SeriesLoader& loader, const Control& control);

// Bars of the sanity check: those of the last months (days) of the series, the policy's for its timeframe.
Range sanity_window(std::span<const Timestamp> ts, Timeframe timeframe, const Policy& policy);

// Copies with one number moved by ± policy.robustness_shift, each differing from the ruleset and from each other in
// fingerprint; invalid ones left out. Parameters are bound, so that a copy need not lie on a parameter's grid. At most
// robustness_max_variants, spread evenly over all numbers when there are more.
std::vector<Ruleset> shifted_variants(const Ruleset& ruleset, const Policy& policy, const Limits& limits);

// JSON in and out: docs/evolution.md. Errors as parse_cycle_input.
ReviewInput parse_review_input(std::string_view json);
std::string run_monitor_json(std::string_view input, const SeriesLoader& loader, const Control& control);

}  // namespace evolve
