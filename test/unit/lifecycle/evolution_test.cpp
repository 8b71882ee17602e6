// Many cycles one after another, with the database's part played by test::Population.
#include <gtest/gtest.h>

#include "lifecycle/lab.hpp"

namespace evolve {
namespace {

using test::json;
using test::Population;
using test::World;

Population seeded() {
    Population population;
    int number = 1;
    for (const json& ruleset : test::ordinary_rulesets()) {
        population.add(test::strategy_row(number, "Seed " + std::to_string(number), ruleset));
        ++number;
    }
    population.set_total(10);
    return population;
}

struct Story {
    double first_best = 0, last_best = 0;
    std::size_t bred = 0, discarded = 0, most_active = 0;
};

Story evolve_for(int cycles, const World& world, std::uint64_t seed, const json& policy) {
    Population population = seeded();
    Story story;
    for (int cycle = 0; cycle < cycles; ++cycle) {
        const json input = population.input(world, seed + static_cast<std::uint64_t>(cycle), policy, 50);
        const json output =
            json::parse(run_cycle_json(input.dump(), world.loader(), population.known(), {.threads = 2}));
        // Nobody is lost: who was there is there, or has a transition that says why not.
        const std::size_t before = population.rows().size();
        population.apply(output);
        const std::size_t gone = output.at("report").at("discarded");
        EXPECT_EQ(population.rows().size(), before - gone + output.at("children").size());
        story.bred += output.at("children").size();
        story.discarded += gone;
        story.most_active = std::max(story.most_active, population.rows().size());
        if (cycle == 0) story.first_best = population.best();
    }
    story.last_best = population.best();
    return story;
}

TEST(EvolutionTest, FindsAPlantedEdge) {
    // Prices are pulled back to a trend: what the seeds do badly can be done well.
    World world;
    for (int i = 0; i < 3; ++i) {
        world.add(std::string(1, static_cast<char>('A' + i)), Timeframe::d1,
                  test::wobbling_bars(static_cast<std::uint64_t>(100 + i), 1000, 0.15));
    }
    const json policy{{"max_active", 40}, {"monte_carlo_resamples", 200}};
    for (const std::uint64_t seed : {1000u, 2000u}) {
        const Story story = evolve_for(20, world, seed, policy);
        EXPECT_GT(story.last_best, story.first_best + 0.02) << seed;
        EXPECT_GT(story.bred, 100u);
        EXPECT_GT(story.discarded, 50u);
        EXPECT_LE(story.most_active, 40u);
    }
}

TEST(EvolutionTest, NamesNeverGrowAndOwnersStay) {
    World world;
    world.add("A", Timeframe::d1, test::wobbling_bars(7, 500, 0.1));
    Population population = seeded();
    for (std::uint64_t cycle = 0; cycle < 8; ++cycle) {
        const json input = population.input(world, cycle, {{"max_active", 30}, {"monte_carlo_resamples", 50}}, 50);
        population.apply(json::parse(run_cycle_json(input.dump(), world.loader(), population.known(), {})));
    }
    bool grandchildren = false;
    for (const json& row : population.rows()) {
        const std::string name = row.at("name");
        EXPECT_EQ(name.substr(0, 5), "Seed ");
        EXPECT_LE(name.size(), std::string("Seed 10 #123456").size());
        // The owner is that of the seed the name begins with.
        const int number = std::stoi(name.substr(5));
        EXPECT_EQ(row.at("user_id"), test::test_uuid(900 + number % 3)) << name;
        grandchildren = grandchildren || row.at("generation") == 1;
    }
    EXPECT_TRUE(grandchildren);
}

}  // namespace
}  // namespace evolve
