#include "core/lifecycle/evaluate.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>

#include "core/base/parallel.hpp"

namespace evolve {
namespace {

Range range_of(const Job& job, std::size_t slot, const SeriesStore& store) {
    if (job.ranges.empty()) return {.first = 0, .count = store.at(job.markets[slot]).bars.size()};
    return job.ranges[slot];
}

// Equity and position of every bar are kept until the job is judged.
std::size_t bytes_of(const Job& job, const SeriesStore& store) {
    std::size_t bars = 0;
    for (std::size_t slot = 0; slot < job.markets.size(); ++slot) bars += range_of(job, slot, store).count;
    return bars * 2 * sizeof(double);
}

struct Place {
    std::size_t job, slot;
};
// What is compiled together: one market, one range of its bars.
struct Group {
    std::size_t market, first, count;
    friend auto operator<=>(const Group&, const Group&) = default;  // NOLINT(modernize-use-nullptr): not about pointers
};

class Batch {
public:
    Batch(std::span<const Job> jobs, const SeriesStore& store, const Control& control)
        : jobs_(jobs), store_(store), control_(control), runs_(jobs.size()), problems_(jobs.size()) {
        for (std::size_t job = 0; job < jobs.size(); ++job) {
            runs_[job].resize(jobs[job].markets.size());
            for (std::size_t slot = 0; slot < jobs[job].markets.size(); ++slot) {
                const Range range = range_of(jobs[job], slot, store);
                groups_[{.market = jobs[job].markets[slot], .first = range.first, .count = range.count}].push_back(
                    {.job = job, .slot = slot});
            }
        }
    }

    void run() {
        for (const auto& [group, places] : groups_) run(group, places);
    }
    // Handed over, so that they are freed as soon as the job is judged.
    std::vector<SeriesRun> runs(std::size_t job) { return std::move(runs_[job]); }
    const std::string& problem(std::size_t job) const { return problems_[job]; }

private:
    void run(const Group& group, const std::vector<Place>& places) {
        const LoadedSeries& series = store_.at(group.market);
        const BarsView bars = series.bars.slice(group.first, group.count);
        std::vector<Ruleset> population;
        population.reserve(places.size());
        for (const Place& place : places) population.push_back(jobs_[place.job].ruleset);
        const auto keep = [&](std::size_t index, Backtest&& result) {
            const Place& place = places[index];
            runs_[place.job][place.slot] = {.run = std::move(result),
                                            .bars = bars,
                                            .timeframe = series.market.timeframe,
                                            .options = series.options};
        };
        try {
            backtest_many(population, bars, series.options, control_, keep);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::limit_exceeded) throw;
            // One of them is too large: that one is reported, the others still run.
            for (std::size_t i = 0; i < places.size(); ++i) run_alone(population[i], series, bars, places[i]);
        }
    }

    void run_alone(const Ruleset& ruleset, const LoadedSeries& series, BarsView bars, const Place& place) {
        try {
            runs_[place.job][place.slot] = {.run = backtest(ruleset, bars, series.options, control_),
                                            .bars = bars,
                                            .timeframe = series.market.timeframe,
                                            .options = series.options};
        } catch (const Error& error) {
            if (error.code() != ErrorCode::limit_exceeded) throw;
            problems_[place.job] = series.market.symbol + ": " + error.message();
        }
    }

    std::span<const Job> jobs_;
    const SeriesStore& store_;
    const Control& control_;
    std::map<Group, std::vector<Place>> groups_{};
    std::vector<std::vector<SeriesRun>> runs_;
    std::vector<std::string> problems_;
};

}  // namespace

void run_jobs(std::span<const Job> jobs, const SeriesStore& store, const Control& given, const Judge& judge) {
    const Team team(given);
    const Control& control = team.control();
    // Half of the memory for results that wait to be judged, half for the engine's columns.
    Control halved = control;
    halved.memory_limit = control.memory_limit - control.memory_limit / 2;
    std::atomic<std::size_t> judged = 0;
    control.tell("testing", 0, jobs.size());
    for (std::size_t first = 0; first < jobs.size();) {
        std::size_t last = first, bytes = 0;
        while (last < jobs.size()) {
            bytes += bytes_of(jobs[last], store);
            if (last > first && bytes > control.memory_limit / 2) break;
            ++last;
        }
        Batch batch(jobs.subspan(first, last - first), store, halved);
        batch.run();
        parallel_for(last - first, control, [&](std::size_t i) {
            judge(first + i, batch.runs(i), batch.problem(i));
            control.tell("testing", ++judged, jobs.size());
        });
        first = last;
    }
}

Assessment assess(std::span<const SeriesRun> runs, std::span<const std::size_t> markets, const Policy& policy,
                  const Random& random, const Control& control) {
    Assessment result;
    std::vector<Range> train, test;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Split split = train_test_split(runs[i].bars.size(), policy.train_share);
        train.push_back(split.train);
        test.push_back(split.test);
        result.symbols.push_back(
            {.market = markets[i], .metrics = compute_metrics(runs[i].run, runs[i].bars, runs[i].options, control)});
    }
    Measurements& measured = result.measured;
    measured.metrics = pooled_metrics(runs, control);
    measured.train = pooled_metrics(runs, train, control);
    measured.test = pooled_metrics(runs, test, control);
    measured.overfitted = overfitted(measured.train, measured.test, policy);
    measured.symbols = runs.size();
    for (const SymbolResult& symbol : result.symbols) {
        if (symbol.metrics.total_return > 0) ++measured.profitable_symbols;
    }
    control.check();
    result.walk_forward = walk_forward(runs, policy.walk_forward_plan(), control);
    result.monte_carlo = monte_carlo(pooled_account_returns(runs),
                                     static_cast<std::size_t>(policy.monte_carlo_resamples), random, control);
    result.score = score(score_input(measured.metrics, result.walk_forward, result.monte_carlo), policy);
    measured.score = result.score.score;
    return result;
}

std::uint64_t stream_of(const std::string& fingerprint) {
    std::uint64_t stream = 0;
    std::from_chars(fingerprint.data(), fingerprint.data() + std::min<std::size_t>(fingerprint.size(), 16), stream, 16);
    return stream;
}

}  // namespace evolve
