// The engine on whole populations, each beside the same work done another way: results are compared first, then times,
// taken in turns in one run. Prints a table; `population_bench counted` does a small part once, for counting
// instructions, and prints a hash of the results.
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/parallel.hpp"
#include "core/engine/population.hpp"
#include "core/metrics/measure.hpp"
#include "core/simd/kernels.hpp"
#include "work.hpp"

namespace evolve::bench {
namespace {

using Work = std::function<void()>;

double seconds_of(const Work& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The least of several times of each: what the work takes when nothing else disturbs it. In turns, so that a machine
// that slows down slows both.
struct Times {
    double first = std::numeric_limits<double>::infinity(), second = first;
};
Times in_turns(const Work& first, const Work& second, int rounds) {
    Times best;
    for (int i = 0; i < rounds; ++i) {
        best.first = std::min(best.first, seconds_of(first));
        best.second = std::min(best.second, seconds_of(second));
    }
    return best;
}

void keep_least(Times& best, const Times& more) {
    best.first = std::min(best.first, more.first);
    best.second = std::min(best.second, more.second);
}

Control with_threads(unsigned threads) { return {.poll = nullptr, .threads = threads}; }

std::vector<Metrics> measured(std::span<const Ruleset> population, const Bars& bars, MetricSet wanted,
                              const Control& control) {
    std::vector<Metrics> results(population.size());
    measure_many(population, bars.view(), {}, wanted, control,
                 [&](std::size_t i, const Metrics& metrics) { results[i] = metrics; });
    return results;
}

int failures = 0;

void compare(const char* what, double ours, double theirs, std::size_t index) {
    const bool same =
        std::isnan(ours) ? !std::isfinite(theirs) : std::fabs(ours - theirs) <= 1e-9 * std::max(1.0, std::fabs(theirs));
    if (same) return;
    if (failures++ < 10) std::printf("DIFFERENT %s of %zu: %.17g, by hand %.17g\n", what, index, ours, theirs);
}

void compare(const Metrics& ours, const Outcome& theirs, std::size_t index) {
    compare("final_equity", ours.final_equity, theirs.final_equity, index);
    compare("total_return", ours.total_return, theirs.total_return, index);
    compare("volatility", ours.volatility, theirs.volatility, index);
    compare("sharpe_ratio", ours.sharpe_ratio, theirs.sharpe_ratio, index);
    compare("sortino_ratio", ours.sortino_ratio, theirs.sortino_ratio, index);
    compare("max_drawdown", ours.max_drawdown, theirs.max_drawdown, index);
    compare("exposure", ours.exposure, theirs.exposure, index);
    compare("total_trades", static_cast<double>(ours.total_trades), theirs.total_trades, index);
    compare("win_rate", ours.win_rate, theirs.win_rate, index);
    compare("profit_factor", ours.profit_factor, theirs.profit_factor, index);
    compare("expectancy", ours.expectancy, theirs.expectancy, index);
    compare("fees_paid", ours.fees_paid, theirs.fees_paid, index);
}

void compare(const std::vector<Metrics>& ours, const std::vector<Metrics>& theirs) {
    for (std::size_t i = 0; i < ours.size(); ++i)
        for (const MetricField& field : metric_fields())
            if (field.number != nullptr)
                compare(std::string(field.name).c_str(), ours[i].*field.number, theirs[i].*field.number, i);
}

void line(const char* work, double amount, double ours, double theirs, const char* beside, double goal, bool at_least) {
    const double ratio = at_least ? theirs / ours : ours / theirs;
    std::printf("%-46s %8.0f M/s %8.0f M/s %7.2f  %s %.2f  %s  %s\n", work, amount / ours / 1e6, amount / theirs / 1e6,
                ratio, at_least ? ">=" : "<=", goal, (at_least ? ratio >= goal : ratio <= goal) ? "met " : "MISSED",
                beside);
    std::fflush(stdout);
}

// Work (a) or (b): rulesets from JSON against loops by hand.
template <class Rule, class Hand>
struct Case {
    const Bars& bars;
    std::vector<Rule> rules;
    Hand hand;
    std::vector<std::string> texts{};
    std::vector<Outcome> outcomes{};
    std::vector<Metrics> metrics{};

    Case(const Bars& given, std::vector<Rule> of, Hand by) : bars(given), rules(std::move(of)), hand(by) {
        for (const Rule& rule : rules) texts.push_back(ruleset_json(rule));
        outcomes.resize(rules.size());
    }
    double amount() const { return static_cast<double>(rules.size()) * static_cast<double>(bars.size()); }
    void ours(unsigned threads) {
        const Team team(with_threads(threads));
        metrics = measured(parse_rulesets(texts, {}, team.control()), bars, basic_metrics(), team.control());
    }
    void theirs(unsigned threads = 1) {
        const auto share = [&](unsigned thread) {
            for (std::size_t i = thread; i < rules.size(); i += threads) outcomes[i] = hand(rules[i]);
        };
        std::vector<std::thread> others;
        for (unsigned thread = 1; thread < threads; ++thread) others.emplace_back(share, thread);
        share(0);
        for (std::thread& other : others) other.join();
    }
    void check() {
        ours(1);
        theirs();
        for (std::size_t i = 0; i < rules.size(); ++i) compare(metrics[i], outcomes[i], i);
    }
};

auto crossover_case(const Bars& bars, std::size_t count) {
    const auto hand = [&bars](const Crossover& rule) { return hand_crossover(bars.view(), rule.fast, rule.slow, {}); };
    return Case<Crossover, decltype(hand)>(bars, crossovers(count), hand);
}

auto oscillator_case(const Bars& bars, std::size_t count) {
    const auto hand = [&bars](const OscillatorRule& rule) { return hand_oscillator(bars.view(), rule, {}); };
    return Case<OscillatorRule, decltype(hand)>(bars, oscillators(count), hand);
}

std::size_t peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) / 1024;
}

void share_line(const char* name, std::span<const Ruleset> population) {
    const Sharing sharing = sharing_of(population);
    std::printf("%s: %zu steps one by one, %zu together: %.0f %% saved\n", name, sharing.separate_steps, sharing.steps,
                100 * (1 - static_cast<double>(sharing.steps) / static_cast<double>(sharing.separate_steps)));
}

void population_lines(const char* name, const std::vector<Ruleset>& population, const Bars& bars, int rounds) {
    share_line(name, population);
    std::vector<Metrics> together, alone(population.size());
    const Work ours = [&] { together = measured(population, bars, basic_metrics(), {}); };
    const Work theirs = [&] {
        for (std::size_t i = 0; i < population.size(); ++i)
            alone[i] = compute_metrics(backtest(population[i], bars.view(), {}), bars.view(), {}, 0, bars.size(),
                                       basic_metrics(), {});
    };
    ours();
    theirs();
    compare(together, alone);
    const Times times = in_turns(ours, theirs, rounds);
    const double amount = static_cast<double>(population.size()) * static_cast<double>(bars.size());
    line(name, amount, times.first, times.second, "one by one", 5, true);
    const Times threads =
        in_turns([&] { together = measured(population, bars, basic_metrics(), with_threads(2)); }, ours, rounds);
    line("    2 threads", amount, threads.first, threads.second, "one thread", 1.8, true);
}

template <class Case>
void case_lines(const char* name, Case& one, double goal, int rounds) {
    one.check();
    const Times times = in_turns([&] { one.ours(1); }, [&] { one.theirs(); }, rounds);
    line(name, one.amount(), times.first, times.second, "hand-fused loop", goal, true);
    // The loop needs nothing but processors: what two threads of it gain is all that the machine has to give.
    Times threads, loop;
    for (int i = 0; i < 2 * rounds; ++i) {
        keep_least(threads, in_turns([&] { one.ours(2); }, [&] { one.ours(1); }, 1));
        keep_least(loop, in_turns([&] { one.theirs(2); }, [&] { one.theirs(1); }, 1));
    }
    line("    2 threads", one.amount(), threads.first, threads.second, "one thread", 1.8, true);
    std::printf("%-46s %8.0f M/s %8.0f M/s %7.2f  the most that this machine gave\n",
                "    2 threads of the hand-fused loop", one.amount() / loop.first / 1e6,
                one.amount() / loop.second / 1e6, loop.second / loop.first);
}

// With indicators warm: what more strategies on the same indicators cost.
void warm_line(const Bars& bars, int rounds) {
    auto few = oscillator_case(bars, 100), many = oscillator_case(bars, 700);
    many.check();
    const std::vector<Ruleset> few_rules = parse_rulesets(few.texts), many_rules = parse_rulesets(many.texts);
    Times times;
    double by_hand = times.first;
    for (int i = 0; i < rounds; ++i) {
        times.first =
            std::min(times.first, seconds_of([&] { few.metrics = measured(few_rules, bars, basic_metrics(), {}); }));
        times.second =
            std::min(times.second, seconds_of([&] { many.metrics = measured(many_rules, bars, basic_metrics(), {}); }));
        by_hand = std::min(by_hand, seconds_of([&] { few.theirs(); }) / few.amount());
    }
    const double amount = many.amount() - few.amount();
    line("    indicators warm", amount, times.second - times.first, by_hand * amount, "hand-fused loop", 8, true);
}

// Cost of a strategy's bar as bars or strategies grow tenfold.
template <class Make>
void growth_lines(const char* name, Make make, const Bars& bars, const Bars& more_bars, std::size_t count, int rounds) {
    auto base = make(bars, count), longer = make(more_bars, count), larger = make(bars, 10 * count);
    const Times by_bars = in_turns([&] { longer.ours(1); }, [&] { base.ours(1); }, rounds);
    std::printf("%s, 10 x bars:       cost of a strategy-bar x %.2f (<= 1.30)\n", name,
                by_bars.first / longer.amount() / (by_bars.second / base.amount()));
    const Times by_rules = in_turns([&] { larger.ours(1); }, [&] { base.ours(1); }, rounds);
    std::printf("%s, 10 x strategies: cost of a strategy-bar x %.2f (<= 1.30)\n", name,
                by_rules.first / larger.amount() / (by_rules.second / base.amount()));
    std::fflush(stdout);
}

// A little of everything, always on the same path, and what came out of it: exact sums, nothing from the C library's
// functions, so that every machine and compiler gives the same.
void counted() {
    const Kernels* path = available_kernels().front();
    for (const Kernels* one : available_kernels())
        if (one->name == "baseline") path = one;
    use_kernels(path);
    const Bars bars = made_bars(10'000);
    std::vector<Ruleset> population = random_population(40);
    for (const Crossover& rule : crossovers(100)) population.push_back(parse_ruleset(ruleset_json(rule)));
    for (const OscillatorRule& rule : oscillators(100)) population.push_back(parse_ruleset(ruleset_json(rule)));
    constexpr std::string_view names[] = {"final_equity",  "total_return", "volatility",   "sharpe_ratio",
                                          "sortino_ratio", "max_drawdown", "total_trades", "win_rate",
                                          "profit_factor", "expectancy",   "exposure",     "fees_paid"};
    const MetricSet wanted = metric_set(names);
    std::uint64_t hash = 0xCBF29CE484222325u;
    for (const Metrics& metrics : measured(population, bars, wanted, {})) {
        for (const MetricField& field : metric_fields()) {
            const double value = field.number != nullptr ? metrics.*field.number : 0;
            const std::uint64_t bits = field.number == nullptr ? static_cast<std::uint64_t>(metrics.*field.count)
                                       : std::isnan(value)     ? 1
                                                               : std::bit_cast<std::uint64_t>(value);
            hash = (hash ^ bits) * 0x100000001B3u;
            hash ^= hash >> 29;
        }
    }
    std::printf("path %s\nresults %016llx\n", std::string(path->name).c_str(), static_cast<unsigned long long>(hash));
}

void growth(int rounds) {
    const Bars bars = made_bars(100'000), more = made_bars(1'000'000);
    growth_lines("(h) crosses", crossover_case, bars, more, 200, rounds);
    growth_lines("(h) RSI, Bollinger, ATR", oscillator_case, bars, more, 100, rounds);
}

void all(int rounds) {
    const Bars bars = made_bars(100'000);
    std::printf("vector path: %s\n", std::string(kernels().name).c_str());
    std::printf("%-46s %12s %12s %7s  %s\n", "work (strategy-bars a second)", "engine", "beside", "ratio", "goal");
    {
        auto one = crossover_case(bars, 1000);
        case_lines("(a) 1,000 crosses of 50 averages", one, 2.0, rounds);
    }
    {
        auto one = oscillator_case(bars, 100);
        case_lines("(b) 100 of RSI, Bollinger, ATR levels", one, 2.5, rounds);
        warm_line(bars, rounds);
    }
    population_lines("(c) 1,000 random rulesets", random_population(1000), bars, 1);
    population_lines("(c) 1,000 evolved rulesets", evolved_population(1000), bars, 1);
    std::printf("(g) peak memory of (a) to (c): %zu MB (<= 150)\n", peak_megabytes());
    growth(rounds);
}

}  // namespace
}  // namespace evolve::bench

int main(int count, char** arguments) {
    using namespace evolve::bench;
    const std::string_view what = count > 1 ? arguments[1] : "all";
    if (what == "counted") {
        counted();
    } else if (what == "crosses" || what == "levels") {  // one work alone, for a profiler
        const evolve::Bars bars = made_bars(100'000);
        if (what == "crosses") {
            auto one = crossover_case(bars, 1000);
            case_lines("(a)", one, 2.0, 5);
        } else {
            auto one = oscillator_case(bars, 100);
            case_lines("(b)", one, 2.5, 5);
            warm_line(bars, 5);
        }
    } else if (what == "growth") {
        growth(5);
    } else if (what == "long") {
        const evolve::Bars bars = made_bars(1'000'000);
        auto one = crossover_case(bars, 200);
        case_lines("(h) 200 crosses, 1,000,000 bars", one, 2.0, 2);
    } else if (what == "random" || what == "evolved") {
        const evolve::Bars bars = made_bars(100'000);
        population_lines("(c)", what == "random" ? random_population(1000) : evolved_population(1000), bars, 1);
    } else {
        all(5);
    }
    return failures == 0 ? 0 : 1;
}
