#include "core/lifecycle/cycle_json.hpp"

#include <nlohmann/json.hpp>

#include "core/base/json_number.hpp"
#include "core/lifecycle/input_json.hpp"
#include "core/series/timestamp.hpp"

namespace evolve {
namespace {

using nlohmann::json;

Member read_member(const json& value, const std::string& path) {
    const ObjectReader row(value, path);
    Member member{.id = row.text("id"),
                  .user_id = row.text("user_id", false),
                  .name = row.text("name", false),
                  .asset_type = row.text("asset_type", false),
                  .ruleset = row.object_text("ruleset", "{}")};
    member.status = read_status(row);
    member.score = row.number("score", undefined);
    member.win_rate = row.number("win_rate", undefined);
    member.trades = row.number("trades", undefined);
    member.evolution_attempts = row.integer("evolution_attempts", 0);
    member.evaluate = row.flag("evaluate", false);
    return member;
}

json text_or_null(const std::string& text) { return text.empty() ? json() : json(text); }

json of_symbols(const StrategyEvaluation& evaluation) {
    json object = json::object();
    for (std::size_t i = 0; i < evaluation.symbols.size(); ++i) {
        object[evaluation.symbols[i]] = to_json(evaluation.assessment.symbols[i].metrics);
    }
    return object;
}

json evaluation_json(const StrategyEvaluation& evaluation) {
    const Measurements& measured = evaluation.assessment.measured;
    json row{{"strategy_id", evaluation.strategy_id},
             {"fingerprint", text_or_null(evaluation.fingerprint)},
             {"previous_status", to_string(evaluation.previous_status)},
             {"status", to_string(evaluation.status)},
             {"score", json_number(evaluation.score)},
             {"is_active", is_active(evaluation.status)},
             {"is_proposable", evaluation.status == Status::proposable},
             {"evolution_attempts", evaluation.evolution_attempts},
             {"no_data", evaluation.no_data},
             {"problem", text_or_null(evaluation.problem)}};
    for (const char* key : {"generalized", "overfitted", "metrics", "train_metrics", "test_metrics",
                            "per_symbol_performance", "walk_forward", "monte_carlo", "score_components", "risk_note"}) {
        row[key] = nullptr;
    }
    if (evaluation.no_data) return row;
    row["generalized"] = measured.profitable_symbols > 2;
    row["overfitted"] = measured.overfitted;
    row["metrics"] = to_json(measured.metrics);
    row["train_metrics"] = to_json(measured.train);
    row["test_metrics"] = to_json(measured.test);
    row["per_symbol_performance"] = of_symbols(evaluation);
    row["walk_forward"] = to_json(evaluation.assessment.walk_forward, evaluation.symbols);
    row["monte_carlo"] = to_json(evaluation.assessment.monte_carlo);
    row["score_components"] = to_json(evaluation.assessment.score);
    row["risk_note"] = evaluation.risk_note;
    return row;
}

json backtest_json(const SeriesRecord& record) {
    return {{"strategy_id", record.strategy_id},
            {"exchange", record.market.exchange},
            {"symbol", record.market.symbol},
            {"timeframe", to_string(record.market.timeframe)},
            {"start_date", format_timestamp(record.metrics.first_ts)},
            {"end_date", format_timestamp(record.metrics.last_ts)},
            {"metrics", to_json(record.metrics)}};
}

json transition_json(const Transition& transition) {
    return {{"strategy_id", transition.strategy_id},
            {"from", to_string(transition.from)},
            {"to", to_string(transition.to)},
            {"reason", transition.reason}};
}

json child_json(const Offspring& offspring) {
    json parents = json::array();
    for (std::size_t i = 0; i < offspring.parent_ids.size(); ++i) {
        const ParentShare& share = offspring.child.parents[i];
        parents.push_back(
            {{"id", offspring.parent_ids[i]}, {"similarity", share.similarity}, {"weight", share.weight}});
    }
    return {{"id", offspring.id},
            {"user_id", text_or_null(offspring.user_id)},
            {"name", offspring.name},
            {"asset_type", text_or_null(offspring.asset_type)},
            {"ruleset", to_json(offspring.child.ruleset)},
            {"fingerprint", offspring.child.fingerprint},
            {"mutation_type", offspring.child.mutation_type},
            {"mutation_params", offspring.child.mutation_params},
            {"reason", offspring.reason},
            {"parents", std::move(parents)}};
}

}  // namespace

CycleInput parse_cycle_input(std::string_view text) {
    const json document = parse_input(text);
    const ObjectReader input(document, "$");
    CycleInput result;
    if (const json* seed = input.find("seed")) result.seed = read_seed(*seed, "$.seed");
    result.policy = read_policy(input);
    result.options = parse_options(input.object_text("options", "{}"));
    result.limits = read_limits(input);
    const json& population = input.array("population");
    for (std::size_t i = 0; i < population.size(); ++i) {
        result.population.push_back(read_member(population[i], "$.population[" + std::to_string(i) + "]"));
    }
    result.markets = read_markets(input.array("markets"), "$.markets");
    result.total_strategies = input.integer("total_strategies", static_cast<std::int64_t>(population.size()));
    return result;
}

json trial_json(const SeriesRecord& record, std::string_view kind) {
    return {{"fingerprint", record.fingerprint},
            {"strategy_id", record.strategy_id},
            {"exchange", record.market.exchange},
            {"symbol", record.market.symbol},
            {"timeframe", to_string(record.market.timeframe)},
            {"from_ts", format_timestamp(record.metrics.first_ts)},
            {"to_ts", format_timestamp(record.metrics.last_ts)},
            {"bars", record.metrics.bars},
            {"kind", kind},
            {"sharpe_ratio", json_number(record.metrics.sharpe_ratio)},
            {"total_trades", record.metrics.total_trades}};
}

json to_json(const CycleOutput& output) {
    json document;
    for (const char* key : {"evaluations", "backtests", "trials", "transitions", "children"}) {
        document[key] = json::array();
    }
    for (const auto& evaluation : output.evaluations) document["evaluations"].push_back(evaluation_json(evaluation));
    for (const auto& record : output.records) {
        document["backtests"].push_back(backtest_json(record));
        document["trials"].push_back(trial_json(record, "evaluation"));
    }
    for (const auto& transition : output.transitions) document["transitions"].push_back(transition_json(transition));
    for (const auto& child : output.children) document["children"].push_back(child_json(child));
    document["report"] = {{"evaluated", output.evaluated},
                          {"promoted", output.promoted},
                          {"demoted", output.demoted},
                          {"bred", output.bred},
                          {"discarded", output.discarded}};
    return document;
}

std::string run_cycle_json(std::string_view input, const SeriesLoader& loader, const KnownFingerprint& known,
                           const Control& control) {
    return to_json(run_cycle(parse_cycle_input(input), loader, known, control))
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace evolve
