#include "core/lifecycle/policy.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/number.hpp"
#include "core/ruleset/names.hpp"

namespace evolve {
namespace {

using nlohmann::json;

std::string unknown_key_hint(const std::string& key) {
    std::vector<std::string_view> names;
    for (const PolicyField& field : policy_fields()) names.push_back(field.name);
    return suggestion(key, names, "The fields of a policy are listed in the documentation of evolution.");
}

const PolicyField* find_field(std::string_view name) {
    for (const PolicyField& field : policy_fields()) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

double number_of(const PolicyField& field, const json& value) {
    const std::string path = "$." + std::string(field.name);
    if (!value.is_number()) throw Error(ErrorCode::type_mismatch, "a number is expected here", path);
    const double number = value.get<double>();
    const bool whole = field.count == nullptr || number == std::floor(number);
    if (!std::isfinite(number) || number < field.minimum || number > field.maximum || !whole) {
        throw Error(ErrorCode::out_of_range,
                    std::string(field.name) + " cannot be " +
                        (std::isfinite(number) ? format_number(number) : std::string("infinite")),
                    path,
                    std::string("It is a ") + (field.count != nullptr ? "whole number" : "number") + " from " +
                        format_number(field.minimum) + " to " + format_number(field.maximum) + ".");
    }
    return number;
}

void set(Policy& policy, const PolicyField& field, const json& value) {
    if (field.flag != nullptr) {
        if (!value.is_boolean()) {
            throw Error(ErrorCode::type_mismatch, "true or false is expected here", "$." + std::string(field.name));
        }
        policy.*field.flag = value.get<bool>();
    } else if (field.count != nullptr) {
        policy.*field.count = static_cast<std::int64_t>(number_of(field, value));
    } else {
        policy.*field.number = number_of(field, value);
    }
}

}  // namespace

Policy parse_policy(const json& object) {
    if (!object.is_object()) throw Error(ErrorCode::type_mismatch, "a policy is a JSON object", "$");
    Policy policy;
    for (const auto& [key, value] : object.items()) {
        if (key == "name") {
            if (!value.is_string()) throw Error(ErrorCode::type_mismatch, "a text is expected here", "$.name");
            policy.name = value.get<std::string>();
            continue;
        }
        const PolicyField* field = find_field(key);
        if (field == nullptr) {
            throw Error(ErrorCode::unknown_name, "a policy has no field " + in_quotes(key), "$", unknown_key_hint(key));
        }
        set(policy, *field, value);
    }
    return policy;
}

json to_json(const Policy& policy) {
    json object{{"name", policy.name}};
    for (const PolicyField& field : policy_fields()) {
        json& value = object[std::string(field.name)];
        if (field.flag != nullptr) {
            value = policy.*field.flag;
        } else if (field.count != nullptr) {
            value = policy.*field.count;
        } else {
            value = policy.*field.number;
        }
    }
    return object;
}

BreedingRates Policy::breeding_rates() const {
    return {.crossover_rate = crossover_rate,
            .mutation_rate = mutation_rate,
            .max_mutations = static_cast<std::size_t>(max_mutations),
            .tournament_size = static_cast<std::size_t>(tournament_size),
            .attempts = static_cast<std::size_t>(breed_tries),
            .widths = {.fine_score = tweak_fine_min_score,
                       .fine = tweak_fine,
                       .medium_score = tweak_medium_min_score,
                       .medium = tweak_medium,
                       .coarse = tweak_coarse},
            .max_nodes = static_cast<std::size_t>(max_rule_nodes),
            .weights = {weight_parameter_tweak, weight_indicator_substitution, weight_timeframe_change,
                        weight_cross_asset_transplant, weight_rule_insertion, weight_rule_deletion,
                        weight_operator_change}};
}

RobustnessRules Policy::robustness_rules() const {
    return {.volatility_window = static_cast<std::size_t>(robustness_volatility_window),
            .min_regimes = static_cast<std::size_t>(robustness_min_regimes),
            .min_trades_per_regime = static_cast<std::size_t>(robustness_min_trades_per_regime),
            .full_stability = robustness_full_stability,
            .regime_weight = robustness_weight_regimes,
            .stability_weight = robustness_weight_stability,
            .sensitivity_weight = robustness_weight_sensitivity};
}

WalkForwardPlan Policy::walk_forward_plan() const {
    return {.months_in = static_cast<int>(walk_forward_months_in),
            .months_out = static_cast<int>(walk_forward_months_out),
            .months_step = static_cast<int>(walk_forward_months_step),
            .min_windows = static_cast<int>(walk_forward_min_windows)};
}

}  // namespace evolve
