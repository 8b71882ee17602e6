#include "core/metrics/measure.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "core/base/parallel.hpp"
#include "core/engine/compile.hpp"
#include "core/engine/population.hpp"
#include "core/metrics/lookup.hpp"
#include "core/metrics/parts.hpp"

namespace evolve {
namespace {

// What measure_many() is asked for.
struct Request {
    const BarsView& bars;
    const BacktestOptions& options;
    MetricSet wanted;
    const Control& control;
};

using Consume = std::function<void(std::size_t, const Metrics&)>;

// Measures one ruleset by looking up while it is simulated, and keeps nothing of its journal. Where that is not exact,
// it is left over.
class Looking : public Follower {
public:
    Looking(std::size_t ruleset, const Request& request, const SeriesIndex& index, const Consume& consume,
            const std::function<void(std::size_t)>& leave_over)
        : ruleset_(ruleset),
          consume_(consume),
          leave_over_(leave_over),
          lookup_(index, request.bars, request.options, request.wanted, request.control) {}

    std::size_t look(Journal& journal) override {
        const std::size_t open = !journal.trades.empty() && journal.trades.back().is_open() ? 1 : 0;
        const auto closed = journal.trades.end() - static_cast<std::ptrdiff_t>(open);
        lookup_.look(journal.holdings, {journal.trades.begin(), closed});
        journal.holdings.clear();
        journal.trades.erase(journal.trades.begin(), closed);
        return lookup_.bytes();
    }
    bool takes_round_trips() const override { return true; }
    void pass(const Round& round, std::span<const RoundTrip> trips) override {
        const Lookup::Stretch over = lookup_.stretch(round.entry_bar, round.exit_bar);
        for (const RoundTrip& trip : trips) static_cast<Looking*>(trip.follower)->lookup_.pass(round, trip, over);
    }
    void finish(Journal&& journal) override {
        lookup_.look(journal.holdings, journal.trades);
        const std::optional<Metrics> metrics = lookup_.finish();
        metrics ? consume_(ruleset_, *metrics) : leave_over_(ruleset_);
    }

private:
    std::size_t ruleset_;
    const Consume& consume_;
    const std::function<void(std::size_t)>& leave_over_;
    Lookup lookup_;
};

}  // namespace

bool can_look_up(MetricSet wanted, const BacktestOptions& options) {
    const MetricGroups& groups = metric_groups();
    const MetricSet by_bar = groups.tails | groups.drawdown_path | groups.higher_moments |
                             (options.benchmark.empty() ? MetricSet{0} : groups.benchmark);
    return (wanted & by_bar) == 0;
}

namespace {

// From every bar's equity. `of` numbers the rulesets.
void measure_by_bar(std::span<const Ruleset> population, std::span<const std::size_t> of, const Request& request,
                    const Control& memory, const Consume& consume) {
    const auto measure = [&](std::size_t i, Journal&& journal) {
        const auto& [bars, options, wanted, control] = request;
        const Backtest run = with_bars(std::move(journal), bars, control);
        consume(of[i], compute_metrics(run, bars, options, 0, bars.size(), wanted, control));
    };
    run_population(population, request.bars, request.options, memory, follow_to_the_end(measure));
}

}  // namespace

void measure_many(std::span<const Ruleset> population, BarsView bars, const BacktestOptions& options, MetricSet wanted,
                  const Control& given, const std::function<void(std::size_t, const Metrics&)>& consume) {
    const Team team(given);
    const Control& control = team.control();
    check_options(options, bars.size());
    if (bars.empty() || population.empty()) {
        compile(population);  // a ruleset that is wrong is wrong without bars too
        for (std::size_t i = 0; i < population.size(); ++i) consume(i, {});
        return;
    }
    const Request request{bars, options, wanted, control};
    std::optional<SeriesIndex> index;
    Control rest = control;
    if (can_look_up(wanted, options)) {
        const std::size_t half = control.memory_limit / 2;
        const auto sums =
            SeriesIndex::bytes(bars.size(), wanted) < half ? SeriesIndex::Sums::kept : SeriesIndex::Sums::made_again;
        index.emplace(bars, options, wanted, control, sums);
        rest.memory_limit -= std::min(half, SeriesIndex::bytes(bars.size(), wanted, sums));
    }
    std::vector<std::size_t> left_over;
    if (index && bars.size() >= 2 && index->usable()) {
        std::mutex guard;
        const std::function<void(std::size_t)> leave_over = [&](std::size_t i) {
            const std::scoped_lock lock(guard);
            left_over.push_back(i);
        };
        run_population(population, bars, options, rest, [&](std::size_t i) {
            return std::make_unique<Looking>(i, request, *index, consume, leave_over);
        });
        std::sort(left_over.begin(), left_over.end());
    } else {
        for (std::size_t i = 0; i < population.size(); ++i) left_over.push_back(i);
    }
    if (left_over.size() == population.size()) return measure_by_bar(population, left_over, request, rest, consume);
    std::vector<Ruleset> again;
    again.reserve(left_over.size());
    for (const std::size_t i : left_over) again.push_back(population[i]);
    measure_by_bar(again, left_over, request, rest, consume);
}

}  // namespace evolve
