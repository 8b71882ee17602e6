#include <nlohmann/json.hpp>

#include "core/base/json_number.hpp"
#include "core/lifecycle/cycle_json.hpp"
#include "core/lifecycle/input_json.hpp"
#include "core/lifecycle/monitor.hpp"

namespace evolve {
namespace {

using nlohmann::json;

ReviewTask read_task(const ObjectReader& row) {
    const std::string name = row.text("task");
    if (name == to_string(ReviewTask::sanity)) return ReviewTask::sanity;
    if (name == to_string(ReviewTask::robustness)) return ReviewTask::robustness;
    throw Error(ErrorCode::unknown_name, "there is no review task \"" + name + "\"", row.path("task"),
                "The tasks are sanity and robustness.");
}

json verdict_json(Verdict verdict) {
    if (verdict == Verdict::open) return nullptr;
    return verdict == Verdict::passed;
}

json result_json(const ReviewResult& result) {
    return {{"strategy_id", result.strategy_id},
            {"fingerprint", result.fingerprint.empty() ? json() : json(result.fingerprint)},
            {"task", to_string(result.task)},
            {"passed", verdict_json(result.verdict)},
            {"status", to_string(result.status)},
            {"new_status", to_string(result.new_status)},
            {"reason", result.reason},
            {"metrics", result.metrics.bars > 0 ? to_json(result.metrics) : json()},
            {"robustness", result.measured_robustness ? to_json(result.robustness) : json()}};
}

}  // namespace

ReviewInput parse_review_input(std::string_view text) {
    const json document = parse_input(text);
    const ObjectReader input(document, "$");
    ReviewInput result;
    if (const json* seed = input.find("seed")) result.seed = read_seed(*seed, "$.seed");
    result.policy = read_policy(input);
    result.options = parse_options(input.object_text("options", "{}"));
    result.limits = read_limits(input);
    const json& strategies = input.array("strategies");
    for (std::size_t i = 0; i < strategies.size(); ++i) {
        const ObjectReader row(strategies[i], "$.strategies[" + std::to_string(i) + "]");
        result.cases.push_back({.id = row.text("id"),
                                .ruleset = row.object_text("ruleset", "{}"),
                                .task = read_task(row),
                                .status = read_status(row),
                                .evolution_attempts = row.integer("evolution_attempts", 0)});
    }
    result.markets = read_markets(input.array("markets"), "$.markets");
    result.total_strategies = input.integer("total_strategies", static_cast<std::int64_t>(strategies.size()));
    return result;
}

std::string run_monitor_json(std::string_view input, const SeriesLoader& loader, const Control& control) {
    const ReviewOutput output = review(parse_review_input(input), loader, control);
    json document{{"reviews", json::array()}, {"trials", json::array()}};
    std::int64_t accepted = 0, rejected = 0, checked = 0, promoted = 0, discarded = 0;
    for (const ReviewResult& result : output.results) {
        document["reviews"].push_back(result_json(result));
        if (result.measured_robustness) ++checked;
        if (result.new_status == result.status) continue;
        accepted += result.new_status == Status::experiment;
        rejected += result.new_status == Status::rejected;
        promoted += result.new_status == Status::proposable;
        discarded += result.new_status == Status::discarded;
    }
    for (const ReviewTrial& trial : output.trials) {
        document["trials"].push_back(trial_json(trial.record, to_string(trial.task)));
    }
    document["report"] = {{"reviewed", output.results.size()}, {"accepted", accepted}, {"rejected", rejected},
                          {"robustness_checked", checked},     {"promoted", promoted}, {"discarded", discarded}};
    return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace evolve
