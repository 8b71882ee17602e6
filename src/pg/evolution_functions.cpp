// SQL functions behind the cycles: the database hands over rows as JSON, the core decides, the database writes.
#include <deque>
#include <nlohmann/json.hpp>
#include <string>

#include "core/lifecycle/cycle_json.hpp"
#include "core/lifecycle/monitor.hpp"
#include "core/lifecycle/policy.hpp"
#include "core/lifecycle/score.hpp"
#include "core/lifecycle/status.hpp"
#include "pg/boundary.hpp"
#include "pg/heartbeat.hpp"
#include "pg/market.hpp"
#include "pg/query.hpp"
#include "pg/settings.hpp"
#include "pg/values.hpp"

using namespace evolve;
using namespace evolve::pg;

namespace {

// Loads each series that a cycle asks for and keeps it for as long as the cycle runs.
class SeriesKeeper {
public:
    BarsView load(const Market& market) {
        series_.push_back(load_bars(market, std::nullopt, std::nullopt));
        return series_.back().view();
    }

private:
    std::deque<SeriesBars> series_;  // grows without moving what it holds
};

bool fingerprint_is_known(const std::string& fingerprint) {
    const evolve::pg::Query query;
    bool known = false;
    query.each_row("SELECT FROM evolve.user_strategies WHERE fingerprint = $1 LIMIT 1", {fingerprint},
                   [&](const Row&) { known = true; });
    return known;
}

}  // namespace

EVOLVE_FUNCTION(_evolve_run_cycle) {
    SeriesKeeper keeper;
    enter("reading");
    const std::string output = run_cycle_json(
        jsonb_arg(fcinfo, 0), [&](const Market& market) { return keeper.load(market); }, fingerprint_is_known,
        session_control());
    enter("writing");
    return jsonb_datum(output);
}

EVOLVE_FUNCTION(_evolve_run_monitor) {
    SeriesKeeper keeper;
    enter("reading");
    const std::string output = run_monitor_json(
        jsonb_arg(fcinfo, 0), [&](const Market& market) { return keeper.load(market); }, session_control());
    enter("writing");
    return jsonb_datum(output);
}

EVOLVE_FUNCTION(evolve_score) {
    const SqlValue score = float_or_null(score_from_metrics(nlohmann::json::parse(jsonb_arg(fcinfo, 0))));
    fcinfo->isnull = score.is_null;
    return score.value;
}

EVOLVE_FUNCTION(_evolve_transition_allowed) {
    const auto from = parse_status(text_arg(fcinfo, 0));
    const auto to = parse_status(text_arg(fcinfo, 1));
    return BoolGetDatum(from && to && transition_allowed(*from, *to));
}

EVOLVE_FUNCTION(_evolve_policy_defaults) {
    RowWriter rows(fcinfo);
    const nlohmann::json classic = to_json(Policy{});
    for (const PolicyField& field : policy_fields()) {
        const nlohmann::json& value = classic.at(std::string(field.name));
        Datum values[5] = {text_datum(field.name), jsonb_datum(value.dump()), Float8GetDatum(field.minimum),
                           Float8GetDatum(field.flag != nullptr ? 1 : field.maximum), text_datum(field.text)};
        bool nulls[5] = {};
        rows.write(values, nulls);
    }
    return Datum{0};
}
