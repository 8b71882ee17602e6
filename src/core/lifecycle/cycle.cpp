#include "core/lifecycle/cycle.hpp"

#include <algorithm>
#include <cmath>

#include "core/lifecycle/population.hpp"

namespace evolve {
namespace {

class Cycle {
public:
    Cycle(const CycleInput& input, const SeriesLoader& loader, const KnownFingerprint& known, const Control& control)
        : input_(input),
          policy_(input.policy),
          known_(known),
          control_(control),
          store_(input.markets, input.options, loader),
          population_(make_population(input.population, input.limits, store_, input.policy)) {}

    CycleOutput run() {
        choose_batch();
        measure();
        decide();
        output_.children = reproduce(population_, store_, input_, known_, control_);
        cull(population_, output_.children.size(), policy_);
        write_changes();
        return std::move(output_);
    }

private:
    void choose_batch();
    void measure();
    void decide();
    void write_changes();
    void count(const Transition& transition);

    const CycleInput& input_;
    const Policy& policy_;
    const KnownFingerprint& known_;
    const Control& control_;
    SeriesStore store_;
    std::vector<Individual> population_;
    std::vector<std::size_t> batch_{};  // of the population; output_.evaluations are in the same order
    CycleOutput output_{};
};

void Cycle::choose_batch() {
    for (std::size_t i = 0; i < population_.size(); ++i) {
        Individual& one = population_[i];
        if (!one.member.evaluate) continue;
        if (!is_evolving(one.status)) {
            throw Error(ErrorCode::invalid_option, "strategy " + one.member.id + " is " +
                                                       std::string(to_string(one.status)) +
                                                       ": only experiments, candidates and proposables are evaluated");
        }
        std::erase_if(one.markets, [&](std::size_t market) { return store_.load(market).bars.empty(); });
        StrategyEvaluation evaluation;
        evaluation.strategy_id = one.member.id;
        evaluation.fingerprint = one.fingerprint;
        evaluation.previous_status = evaluation.status = one.status;
        evaluation.score = one.score;
        evaluation.evolution_attempts = one.attempts;
        if (one.markets.empty()) {
            evaluation.no_data = true;
            evaluation.problem = one.usable() ? "there are no bars of its symbols and timeframe" : one.problem;
        }
        batch_.push_back(i);
        output_.evaluations.push_back(std::move(evaluation));
    }
}

void Cycle::measure() {
    std::vector<Job> jobs;
    std::vector<std::size_t> places;  // of each job in the batch
    for (std::size_t place = 0; place < batch_.size(); ++place) {
        if (output_.evaluations[place].no_data) continue;
        const Individual& one = population_[batch_[place]];
        jobs.push_back({.ruleset = one.ruleset, .markets = one.markets});
        places.push_back(place);
    }
    run_jobs(jobs, store_, control_, [&](std::size_t job, std::vector<SeriesRun>&& runs, const std::string& problem) {
        StrategyEvaluation& evaluation = output_.evaluations[places[job]];
        if (!problem.empty()) {
            evaluation.no_data = true;
            evaluation.problem = problem;
            return;
        }
        const Random random = Random(input_.seed, 1).split(stream_of(evaluation.fingerprint));
        evaluation.assessment = assess(runs, jobs[job].markets, policy_, random, control_);
    });
}

void Cycle::decide() {
    for (std::size_t place = 0; place < batch_.size(); ++place) {
        StrategyEvaluation& evaluation = output_.evaluations[place];
        if (evaluation.no_data) continue;
        Individual& one = population_[batch_[place]];
        one.evaluated = true;
        ++one.attempts;
        Measurements& measured = evaluation.assessment.measured;
        measured.attempts = evaluation.evolution_attempts = one.attempts;
        one.score = evaluation.score = measured.score;
        one.win_rate = measured.metrics.win_rate;
        one.fitness = fitness(one.score, static_cast<double>(measured.metrics.total_trades), policy_);
        evaluation.risk_note = risk_note(measured, evaluation.assessment.monte_carlo.p05_return);
        ++output_.evaluated;
    }
    mark_elite(population_, policy_);
    const Phase phase = phase_of(input_.total_strategies, policy_);
    for (std::size_t place = 0; place < batch_.size(); ++place) {
        Individual& one = population_[batch_[place]];
        if (!one.evaluated) continue;
        const Decision decision =
            decide_status(one.status, output_.evaluations[place].assessment.measured, phase, policy_, one.elite);
        one.status = decision.status;
        one.reason = decision.reason;
    }
}

void Cycle::count(const Transition& transition) {
    if (transition.to == Status::discarded) {
        ++output_.discarded;
    } else if (transition.to > transition.from) {
        ++output_.promoted;  // the evolving states are declared in their order
    } else {
        ++output_.demoted;
    }
}

void Cycle::write_changes() {
    for (const Individual& one : population_) {
        if (one.status == one.member.status) continue;
        if (!transition_allowed(one.member.status, one.status)) {
            throw Error(ErrorCode::internal, "a cycle made a transition that does not exist");
        }
        output_.transitions.push_back(
            {.strategy_id = one.member.id, .from = one.member.status, .to = one.status, .reason = one.reason});
        count(output_.transitions.back());
    }
    for (std::size_t place = 0; place < batch_.size(); ++place) {
        StrategyEvaluation& evaluation = output_.evaluations[place];
        evaluation.status = population_[batch_[place]].status;
        for (const SymbolResult& result : evaluation.assessment.symbols) {
            const Market& market = store_.at(result.market).market;
            evaluation.symbols.push_back(market.symbol);
            output_.records.push_back({.strategy_id = evaluation.strategy_id,
                                       .fingerprint = evaluation.fingerprint,
                                       .market = market,
                                       .metrics = result.metrics});
        }
    }
    output_.bred = static_cast<std::int64_t>(output_.children.size());
}

}  // namespace

CycleOutput run_cycle(const CycleInput& input, const SeriesLoader& loader, const KnownFingerprint& known,
                      const Control& control) {
    return Cycle(input, loader, known, control).run();
}

}  // namespace evolve
