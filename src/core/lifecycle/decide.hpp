// From measurements to status: promotion, demotion, discards, and what to say about them.
#pragma once

#include <optional>
#include <string>

#include "core/lifecycle/policy.hpp"
#include "core/lifecycle/status.hpp"
#include "core/metrics/metrics.hpp"

namespace evolve {

// What one evaluation found.
struct Measurements {
    Metrics metrics, train, test;
    double score = undefined;
    std::int64_t attempts = 0;  // evaluations, this one included
    bool overfitted = false;
    std::size_t symbols = 0, profitable_symbols = 0;  // it ran on; on which it gained
};

enum class Phase : std::uint8_t { cold_start, growth, mature };
std::string_view to_string(Phase phase);
// By the number of strategies altogether; mature when phases are off.
Phase phase_of(std::int64_t strategies, const Policy& policy);

// Much better on the training part than on the test part: any of the policy's three signs.
bool overfitted(const Metrics& train, const Metrics& test, const Policy& policy);

struct Decision {
    Status status;       // equal to the present one: nothing changes
    std::string reason;  // with the numbers; empty when nothing changes
};

// One step at most, in this order: promotion, demotion, discard. The discards concern experiments and candidates that
// this evaluation did not move; `elite` strategies are spared the one for too many attempts.
Decision decide_status(Status present, const Measurements& measured, Phase phase, const Policy& policy,
                       bool elite = false);

// The thresholds of each transition by themselves; nullopt: not met, else the reason.
std::optional<std::string> candidate_reason(const Measurements& measured, Phase phase, const Policy& policy);
std::optional<std::string> proposable_reason(const Measurements& measured, Phase phase, const Policy& policy);
std::optional<std::string> proposable_loses(const Measurements& measured, const Policy& policy);
std::optional<std::string> candidate_loses(const Measurements& measured, Phase phase, const Policy& policy);
std::optional<std::string> discard_reason(const Measurements& measured, const Policy& policy, bool elite);

// The measured risk in plain English; says so when nothing was traded.
std::string risk_note(const Measurements& measured, double monte_carlo_p05);

// 0.1234 → "12.3 %"; ratios with two decimals. Unknown: "unknown".
std::string percent(double fraction);
std::string decimal(double value, int digits = 2);

}  // namespace evolve
