// SQL functions of the ruleset language.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/json_number.hpp"
#include "core/indicators/describe.hpp"
#include "core/indicators/indicator.hpp"
#include "core/ruleset/apply_parameters.hpp"
#include "core/ruleset/language.hpp"
#include "pg/boundary.hpp"
#include "pg/settings.hpp"
#include "pg/sqlstate.hpp"
#include "pg/values.hpp"

using namespace evolve;
using namespace evolve::pg;

namespace {

Ruleset ruleset_argument(FunctionCallInfo fcinfo, int index, const Limits& limits) {
    return parse_ruleset(jsonb_arg(fcinfo, index), limits);
}

Datum text_array(const std::vector<std::string>& texts) {
    std::vector<Datum> values;
    values.reserve(texts.size());
    for (const std::string& text : texts) values.push_back(text_datum(text));
    return call([&] {
        return PointerGetDatum(
            construct_array(values.data(), static_cast<int>(values.size()), TEXTOID, -1, false, TYPALIGN_INT));
    });
}

}  // namespace

EVOLVE_FUNCTION(evolve_version) { return text_datum(EVOLVE_VERSION); }

EVOLVE_FUNCTION(evolve_ruleset) {
    return jsonb_datum(to_json(canonical(ruleset_argument(fcinfo, 0, ruleset_limits()))).dump());
}

EVOLVE_FUNCTION(evolve_ruleset_text) {
    return jsonb_datum(to_json(canonical(ruleset_argument(fcinfo, 0, ceiling_limits())), Form::text).dump());
}

EVOLVE_FUNCTION(evolve_explain) { return text_datum(explain(ruleset_argument(fcinfo, 0, ceiling_limits()))); }

EVOLVE_FUNCTION(evolve_fingerprint) { return text_datum(fingerprint(ruleset_argument(fcinfo, 0, ceiling_limits()))); }

EVOLVE_FUNCTION(evolve_check_ruleset) {
    const std::vector<Problem> problems = check_ruleset(jsonb_arg(fcinfo, 0), ruleset_limits());
    RowWriter rows(fcinfo);
    for (const Problem& problem : problems) {
        Datum values[5] = {text_datum(problem.severity == Problem::Severity::error ? "error" : "warning"),
                           text_datum(problem.where), text_datum(problem.message), text_datum(problem.hint),
                           text_datum(sqlstate(problem.code))};
        bool nulls[5] = {false, problem.where.empty(), false, problem.hint.empty(),
                         problem.severity == Problem::Severity::warning};
        rows.write(values, nulls);
    }
    return Datum{0};
}

// Values of a strategy's parameters put into its ruleset: (ruleset, parameters) → canonical ruleset.
EVOLVE_FUNCTION(_evolve_apply_parameters) {
    const Limits limits = ruleset_limits();
    Ruleset ruleset = ruleset_argument(fcinfo, 0, limits);
    apply_parameters(ruleset, jsonb_arg(fcinfo, 1));
    validate(ruleset, limits);
    return jsonb_datum(to_json(canonical(ruleset)).dump());
}

// The values of a ruleset's parameters: {"fast": 10, …}.
EVOLVE_FUNCTION(_evolve_parameter_values) {
    const Ruleset ruleset = ruleset_argument(fcinfo, 0, ceiling_limits());
    nlohmann::json values = nlohmann::json::object();
    for (const auto& [name, parameter] : ruleset.parameters) values[name] = exact_number(parameter.value);
    return jsonb_datum(values.dump());
}

EVOLVE_FUNCTION(_evolve_require_text) {
    (void)text_arg(fcinfo, 0);
    return Datum{0};
}

EVOLVE_FUNCTION(evolve_indicators) {
    RowWriter rows(fcinfo);
    for (const Indicator* const indicator : all_indicators()) {
        nlohmann::json arguments = nlohmann::json::array();
        for (const Argument& argument : indicator->arguments) arguments.push_back(to_json(argument));
        std::vector<std::string> outputs;
        for (const Output& output : indicator->outputs) outputs.emplace_back(output.name);
        const Output& first = indicator->outputs.front();
        Datum values[6] = {text_datum(indicator->name),
                           jsonb_datum(arguments.dump()),
                           text_array(outputs),
                           text_datum(first.unit_of_input ? "unit of the series argument" : to_string(first.unit)),
                           text_datum(to_string(indicator->family)),
                           text_datum(indicator->description)};
        bool nulls[6] = {};
        rows.write(values, nulls);
    }
    return Datum{0};
}
