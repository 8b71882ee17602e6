#include "core/lifecycle/monitor.hpp"

#include <algorithm>
#include <cmath>

namespace evolve {
namespace {

// Copies of how many rulesets there are at a time: a strategy has dozens, and some share their steps.
constexpr std::size_t most_planned = 256;

// One backtest of a case: the strategy itself or, for robustness, a copy of it.
struct Trial {
    std::string fingerprint;
    std::vector<Range> judged;  // bars of each run that count
    // Filled by the judge.
    std::string problem;
    Metrics metrics;
    std::vector<Metrics> by_market;
};

struct Case {
    ReviewCase given;
    Ruleset ruleset;
    std::string fingerprint, problem;
    std::vector<std::size_t> markets;
    std::vector<Trial> trials;  // the strategy itself first
    // Robustness: of the strategy itself.
    Assessment assessment;
    Robustness robustness;
};

class Review {
public:
    Review(const ReviewInput& input, const SeriesLoader& loader, const Control& control)
        : input_(input), policy_(input.policy), control_(control), store_(input.markets, input.options, loader) {
        for (const ReviewCase& given : input.cases) add(given);
        std::sort(cases_.begin(), cases_.end(), [](const Case& a, const Case& b) {
            if (a.fingerprint != b.fingerprint) return a.fingerprint < b.fingerprint;
            return a.given.id != b.given.id ? a.given.id < b.given.id : a.given.task < b.given.task;
        });
    }

    ReviewOutput run() {
        std::vector<Planned> planned;
        for (Case& one : cases_) plan(one, planned);
        run(planned, control_);
        Control quiet = control_;
        quiet.report = nullptr;  // how many strategies are done says more than how many of their copies
        for (std::size_t i = 0; i < cases_.size(); ++i) {
            control_.tell("checking", i, cases_.size());
            plan_variants(cases_[i], planned);
            if (planned.size() >= most_planned) run(planned, quiet);
        }
        run(planned, quiet);
        for (Case& one : cases_) conclude(one);
        return std::move(output_);
    }

private:
    // A job and the case and trial it belongs to.
    struct Planned {
        Job job;
        Case* owner;
        std::size_t trial;
    };

    void add(const ReviewCase& given);
    void plan(Case& one, std::vector<Planned>& jobs);
    void plan_variants(Case& one, std::vector<Planned>& jobs) const;
    static void add_job(Case& one, const Ruleset& ruleset, std::vector<Range> ranges, std::vector<Range> judged,
                        std::vector<Planned>& jobs);
    void run(std::vector<Planned>& planned, const Control& control);
    void judge(const Planned& planned, const std::vector<SeriesRun>& runs, const std::string& problem) const;
    void conclude(Case& one);
    void conclude_sanity(const Trial& trial, ReviewResult& result) const;
    void conclude_robustness(Case& one, ReviewResult& result) const;
    void decide_on_robustness(const Case& one, ReviewResult& result) const;
    void record(const Case& one, const Trial& trial);

    const ReviewInput& input_;
    const Policy& policy_;
    const Control& control_;
    SeriesStore store_;
    std::vector<Case> cases_{};
    ReviewOutput output_{};
};

void Review::add(const ReviewCase& given) {
    const bool fits = given.task == ReviewTask::sanity
                          ? given.status == Status::pending_review
                          : given.status == Status::experiment || given.status == Status::candidate;
    if (!fits) {
        throw Error(ErrorCode::invalid_option, "strategy " + given.id + " is " + std::string(to_string(given.status)) +
                                                   ": it has no " + std::string(to_string(given.task)) + " check");
    }
    Case one;
    one.given = given;
    try {
        one.ruleset = canonical(parse_ruleset(given.ruleset, input_.limits));
        one.fingerprint = fingerprint(one.ruleset);
        one.markets = store_.markets_of(one.ruleset, static_cast<std::size_t>(policy_.max_symbols));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::internal) throw;
        one.problem = error.message() + (error.where().empty() ? "" : " at " + error.where());
    }
    cases_.push_back(std::move(one));
}

std::vector<Range> whole_series(const Case& one, const SeriesStore& store) {
    std::vector<Range> whole;
    for (const std::size_t market : one.markets) whole.push_back({.first = 0, .count = store.at(market).bars.size()});
    return whole;
}

void Review::plan(Case& one, std::vector<Planned>& jobs) {
    std::erase_if(one.markets, [&](std::size_t market) { return store_.load(market).bars.empty(); });
    if (one.markets.empty()) return;
    if (one.given.task == ReviewTask::robustness) {
        return add_job(one, one.ruleset, {}, whole_series(one, store_), jobs);
    }
    const std::size_t before = lookback(bind_parameters(one.ruleset));
    std::vector<Range> ranges, judged;
    for (const std::size_t market : one.markets) {
        const LoadedSeries& series = store_.at(market);
        const Range window = sanity_window(series.bars.ts, series.market.timeframe, policy_);
        const std::size_t warm_up = std::min(before, window.first);
        ranges.push_back({.first = window.first - warm_up, .count = window.count + warm_up});
        judged.push_back({.first = warm_up, .count = window.count});
    }
    add_job(one, one.ruleset, std::move(ranges), std::move(judged), jobs);
}

// Only for those that the check is for: every copy is a trial that the ledger counts.
void Review::plan_variants(Case& one, std::vector<Planned>& jobs) const {
    if (one.given.task != ReviewTask::robustness || one.trials.empty() || !one.trials.front().problem.empty()) return;
    if (one.trials.front().metrics.total_trades < policy_.robustness_min_trades) return;
    for (const Ruleset& variant : shifted_variants(one.ruleset, policy_, input_.limits)) {
        add_job(one, variant, {}, whole_series(one, store_), jobs);
    }
}

void Review::add_job(Case& one, const Ruleset& ruleset, std::vector<Range> ranges, std::vector<Range> judged,
                     std::vector<Planned>& jobs) {
    jobs.push_back({.job = {.ruleset = ruleset, .markets = one.markets, .ranges = std::move(ranges)},
                    .owner = &one,
                    .trial = one.trials.size()});
    Trial trial;
    trial.fingerprint = fingerprint(ruleset);
    trial.judged = std::move(judged);
    one.trials.push_back(std::move(trial));
}

// And forgets them.
void Review::run(std::vector<Planned>& planned, const Control& control) {
    std::vector<Job> jobs;
    jobs.reserve(planned.size());
    for (Planned& one : planned) jobs.push_back(std::move(one.job));
    run_jobs(jobs, store_, control, [&](std::size_t job, std::vector<SeriesRun>&& runs, const std::string& problem) {
        judge(planned[job], runs, problem);
    });
    planned.clear();
}

void Review::judge(const Planned& planned, const std::vector<SeriesRun>& runs, const std::string& problem) const {
    Case& owner = *planned.owner;
    Trial& trial = owner.trials[planned.trial];
    trial.problem = problem;
    if (!problem.empty()) return;
    trial.metrics = pooled_metrics(runs, trial.judged, control_);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Range& judged = trial.judged[i];
        trial.by_market.push_back(
            compute_metrics(runs[i].run, runs[i].bars, runs[i].options, judged.first, judged.count, control_));
    }
    if (owner.given.task == ReviewTask::sanity || planned.trial > 0) return;
    const Random random = Random(input_.seed, 3).split(stream_of(trial.fingerprint));
    owner.assessment = assess(runs, owner.markets, policy_, random, control_);
    owner.assessment.measured.attempts = owner.given.evolution_attempts;
    owner.robustness = robustness_of_runs(runs, policy_.robustness_rules(), control_);
}

void Review::conclude(Case& one) {
    ReviewResult result;
    result.strategy_id = one.given.id;
    result.fingerprint = one.fingerprint;
    result.task = one.given.task;
    result.status = result.new_status = one.given.status;
    if (one.trials.empty()) {
        result.reason = one.problem.empty() ? "not checked: there are no bars of its symbols and timeframe"
                                            : "not checked: " + one.problem;
    } else if (!one.trials.front().problem.empty()) {
        result.reason = "not checked: " + one.trials.front().problem;
    } else if (one.given.task == ReviewTask::sanity) {
        conclude_sanity(one.trials.front(), result);
    } else {
        conclude_robustness(one, result);
    }
    for (const Trial& trial : one.trials) record(one, trial);
    output_.results.push_back(std::move(result));
}

void Review::conclude_sanity(const Trial& trial, ReviewResult& result) const {
    const Metrics& m = trial.metrics;
    result.metrics = m;
    const double depth = std::fabs(m.max_drawdown);
    const std::string trades = std::to_string(m.total_trades) + " trades in the recent window (at least " +
                               std::to_string(policy_.sanity_min_trades) + ")";
    const std::string fall = "drawdown " + percent(depth) + " (at most " + percent(policy_.sanity_max_drawdown) + ")";
    const bool finite = std::isfinite(m.total_return) && std::isfinite(m.max_drawdown);
    const bool enough = m.total_trades >= policy_.sanity_min_trades;
    const bool bounded = depth <= policy_.sanity_max_drawdown;
    const bool passed = finite && enough && bounded;
    result.verdict = passed ? Verdict::passed : Verdict::failed;
    result.new_status = passed ? Status::experiment : Status::rejected;
    if (passed) {
        result.reason = "accepted: " + trades + ", " + fall;
        return;
    }
    result.reason = "rejected: ";
    if (!finite) {
        result.reason += "its results are no finite numbers";
    } else if (!enough) {
        result.reason += trades + (bounded ? "" : ", " + fall);
    } else {
        result.reason += fall;
    }
}

void Review::conclude_robustness(Case& one, ReviewResult& result) const {
    result.metrics = one.trials.front().metrics;
    if (result.metrics.total_trades < policy_.robustness_min_trades) {
        result.reason = "not checked: " + std::to_string(result.metrics.total_trades) + " trades (at least " +
                        std::to_string(policy_.robustness_min_trades) + ")";
        return;
    }
    std::vector<double> returns;
    for (std::size_t i = 1; i < one.trials.size(); ++i) {
        if (one.trials[i].problem.empty()) returns.push_back(one.trials[i].metrics.total_return);
    }
    add_sensitivity(one.robustness, returns, policy_.robustness_rules());
    result.robustness = one.robustness;
    result.measured_robustness = true;
    decide_on_robustness(one, result);
}

void Review::decide_on_robustness(const Case& one, ReviewResult& result) const {
    const double value = result.robustness.score;
    const std::string found = "robustness " + decimal(value, 1);
    const bool robust = value >= policy_.robustness_promote;
    const bool fragile = value < policy_.robustness_discard_below;
    result.verdict = robust ? Verdict::passed : Verdict::failed;
    result.reason = found + (robust ? " (at least " : " (below ") + decimal(policy_.robustness_promote, 1) + ")";
    if (robust && one.given.status == Status::candidate) {
        const Phase phase = phase_of(input_.total_strategies, policy_);
        if (const auto reason = proposable_reason(one.assessment.measured, phase, policy_)) {
            result.new_status = Status::proposable;
            result.reason = *reason + ", " + result.reason;
        }
    } else if (fragile && one.given.evolution_attempts >= policy_.robustness_discard_attempts) {
        result.new_status = Status::discarded;
        result.reason = "discarded: " + found + " (below " + decimal(policy_.robustness_discard_below, 1) + ") with " +
                        std::to_string(result.metrics.total_trades) + " trades after " +
                        std::to_string(one.given.evolution_attempts) + " evaluations (at least " +
                        std::to_string(policy_.robustness_discard_attempts) + ")";
    }
}

void Review::record(const Case& one, const Trial& trial) {
    for (std::size_t i = 0; i < trial.by_market.size(); ++i) {
        output_.trials.push_back({.record = {.strategy_id = one.given.id,
                                             .fingerprint = trial.fingerprint,
                                             .market = store_.at(one.markets[i]).market,
                                             .metrics = trial.by_market[i]},
                                  .task = one.given.task});
    }
}

}  // namespace

std::string_view to_string(ReviewTask task) { return task == ReviewTask::sanity ? "sanity" : "robustness"; }

Range sanity_window(std::span<const Timestamp> ts, Timeframe timeframe, const Policy& policy) {
    if (ts.empty()) return {};
    const Timestamp end = series_end(ts, timeframe);
    const bool slow = seconds(timeframe) >= seconds(Timeframe::h4);
    const bool medium = !slow && seconds(timeframe) >= seconds(Timeframe::m15);
    const Timestamp from = slow     ? add_months(end, -static_cast<int>(policy.sanity_months_slow))
                           : medium ? add_months(end, -static_cast<int>(policy.sanity_months_medium))
                                    : end - policy.sanity_days_fast * microseconds_per_day;
    const auto first = static_cast<std::size_t>(std::lower_bound(ts.begin(), ts.end(), from) - ts.begin());
    return {.first = first, .count = ts.size() - first};
}

ReviewOutput review(const ReviewInput& input, const SeriesLoader& loader, const Control& control) {
    return Review(input, loader, control).run();
}

}  // namespace evolve
