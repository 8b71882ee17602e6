#include "core/lifecycle/policy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/base/error.hpp"
#include "core/base/number.hpp"

namespace evolve {
namespace {

using nlohmann::json;

std::string shown(const json& value) { return value.is_boolean() ? value.dump() : format_number(value.get<double>()); }

TEST(PolicyTest, EveryFieldIsInTheTableOnceWithADefaultInItsDomain) {
    const json classic = to_json(Policy{});
    EXPECT_EQ(classic.size(), policy_fields().size() + 1);
    for (const PolicyField& field : policy_fields()) {
        EXPECT_EQ((field.number != nullptr) + (field.count != nullptr) + (field.flag != nullptr), 1) << field.name;
        EXPECT_FALSE(field.text.empty()) << field.name;
        const json& value = classic.at(std::string(field.name));
        if (value.is_boolean()) continue;
        EXPECT_GE(value.get<double>(), field.minimum) << field.name;
        EXPECT_LE(value.get<double>(), field.maximum) << field.name;
    }
}

TEST(PolicyTest, GoesThroughJsonUnchanged) {
    // Every field away from its default.
    json changed{{"name", "other"}};
    for (const PolicyField& field : policy_fields()) {
        const std::string name(field.name);
        if (field.flag != nullptr) {
            changed[name] = !(Policy{}.*field.flag);
        } else if (field.count != nullptr) {
            const std::int64_t count = Policy{}.*field.count;
            changed[name] = static_cast<double>(count) == field.maximum ? count - 1 : count + 1;
        } else {
            changed[name] = (Policy{}.*field.number + field.minimum) / 2 + 0.001;
        }
    }
    EXPECT_EQ(to_json(parse_policy(changed)), changed);
    EXPECT_EQ(to_json(parse_policy(json::object())), to_json(Policy{}));
}

ErrorCode refused(const json& object) {
    try {
        parse_policy(object);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(PolicyTest, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(refused({{"candidate_min_trade", 50}}), ErrorCode::unknown_name);
    EXPECT_EQ(refused({{"candidate_min_trades", "50"}}), ErrorCode::type_mismatch);
    EXPECT_EQ(refused({{"candidate_min_trades", 50.5}}), ErrorCode::out_of_range);
    EXPECT_EQ(refused({{"candidate_min_trades", -1}}), ErrorCode::out_of_range);
    EXPECT_EQ(refused({{"candidate_min_win_rate", 75}}), ErrorCode::out_of_range);
    EXPECT_EQ(refused({{"candidate_min_trades", 5e20}}), ErrorCode::out_of_range);
    EXPECT_EQ(refused({{"phases_enabled", 1}}), ErrorCode::type_mismatch);
    EXPECT_EQ(refused({{"name", 1}}), ErrorCode::type_mismatch);
    EXPECT_EQ(refused(json::array()), ErrorCode::type_mismatch);
    try {
        parse_policy({{"candidate_min_trade", 50}});
    } catch (const Error& error) {
        EXPECT_NE(error.hint().find("candidate_min_trades"), std::string::npos) << error.hint();
    }
}

// The documentation shows every field with its default.
TEST(PolicyTest, IsDocumented) {
    std::ifstream file(std::string(EVOLVE_SOURCE_DIR) + "/docs/evolution.md");
    ASSERT_TRUE(file) << "docs/evolution.md is missing";
    std::ostringstream text;
    text << file.rdbuf();
    const json classic = to_json(Policy{});
    for (const PolicyField& field : policy_fields()) {
        const std::string row =
            "| `" + std::string(field.name) + "` | " + shown(classic.at(std::string(field.name))) + " |";
        EXPECT_NE(text.str().find(row), std::string::npos) << row;
    }
}

}  // namespace
}  // namespace evolve
