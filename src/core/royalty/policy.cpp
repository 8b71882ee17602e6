#include "core/royalty/policy.hpp"

#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/royalty/money.hpp"

namespace evolve {
namespace {

using Json = nlohmann::json;

void check_keys(const Json& object, const std::string& where, std::initializer_list<std::string_view> known) {
    if (!object.is_object()) throw Error(ErrorCode::invalid_option, "a JSON object is expected", where);
    for (const auto& [key, value] : object.items()) {
        bool found = false;
        std::string list;
        for (const std::string_view name : known) {
            found = found || name == key;
            list += (list.empty() ? "" : ", ") + std::string(name);
        }
        if (!found)
            throw Error(ErrorCode::unknown_name, "unknown key \"" + key.substr(0, 60) + "\"", where,
                        list.empty() ? "This kind of policy has no parameters." : "Keys: " + list + ".");
    }
}

// As parts of a million.
std::int64_t percent(const Json& value, const std::string& where) {
    if (!value.is_number()) throw Error(ErrorCode::invalid_option, "a number of percent is expected", where);
    const auto number = value.get<double>();
    if (!(number >= 0 && number <= 100))
        throw Error(ErrorCode::out_of_range, "a percentage must be from 0 to 100", where);
    const double parts = number * 10'000;
    if (std::abs(parts - std::round(parts)) > 1e-6)
        throw Error(ErrorCode::out_of_range, "a percentage has at most four decimals", where);
    return std::llround(parts);
}

std::int64_t count(const Json& value, const std::string& where) {
    if (!value.is_number_integer() || value < 0 || value > 1'000'000)
        throw Error(ErrorCode::out_of_range, "a whole number from 0 to 1000000 is expected", where);
    return value.get<std::int64_t>();
}

RateTier read_tier(const Json& tier, const std::string& where) {
    check_keys(
        tier, where,
        {"royalty_percent", "min_mutations", "max_mutations", "min_similarity_percent", "above_similarity_percent"});
    const auto read = [&](const char* key, auto reader, std::int64_t otherwise) {
        return tier.contains(key) ? reader(tier[key], where + "." + key) : otherwise;
    };
    if (!tier.contains("royalty_percent")) throw Error(ErrorCode::invalid_option, "royalty_percent is missing", where);
    RateTier known{.rate = percent(tier["royalty_percent"], where + ".royalty_percent")};
    known.min_mutations = read("min_mutations", count, known.min_mutations);
    known.max_mutations = read("max_mutations", count, known.max_mutations);
    known.min_similarity = read("min_similarity_percent", percent, known.min_similarity);
    known.above_similarity = read("above_similarity_percent", percent, known.above_similarity);
    return known;
}

const Json& list(const Json& parameters, const char* key, std::size_t most) {
    const std::string where = std::string("$.") + key;
    if (!parameters.contains(key) || !parameters[key].is_array() || parameters[key].empty() ||
        parameters[key].size() > most)
        throw Error(ErrorCode::invalid_option, "a list of 1 to " + std::to_string(most) + " entries is expected",
                    where);
    return parameters[key];
}

RoyaltyPolicy by_generations(const Json& parameters) {
    check_keys(parameters, "$", {"percents"});
    RoyaltyPolicy policy{.rule = {.kind = ShareRuleKind::generations, .parts = {}}, .tiers = {}};
    for (const Json& value : list(parameters, "percents", 1000))
        policy.rule.parts.push_back(percent(value, "$.percents[" + std::to_string(policy.rule.parts.size()) + "]"));
    if (policy.rule.parts[0] == 0)
        throw Error(ErrorCode::out_of_range, "the original must have a share: there may be nobody else",
                    "$.percents[0]");
    return policy;
}

}  // namespace

RoyaltyPolicy parse_royalty_policy(std::string_view kind, std::string_view text) {
    const Json parameters = Json::parse(text, nullptr, false);
    if (parameters.is_discarded()) throw Error(ErrorCode::syntax_error, "parameters are not JSON");
    RoyaltyPolicy policy;
    if (kind == "owner") {
        check_keys(parameters, "$", {});
    } else if (kind == "edges") {
        check_keys(parameters, "$", {"creator_percent"});
        const std::int64_t part =
            parameters.contains("creator_percent") ? percent(parameters["creator_percent"], "$.creator_percent") : 0;
        policy.rule = {.kind = ShareRuleKind::edges, .parts = {part}};
    } else if (kind == "generations") {
        return by_generations(parameters);
    } else if (kind == "similarity") {
        check_keys(parameters, "$", {"tiers"});
        for (const Json& tier : list(parameters, "tiers", 100))
            policy.tiers.push_back(read_tier(tier, "$.tiers[" + std::to_string(policy.tiers.size()) + "]"));
    } else {
        throw Error(ErrorCode::unknown_name,
                    "unknown kind of royalty policy \"" + std::string(kind.substr(0, 60)) + "\"", {},
                    "One of owner, edges, generations, similarity.");
    }
    return policy;
}

std::int64_t tier_rate(const std::vector<RateTier>& tiers, std::int64_t mutations, std::int64_t similarity) {
    for (const RateTier& tier : tiers)
        if (mutations >= tier.min_mutations && mutations <= tier.max_mutations && similarity >= tier.min_similarity &&
            similarity > tier.above_similarity)
            return tier.rate;
    return 0;
}

}  // namespace evolve
