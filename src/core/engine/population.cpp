#include "core/engine/population.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "core/base/parallel.hpp"
#include "core/engine/compile.hpp"
#include "core/engine/decisions.hpp"
#include "core/engine/evaluate.hpp"
#include "core/engine/side_by_side.hpp"
#include "core/engine/slices.hpp"
#include "core/engine/stream.hpp"

namespace evolve {
namespace {

// Rulesets evaluated together at most: their bitmaps should stay in the cache.
constexpr std::size_t most_together = 256;
// Rules that go over the bars side by side, a stretch of bars after the other; fewer when their journals, and what
// their followers keep of them, are together longer than this.
constexpr std::size_t side_by_side = 64;
constexpr std::size_t stretch = 4096;
constexpr std::size_t most_journal_bytes = std::size_t{8} << 20;
// Columns that comparisons may hold where memory is plenty.
constexpr std::size_t columns_at_hand = 36;

std::size_t bytes_of(const Journal& journal) {
    return journal.trades.size() * sizeof(Trade) + journal.holdings.size() * sizeof(Holding);
}

[[noreturn]] void throw_too_large(std::size_t needed, std::size_t limit, std::size_t bars) {
    const auto megabytes = [](std::size_t bytes) { return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MB"; };
    throw Error(ErrorCode::limit_exceeded,
                "one ruleset on " + std::to_string(bars) + " bars needs " + megabytes(needed) +
                    " of working memory, the limit is " + megabytes(limit),
                {}, "Raise the memory limit, use fewer bars or a simpler ruleset.");
}

RuleValues values_of(const Rule& rule, const Evaluation& evaluation) {
    const auto bits = [&](StepId step) {
        return step == no_step ? std::span<const std::uint64_t>{} : evaluation.bitmap(step);
    };
    const auto atr = [&](const std::optional<LevelRule>& level) {
        return !level || level->atr == no_step ? std::span<const double>{} : evaluation.column(level->atr);
    };
    return {.long_entry = bits(rule.long_entry),
            .long_exit = bits(rule.long_exit),
            .short_entry = bits(rule.short_entry),
            .short_exit = bits(rule.short_exit),
            .stop_atr = atr(rule.stop_loss),
            .target_atr = atr(rule.take_profit),
            .trailing_atr = atr(rule.trailing_stop)};
}

class Run {
public:
    Run(std::span<const Ruleset> population, const BarsView& bars, const BacktestOptions& options,
        const Control& control, const Follow& follow)
        : population_(population),
          bars_(bars),
          options_(options),
          control_(control),
          follow_(follow),
          program_(compile(population)),
          workspace_(bars.size()) {
        if (std::any_of(program_.rules.begin(), program_.rules.end(), needs_ranges)) ranges_.emplace(bars_, control_);
        for (const Rule& rule : program_.rules) roots_.push_back(roots_of({&rule, 1}));
    }

    void all();

private:
    std::size_t column_bytes() const { return bars_.size() * sizeof(double); }
    std::size_t bitmap_bytes() const { return bitmap_words(bars_.size()) * sizeof(std::uint64_t); }
    struct Part {
        std::size_t first, last;               // rules
        std::vector<StepId> streamed, others;  // their comparisons
    };
    Part part_from(std::size_t first) const;
    bool columns_fit(std::span<const StepId> steps) const;
    void run_part(Part part);
    void run_rules(std::size_t first, std::size_t count, const Store& given, const Control& control);
    void alone(std::size_t rule);
    struct Way {
        Simulation simulation;
        Journal& journal;
        std::unique_ptr<Follower> follower;
    };
    void go_side_by_side(std::span<Way> ways, std::size_t until) const;
    // Those of the rules, which belong to the rulesets from `first` on, that `places` names.
    void simulate_rules(std::span<const Rule> rules, std::size_t first, std::span<const std::uint32_t> places,
                        const Evaluation& evaluation) const;

    std::span<const Ruleset> population_;
    const BarsView& bars_;
    const BacktestOptions& options_;
    const Control& control_;
    const Follow& follow_;
    Program program_;
    Workspace workspace_;
    std::optional<PriceRanges> ranges_;
    std::vector<std::vector<StepId>> roots_;  // by rule
    std::vector<std::uint8_t> streams_;       // by step: a comparison that is streamed
};

void Run::all() {
    streams_ = find_streamable(program_, bars_);
    for (std::size_t first = 0; first < population_.size();) {
        const Part part = part_from(first);
        run_part(part);
        first = part.last;
    }
}

// Whether all results of indicators that these steps need fit into what the slices of a run share.
bool Run::columns_fit(std::span<const StepId> steps) const {
    const std::size_t room = Slices::shared_part(control_) / column_bytes();
    std::vector<std::uint8_t> seen(program_.steps.size(), 0);
    std::vector<StepId> open(steps.begin(), steps.end());
    std::size_t columns = 0;
    while (!open.empty()) {
        const StepId id = open.back();
        open.pop_back();
        if (seen[id] != 0) continue;
        seen[id] = 1;
        if (program_.steps[id].kind == Step::Kind::output && ++columns > room) return false;
        for (const Operand operand : program_.steps[id].args)
            if (seen[operand.step] == 0) open.push_back(operand.step);
    }
    return true;
}

// The rules from `first` on for whose comparisons there is room: one at least. Those that are streamed need no memory
// but for their bits.
Run::Part Run::part_from(std::size_t first) const {
    const std::size_t room_streamed = control_.memory_limit / 5 * 2 / bitmap_bytes(),
                      room_others = control_.memory_limit / 12 / bitmap_bytes();
    std::vector<std::uint8_t> seen(program_.steps.size(), 0);
    Part part{.first = first, .last = first, .streamed = {}, .others = {}};
    for (; part.last < population_.size(); ++part.last) {
        control_.check();
        std::vector<StepId> more;
        add_comparisons(program_, roots_[part.last], seen, more);
        const auto others = std::partition(more.begin(), more.end(), [&](StepId id) { return streams_[id] != 0; });
        const auto streamed_count = static_cast<std::size_t>(others - more.begin()), count = more.size();
        if (part.streamed.size() + streamed_count > room_streamed ||
            part.others.size() + (count - streamed_count) > room_others)
            break;
        part.streamed.insert(part.streamed.end(), more.begin(), others);
        part.others.insert(part.others.end(), others, more.end());
    }
    part.last = std::max(part.last, first + 1);
    std::sort(part.streamed.begin(), part.streamed.end());
    std::sort(part.others.begin(), part.others.end());
    return part;
}

void Run::run_part(Part part) {
    if (part.last - part.first == 1) part.streamed.clear();
    if (part.last - part.first == 1 || columns_fit(part.others))
        part.others.clear();  // every column is made once anyway
    Control rest = control_;
    rest.memory_limit -= (part.streamed.size() + part.others.size()) * bitmap_bytes();
    // With some columns at hand, comparisons come in an order that hardly ever needs one twice.
    Control less = rest;
    less.memory_limit = std::min(rest.memory_limit, std::max(rest.memory_limit / 8, columns_at_hand * column_bytes()));
    const Decisions decisions(program_, part.streamed, part.others, bars_, workspace_, less);
    run_rules(part.first, part.last - part.first, decisions.values(), rest);
}

void Run::run_rules(std::size_t first, std::size_t count, const Store& given, const Control& control) {
    const auto rules = std::span(program_.rules).subspan(first, count);
    const bool alike = std::ranges::all_of(rules, [&](const Rule& rule) { return is_plain(rule, options_); });
    Slices slices(program_, bars_, workspace_, control, std::span(roots_).subspan(first, count), given, most_together,
                  alike);
    const auto left_over = slices.run([&](std::span<const std::uint32_t> places, Evaluation& evaluation) {
        simulate_rules(rules, first, places, evaluation);
    });
    for (const std::uint32_t rule : left_over) alone(first + rule);
}

// One ruleset with all the memory there is, compiled by itself: the population's order of steps may keep values longer
// than its own does.
void Run::alone(std::size_t rule) {
    const Program program = compile(population_.subspan(rule, 1));
    const Schedule schedule = make_schedule(program, roots_of(program.rules), bars_.size(), control_.memory_limit);
    if (schedule.peak_bytes > control_.memory_limit)
        throw_too_large(schedule.peak_bytes, control_.memory_limit, bars_.size());
    Control control = control_;
    control.threads = 1;
    const std::uint32_t only = 0;
    simulate_rules(program.rules, rule, {&only, 1}, Evaluation(program, schedule, bars_, workspace_, control));
}

void Run::simulate_rules(std::span<const Rule> rules, std::size_t first, std::span<const std::uint32_t> places,
                         const Evaluation& evaluation) const {
    const PriceRanges* ranges = ranges_ ? &*ranges_ : nullptr;
    std::vector<std::uint32_t> sorted(places.begin(), places.end());
    std::ranges::sort(sorted, {}, [&](std::uint32_t place) {
        const Rule& rule = rules[place];
        return std::tuple(rule.long_entry, rule.short_entry, rule.long_exit, rule.short_exit, rule.max_bars, place);
    });
    places = sorted;
    std::vector<Journal> journals(std::min(places.size(), side_by_side));
    for (std::size_t begin = 0; begin < places.size(); begin += side_by_side) {
        const auto together = places.subspan(begin, std::min(side_by_side, places.size() - begin));
        std::vector<Way> ways;
        ways.reserve(together.size());
        for (const std::uint32_t place : together) {
            Journal& journal = journals[ways.size()];
            std::unique_ptr<Follower> follower = follow_(first + place);
            Follower* const taker = follower->takes_round_trips() ? follower.get() : nullptr;
            ways.push_back(
                {{rules[place], values_of(rules[place], evaluation), bars_, ranges, options_, control_, journal, taker},
                 journal,
                 std::move(follower)});
        }
        go_side_by_side(ways, 0);
    }
}

// From bar `until` on, before which all is done: a stretch of the bars after the other, so that all rules find it in
// the cache. Where they come to keep much, one half is finished before the other goes on.
void Run::go_side_by_side(std::span<Way> ways, std::size_t until) const {
    std::vector<Simulation*> simulations;
    for (Way& way : ways) simulations.push_back(&way.simulation);
    SideBySide together(simulations);
    while (until < bars_.size() && ways.size() > 1) {
        until = std::min(until + stretch, bars_.size());
        together.advance(until);
        std::size_t bytes = 0;
        for (Way& way : ways) {
            control_.check();
            bytes += way.follower->look(way.journal) + bytes_of(way.journal);
        }
        if (bytes < most_journal_bytes || until == bars_.size()) continue;
        const std::size_t half = ways.size() / 2;
        go_side_by_side(ways.first(half), until);
        return go_side_by_side(ways.subspan(half), until);
    }
    for (Way& way : ways) {
        control_.check();
        way.simulation.finish();
        const bool large = bytes_of(way.journal) > most_journal_bytes / side_by_side;
        way.follower->finish(std::move(way.journal));
        if (large) way.journal = {};
    }
}

class Finisher : public Follower {
public:
    using Work = std::function<void(std::size_t, Journal&&)>;
    Finisher(std::size_t index, const Work& work) : index_(index), work_(work) {}
    void finish(Journal&& journal) override { work_(index_, std::move(journal)); }

private:
    std::size_t index_;
    const Work& work_;
};

}  // namespace

Follow follow_to_the_end(std::function<void(std::size_t, Journal&&)> finish) {
    return [work = std::make_shared<const Finisher::Work>(std::move(finish))](std::size_t index) {
        return std::make_unique<Finisher>(index, *work);
    };
}

void run_population(std::span<const Ruleset> population, const BarsView& bars, const BacktestOptions& options,
                    const Control& control, const Follow& follow) {
    const Team team(control);
    if (!population.empty()) Run(population, bars, options, team.control(), follow).all();
}

Sharing sharing_of(std::span<const Ruleset> population) {
    Sharing result{.separate_steps = 0, .steps = compile(population).steps.size()};
    for (std::size_t i = 0; i < population.size(); ++i)
        result.separate_steps += compile(population.subspan(i, 1)).steps.size();
    return result;
}

}  // namespace evolve
