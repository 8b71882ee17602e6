// Both sides of every threshold.
#include "core/lifecycle/decide.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace evolve {
namespace {

constexpr double hair = 1e-9;

// Exactly at every threshold of "high win rate", mature.
Measurements at_the_gate() {
    Measurements m;
    m.metrics.total_trades = 50;
    m.metrics.winning_trades = 40;
    m.metrics.losing_trades = 10;
    m.metrics.win_rate = 0.80;
    m.metrics.sharpe_ratio = 1.0;
    m.metrics.profit_factor = 1.2;
    m.metrics.max_drawdown = -0.20;
    m.metrics.total_return = 0.5;
    m.test.win_rate = 0.70;
    m.test.sharpe_ratio = 1;
    m.test.total_return = 0.1;
    m.train.win_rate = 0.75;
    m.train.sharpe_ratio = 1;
    m.train.total_return = 0.1;
    m.score = 0.70;
    m.attempts = 1;
    m.symbols = 1;
    m.profitable_symbols = 1;
    return m;
}

Status next(Status present, const Measurements& m, Phase phase = Phase::mature, const Policy& policy = {}) {
    return decide_status(present, m, phase, policy).status;
}

TEST(CandidateTest, ThresholdsOfTheTable) {
    Measurements m = at_the_gate();
    m.metrics.win_rate = 0.75;
    m.metrics.max_drawdown = -0.30;
    EXPECT_EQ(next(Status::experiment, m), Status::candidate);
    Measurements few = m;
    few.metrics.total_trades = 49;
    EXPECT_EQ(next(Status::experiment, few), Status::experiment);
    Measurements loses = m;
    loses.metrics.win_rate -= hair;
    EXPECT_EQ(next(Status::experiment, loses), Status::experiment);
    Measurements deep = m;
    deep.metrics.max_drawdown -= hair;
    EXPECT_EQ(next(Status::experiment, deep), Status::experiment);
    Measurements unknown = m;
    unknown.metrics.win_rate = undefined;
    EXPECT_EQ(next(Status::experiment, unknown), Status::experiment);
    const Decision decision = decide_status(Status::experiment, m, Phase::mature, {});
    EXPECT_EQ(decision.reason,
              "promoted: 50 trades (at least 50), win rate 75.0 % (at least 75.0 %), drawdown 30.0 % (at most 30.0 %)");
}

TEST(CandidateTest, YoungPopulationsAreEasier) {
    struct Case {
        Phase phase;
        std::int64_t trades;
        double win_rate, sharpe;
    };
    for (const Case& one : {Case{Phase::cold_start, 5, 0.25, 0.2}, Case{Phase::growth, 10, 0.55, 0.5}}) {
        Measurements m = at_the_gate();
        m.metrics.total_trades = one.trades;
        m.metrics.win_rate = one.win_rate;
        m.metrics.sharpe_ratio = one.sharpe;
        EXPECT_EQ(next(Status::experiment, m, one.phase), Status::candidate);
        EXPECT_EQ(next(Status::experiment, m, Phase::mature), Status::experiment);
        // And it stays: what let it in does not throw it out.
        EXPECT_EQ(next(Status::candidate, m, one.phase), Status::candidate);
        Measurements few = m, loses = m, weak = m, deep = m;
        --few.metrics.total_trades;
        loses.metrics.win_rate -= hair;
        weak.metrics.sharpe_ratio -= hair;
        deep.metrics.max_drawdown = -0.30 - hair;
        for (const Measurements& failing : {few, loses, weak, deep}) {
            EXPECT_EQ(next(Status::experiment, failing, one.phase), Status::experiment);
        }
        EXPECT_EQ(next(Status::candidate, loses, one.phase), Status::experiment);
    }
}

TEST(PhaseTest, ByTheNumberOfStrategies) {
    Policy policy;
    EXPECT_EQ(phase_of(0, policy), Phase::cold_start);
    EXPECT_EQ(phase_of(24, policy), Phase::cold_start);
    EXPECT_EQ(phase_of(25, policy), Phase::growth);
    EXPECT_EQ(phase_of(199, policy), Phase::growth);
    EXPECT_EQ(phase_of(200, policy), Phase::mature);
    policy.phases_enabled = false;
    EXPECT_EQ(phase_of(0, policy), Phase::mature);
}

TEST(PhaseTest, MatureNeedsThreeProfitableSymbolsOfThoseThatRunOnThree) {
    Measurements m = at_the_gate();
    m.symbols = 2;
    m.profitable_symbols = 0;
    EXPECT_EQ(next(Status::experiment, m), Status::candidate);
    EXPECT_EQ(next(Status::candidate, m), Status::proposable);
    m.symbols = 3;
    m.profitable_symbols = 2;
    EXPECT_EQ(next(Status::experiment, m), Status::experiment);
    EXPECT_EQ(next(Status::candidate, m), Status::candidate);
    m.profitable_symbols = 3;
    EXPECT_EQ(next(Status::experiment, m), Status::candidate);
    EXPECT_EQ(next(Status::candidate, m), Status::proposable);
    m.profitable_symbols = 0;
    EXPECT_EQ(next(Status::experiment, m, Phase::growth), Status::candidate);
    Policy off;
    off.phases_enabled = false;
    EXPECT_EQ(next(Status::experiment, m, Phase::mature, off), Status::candidate);
}

TEST(ProposableTest, ByHighWinRate) {
    const Measurements m = at_the_gate();
    EXPECT_EQ(next(Status::candidate, m), Status::proposable);
    std::vector<Measurements> failing(7, m);
    failing[0].metrics.total_trades = 49;
    failing[1].metrics.win_rate -= hair;
    failing[2].metrics.sharpe_ratio -= hair;
    failing[3].metrics.profit_factor -= hair;
    failing[4].metrics.max_drawdown -= hair;
    failing[5].score -= hair;
    failing[6].test.win_rate -= hair;
    for (const Measurements& one : failing) EXPECT_EQ(next(Status::candidate, one), Status::candidate);
    // Not in one step from experiment.
    EXPECT_EQ(next(Status::experiment, m), Status::candidate);
}

TEST(ProposableTest, ByHighSharpe) {
    Measurements m = at_the_gate();
    m.metrics.win_rate = 0.60;
    m.metrics.sharpe_ratio = 1.5;
    // A candidate with that win rate stays one only in a young population; here it is proposed first.
    EXPECT_EQ(next(Status::candidate, m), Status::proposable);
    Measurements loses = m, weak = m;
    loses.metrics.win_rate -= hair;
    weak.metrics.sharpe_ratio -= hair;
    EXPECT_NE(next(Status::candidate, loses), Status::proposable);
    EXPECT_NE(next(Status::candidate, weak), Status::proposable);
}

TEST(ProposableTest, GainsWithoutALossHaveNoFactorAndPass) {
    Measurements m = at_the_gate();
    m.metrics.profit_factor = undefined;
    EXPECT_EQ(next(Status::candidate, m), Status::candidate);
    m.metrics.losing_trades = 0;
    EXPECT_EQ(next(Status::candidate, m), Status::proposable);
}

TEST(ProposableTest, APolicyCanLeaveItToTheRobustnessCheck) {
    Policy policy;
    policy.proposable_needs_robustness = true;
    EXPECT_EQ(next(Status::candidate, at_the_gate(), Phase::mature, policy), Status::candidate);
    EXPECT_TRUE(proposable_reason(at_the_gate(), Phase::mature, policy));
}

TEST(DemotionTest, OfProposables) {
    Measurements m = at_the_gate();
    m.metrics.win_rate = 0.70;
    m.metrics.sharpe_ratio = 0.5;
    m.score = 0.60;
    m.metrics.max_drawdown = -0.30;
    EXPECT_EQ(next(Status::proposable, m), Status::proposable);
    std::vector<Measurements> failing(6, m);
    failing[0].metrics.win_rate -= hair;
    failing[1].metrics.sharpe_ratio -= hair;
    failing[2].score -= hair;
    failing[3].metrics.max_drawdown -= hair;
    failing[4].metrics.total_trades = 49;
    failing[5].metrics.sharpe_ratio = undefined;
    for (const Measurements& one : failing) EXPECT_EQ(next(Status::proposable, one), Status::candidate);
    EXPECT_EQ(decide_status(Status::proposable, failing[4], Phase::mature, {}).reason,
              "demoted: 49 trades (at least 50)");
}

TEST(DemotionTest, OfCandidates) {
    Measurements m = at_the_gate();
    m.metrics.win_rate = 0.70;
    m.metrics.max_drawdown = -0.40;
    EXPECT_EQ(next(Status::candidate, m), Status::candidate);
    Measurements loses = m, deep = m;
    loses.metrics.win_rate -= hair;
    deep.metrics.max_drawdown -= hair;
    EXPECT_EQ(next(Status::candidate, loses), Status::experiment);
    EXPECT_EQ(next(Status::candidate, deep), Status::experiment);
}

Measurements mediocre() {
    Measurements m = at_the_gate();
    m.metrics.win_rate = 0.5;
    m.score = 0.5;
    return m;
}

TEST(DiscardTest, AfterTooManyEvaluations) {
    Measurements m = mediocre();
    m.attempts = 9;
    EXPECT_EQ(next(Status::experiment, m), Status::experiment);
    m.attempts = 10;
    EXPECT_EQ(next(Status::experiment, m), Status::discarded);
    EXPECT_EQ(decide_status(Status::experiment, m, Phase::mature, {}, true).status, Status::experiment);  // elite
    EXPECT_EQ(decide_status(Status::experiment, m, Phase::mature, {}).reason,
              "discarded: not proposable after 10 evaluations (limit 10)");
    Measurements good = at_the_gate();
    good.metrics.win_rate = 0.79;
    good.attempts = 10;
    EXPECT_EQ(next(Status::candidate, good), Status::discarded);
    EXPECT_EQ(next(Status::proposable, good), Status::proposable);
}

TEST(DiscardTest, ForLosingOverManyTrades) {
    Measurements m = mediocre();
    m.metrics.sharpe_ratio = -hair;
    EXPECT_EQ(next(Status::experiment, m), Status::discarded);
    EXPECT_EQ(decide_status(Status::experiment, m, Phase::mature, {}, true).status, Status::discarded);
    m.metrics.total_trades = 49;
    EXPECT_EQ(next(Status::experiment, m), Status::experiment);
    m.metrics.total_trades = 50;
    m.metrics.sharpe_ratio = 0;
    EXPECT_EQ(next(Status::experiment, m), Status::experiment);
}

TEST(DiscardTest, ForALowScore) {
    Measurements m = mediocre();
    m.attempts = 5;
    m.score = 0.20 - hair;
    EXPECT_EQ(next(Status::experiment, m), Status::discarded);
    m.score = 0.20;
    EXPECT_EQ(next(Status::experiment, m), Status::experiment);
    m.score = 0.1;
    m.attempts = 4;
    EXPECT_EQ(next(Status::experiment, m), Status::experiment);
}

TEST(DiscardTest, ForOverfitting) {
    Measurements m = mediocre();
    m.attempts = 5;
    m.metrics.win_rate = 0.50 - hair;
    m.score = 0.40 - hair;
    m.overfitted = true;
    EXPECT_EQ(next(Status::experiment, m), Status::discarded);
    std::vector<Measurements> spared(4, m);
    spared[0].overfitted = false;
    spared[1].metrics.win_rate = 0.50;
    spared[2].score = 0.40;
    spared[3].attempts = 4;
    for (const Measurements& one : spared) EXPECT_EQ(next(Status::experiment, one), Status::experiment);
}

TEST(DiscardTest, OneStepAtATime) {
    // A demoted candidate is not discarded in the same breath.
    Measurements m = mediocre();
    m.metrics.sharpe_ratio = -1;
    EXPECT_EQ(next(Status::candidate, m), Status::experiment);
    EXPECT_EQ(next(Status::proposable, m), Status::candidate);
    for (const Status other : {Status::pending_review, Status::discarded, Status::duplicate, Status::rejected}) {
        EXPECT_EQ(next(other, at_the_gate()), other);
    }
}

TEST(OverfittedTest, EachSignBothSides) {
    const auto flag = [](double train_wins, double test_wins, double train_sharpe, double test_sharpe,
                         double train_return, double test_return) {
        Metrics train, test;
        train.win_rate = train_wins;
        test.win_rate = test_wins;
        train.sharpe_ratio = train_sharpe;
        test.sharpe_ratio = test_sharpe;
        train.total_return = train_return;
        test.total_return = test_return;
        return overfitted(train, test, {});
    };
    EXPECT_FALSE(flag(0.80, 0.10, 1.5, 0.1, 0.20, -0.5));  // training not better than the bounds
    EXPECT_TRUE(flag(0.80 + hair, 0.70 - hair, 0, 0, 0, 0));
    EXPECT_FALSE(flag(0.80 + hair, 0.70, 0, 0, 0, 0));
    EXPECT_TRUE(flag(0, 0, 1.5 + hair, 0.5 - hair, 0, 0));
    EXPECT_FALSE(flag(0, 0, 1.5 + hair, 0.5, 0, 0));
    EXPECT_TRUE(flag(0, 0, 0, 0, 0.20 + hair, -hair));
    EXPECT_FALSE(flag(0, 0, 0, 0, 0.20 + hair, 0));
    EXPECT_FALSE(flag(undefined, undefined, undefined, undefined, undefined, undefined));
    EXPECT_FALSE(flag(0.9, undefined, 2, undefined, 1, undefined));
}

TEST(RiskNoteTest, SaysWhatWasMeasured) {
    Measurements m = at_the_gate();
    m.metrics.max_drawdown = -0.234;
    m.metrics.max_drawdown_bars = 41;
    m.metrics.volatility = 0.182;
    m.metrics.var_95 = 0.019;
    m.metrics.cvar_95 = 0.028;
    m.metrics.avg_loss = -12;
    m.metrics.exposure = 0.43;
    EXPECT_EQ(risk_note(m, -0.04),
              "Largest fall from a peak 23.4 %, below the peak for up to 41 bars. Volatility 18.2 % a year. One bar in "
              "twenty loses 1.9 % or more, 2.8 % on average. 10 of 50 trades lost. In the market 43.0 % of the time. "
              "With its trades drawn at random, one outcome in twenty is a return of -4.0 % or worse.");
    EXPECT_EQ(risk_note({}, undefined), "No closed trade yet: the risk is not known.");
    Measurements bare;
    bare.metrics.total_trades = 1;
    bare.metrics.max_drawdown = 0;
    EXPECT_EQ(risk_note(bare, undefined), "Largest fall from a peak 0.0 %, below the peak for up to 0 bars.");
}

TEST(NumbersInReasonsTest, AreShort) {
    EXPECT_EQ(percent(0.12345), "12.3 %");
    EXPECT_EQ(percent(-0.00001), "0.0 %");
    EXPECT_EQ(percent(undefined), "unknown");
    EXPECT_EQ(decimal(1.005), "1.00");
    EXPECT_EQ(decimal(-2), "-2.00");
    EXPECT_EQ(decimal(1e300).size(), 304u);
}

}  // namespace
}  // namespace evolve
