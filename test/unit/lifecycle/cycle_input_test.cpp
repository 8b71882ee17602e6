#include <gtest/gtest.h>

#include "core/lifecycle/cycle_json.hpp"
#include "core/lifecycle/uuid.hpp"
#include "lifecycle/cycle_lab.hpp"

namespace evolve {
namespace {

using test::grown_up_input;
using test::json;
using test::run;
using test::three_symbols;

ErrorCode refused(const json& input) {
    try {
        run(input);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(CycleInputTest, ErrorsNameThePlace) {
    json input = grown_up_input();
    input["population"][2].erase("id");
    try {
        run(input);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.where(), "$.population[2].id");
    }
    EXPECT_EQ(refused({{"population", 5}}), ErrorCode::type_mismatch);
    EXPECT_EQ(refused(json::array()), ErrorCode::type_mismatch);
    EXPECT_EQ(refused({{"policy", {{"surprise", 1}}}}), ErrorCode::unknown_name);
    EXPECT_EQ(refused({{"options", {{"surprise", 1}}}}), ErrorCode::unknown_name);
    EXPECT_EQ(refused({{"markets", {{{"symbol", "A"}, {"timeframe", "7h"}}}}}), ErrorCode::unknown_name);
    EXPECT_EQ(refused({{"seed", 1.5}}), ErrorCode::type_mismatch);
    EXPECT_EQ(refused({{"total_strategies", 1e300}}), ErrorCode::out_of_range);
    json status = grown_up_input();
    status["population"][0]["status"] = "alive";
    EXPECT_EQ(refused(status), ErrorCode::unknown_name);
    EXPECT_THROW(run_cycle_json("{", three_symbols().loader(), {}, {}), Error);
    // Nothing at all is a cycle too.
    const json nothing = run(json::object());
    EXPECT_EQ(nothing.at("report"),
              json({{"evaluated", 0}, {"promoted", 0}, {"demoted", 0}, {"bred", 0}, {"discarded", 0}}));
}

TEST(CycleInputTest, SeedsOf64Bits) {
    EXPECT_EQ(parse_cycle_input(R"({"seed": 18446744073709551615})").seed, 18446744073709551615u);
    EXPECT_EQ(parse_cycle_input(R"({"seed": -1})").seed, 18446744073709551615u);
    EXPECT_EQ(parse_cycle_input(R"({"seed": "-9223372036854775808"})").seed, 9223372036854775808u);
    EXPECT_EQ(parse_cycle_input(R"({"seed": "77"})").seed, 77u);
    EXPECT_EQ(parse_cycle_input(R"({"seed": null})").seed, 0u);
    EXPECT_THROW(parse_cycle_input(R"({"seed": "7x"})"), Error);
}

TEST(UuidTest, HasVersionAndVariantAndFollowsFromTheText) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = uuid_of("text " + std::to_string(i));
        EXPECT_EQ(id.size(), 36u);
        EXPECT_EQ(id[14], '8');
        EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
        for (const std::size_t dash : {8u, 13u, 18u, 23u}) EXPECT_EQ(id[dash], '-');
        EXPECT_TRUE(seen.insert(id).second);
    }
    // sha256("abc") = ba7816bf-8f01cfea-414140de-5dae2223 ...
    EXPECT_EQ(uuid_of("abc"), "ba7816bf-8f01-8fea-8141-40de5dae2223");
}

}  // namespace
}  // namespace evolve
