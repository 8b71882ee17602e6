#include "work.hpp"

#include <algorithm>
#include <set>

#include "core/base/random.hpp"
#include "core/genetics/breed.hpp"
#include "core/ruleset/generate.hpp"

namespace evolve::bench {

Bars made_bars(std::size_t count) {
    Random random(1);
    Bars result;
    result.reserve(count);
    double price = 100;
    for (std::size_t t = 0; t < count; ++t) {
        const double open = price, close = price * (1 + 0.01 * (random.uniform() - 0.5));
        const double high = std::max(open, close) * (1 + 0.002 * random.uniform());
        const double low = std::min(open, close) * (1 - 0.002 * random.uniform());
        result.push_back({static_cast<Timestamp>(t) * 60 * microseconds_per_second, open, high, low, close,
                          1000 * random.uniform()});
        price = close;
    }
    return result;
}

std::vector<Crossover> crossovers(std::size_t count) {
    std::vector<Crossover> all;
    for (std::size_t slow = 250; slow >= 10; slow -= 5)
        for (std::size_t fast = 5; fast < slow; fast += 5) all.push_back({fast, slow});
    // Every so many of all pairs, so that all periods take part; beyond their number the pairs repeat.
    std::vector<Crossover> result;
    for (std::size_t i = 0; i < count; ++i)
        result.push_back(all[count <= all.size() ? i * all.size() / count : i % all.size()]);
    return result;
}

std::string ruleset_json(const Crossover& crossover) {
    const std::string a = "sma(close, " + std::to_string(crossover.fast) + ")",
                      b = "sma(close, " + std::to_string(crossover.slow) + ")";
    return R"j({"entry": ")j" + a + " crosses above " + b + R"j(", "exit": ")j" + a + " crosses below " + b + R"j("})j";
}

std::vector<OscillatorRule> oscillators(std::size_t count) {
    std::vector<OscillatorRule> result;
    for (std::size_t i = 0; i < count; ++i) {
        OscillatorRule rule;
        rule.rsi_period = 8 + 3 * (i % 5);
        rule.band_period = 15 + 5 * (i / 5 % 5);
        const std::size_t levels = i / 25;
        rule.rsi_below = 25;
        rule.stop = 1.5 + 0.5 * static_cast<double>(levels % 4);
        rule.target = 3 + static_cast<double>(levels % 7);
        result.push_back(rule);
    }
    return result;
}

std::string ruleset_json(const OscillatorRule& rule) {
    const auto number = [](double value) { return std::to_string(value); };
    return R"j({"entry": "rsi(close, )j" + std::to_string(rule.rsi_period) + ") < " + number(rule.rsi_below) +
           R"j(", "exit": "close > bbands(close, )j" + std::to_string(rule.band_period) + ", " +
           number(rule.deviations) + R"j(, 2).upper", "stop_loss": {"atr": )j" + number(rule.stop) +
           R"j(, "period": 14}, "take_profit": {"atr": )j" + number(rule.target) + R"j(, "period": 14}})j";
}

std::vector<Ruleset> random_population(std::size_t count) {
    std::vector<Ruleset> result;
    Random random(20);
    while (result.size() < count) result.push_back(random_ruleset(random, {.nodes = 20}));
    return result;
}

std::vector<Ruleset> evolved_population(std::size_t count) {
    std::vector<Parent> pool;
    Random random(21);
    const auto add = [&](const Ruleset& ruleset) {
        const std::string id = std::to_string(pool.size());
        pool.push_back({.id = id, .fingerprint = id, .ruleset = ruleset, .score = random.uniform()});
    };
    for (const Ruleset& founder : random_population(50)) add(canonical(founder));
    const std::set<std::string> none;
    while (pool.size() < count + 50) {
        const auto child = breed(
            pool, random.below(pool.size()), {}, {}, {}, [](const std::string&) { return false; }, none,
            random.split(pool.size()));
        if (child) add(child->ruleset);
    }
    std::vector<Ruleset> result;
    for (std::size_t i = 50; i < pool.size(); ++i) result.push_back(pool[i].ruleset);
    return result;
}

}  // namespace evolve::bench
