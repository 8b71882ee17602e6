// The evolution cycle as JSON text in, JSON text out: what a host calls. The shapes: docs/evolution.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/lifecycle/cycle.hpp"

namespace evolve {

// Throws Error: syntax_error, type_mismatch, out_of_range, unknown_name with the path of what is wrong.
CycleInput parse_cycle_input(std::string_view json);
nlohmann::json to_json(const CycleOutput& output);

// parse, run, write. A seed that is missing is 0.
std::string run_cycle_json(std::string_view input, const SeriesLoader& loader, const KnownFingerprint& known,
                           const Control& control);

// A row of the trial ledger; shared with the monitoring cycle. kind: "evaluation", "sanity" or "robustness".
nlohmann::json trial_json(const SeriesRecord& record, std::string_view kind);

}  // namespace evolve
