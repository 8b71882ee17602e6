#include "core/lifecycle/decide.hpp"

#include <charconv>
#include <cmath>
#include <vector>

#include "core/base/error.hpp"

namespace evolve {
namespace {

// Thresholds that are checked one after another, with what to say about each.
class Terms {
public:
    void at_least(const std::string& what, double value, double threshold, bool is_percent) {
        add(what, value, threshold, is_percent, value >= threshold, "at least");
    }
    void at_most(const std::string& what, double value, double threshold, bool is_percent) {
        add(what, value, threshold, is_percent, value <= threshold, "at most");
    }
    void trades(double value, double threshold) { counted("trades", value, threshold); }
    void counted(const std::string& what, double value, double threshold) {
        note(value >= threshold, decimal(value, 0) + " " + what + " (at least " + decimal(threshold, 0) + ")");
    }
    bool all_met() const { return failures_.empty(); }
    std::string met() const { return joined(met_); }
    std::string failures() const { return joined(failures_); }

private:
    void add(const std::string& what, double value, double threshold, bool is_percent, bool holds, const char* word) {
        const auto shown = [&](double number) { return is_percent ? percent(number) : decimal(number); };
        note(holds, what + " " + shown(value) + " (" + word + " " + shown(threshold) + ")");
    }
    void note(bool holds, std::string text) { (holds ? met_ : failures_).push_back(std::move(text)); }
    static std::string joined(const std::vector<std::string>& parts) {
        std::string text;
        for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
        return text;
    }

    std::vector<std::string> met_{}, failures_{};
};

double depth(const Metrics& metrics) { return std::fabs(metrics.max_drawdown); }
double trades(const Metrics& metrics) { return static_cast<double>(metrics.total_trades); }

// Gains without a single loss have no quotient; they are better than any.
void profit_factor(Terms& terms, const Metrics& metrics, double threshold) {
    const bool only_gains = metrics.winning_trades > 0 && metrics.losing_trades == 0;
    if (!only_gains) terms.at_least("profit factor", metrics.profit_factor, threshold, false);
}

void profitable_symbols(Terms& terms, const Measurements& measured, Phase phase, const Policy& policy) {
    const auto needed = static_cast<double>(policy.mature_min_profitable_symbols);
    // Who runs on fewer series cannot show it on as many.
    if (!policy.phases_enabled || phase != Phase::mature || static_cast<double>(measured.symbols) < needed) return;
    terms.counted("symbols with a profit", static_cast<double>(measured.profitable_symbols), needed);
}

struct Entry {
    double trades, win_rate, sharpe;
};

Entry entry_of(Phase phase, const Policy& policy) {
    switch (phase) {
        case Phase::cold_start:
            return {.trades = static_cast<double>(policy.cold_start_min_trades),
                    .win_rate = policy.cold_start_min_win_rate,
                    .sharpe = policy.cold_start_min_sharpe};
        case Phase::growth:
            return {.trades = static_cast<double>(policy.growth_min_trades),
                    .win_rate = policy.growth_min_win_rate,
                    .sharpe = policy.growth_min_sharpe};
        case Phase::mature:
            break;
    }
    return {.trades = static_cast<double>(policy.candidate_min_trades),
            .win_rate = policy.candidate_min_win_rate,
            .sharpe = undefined};
}

Terms proposable_terms(const Measurements& measured, Phase phase, const Policy& policy) {
    const Metrics& m = measured.metrics;
    Terms terms;
    terms.trades(trades(m), static_cast<double>(policy.proposable_min_trades));
    profit_factor(terms, m, policy.proposable_min_profit_factor);
    terms.at_most("drawdown", depth(m), policy.proposable_max_drawdown, true);
    terms.at_least("score", measured.score, policy.proposable_min_score, false);
    terms.at_least("test win rate", measured.test.win_rate, policy.proposable_min_test_win_rate, true);
    profitable_symbols(terms, measured, phase, policy);
    return terms;
}

std::optional<std::string> reason_if_met(const char* verb, const Terms& terms) {
    if (!terms.all_met()) return std::nullopt;
    return verb + terms.met();
}

std::optional<std::string> reason_if_failed(const char* verb, const Terms& terms) {
    if (terms.all_met()) return std::nullopt;
    return verb + terms.failures();
}

}  // namespace

std::string percent(double fraction) { return std::isnan(fraction) ? "unknown" : decimal(fraction * 100, 1) + " %"; }

std::string decimal(double value, int digits) {
    if (!std::isfinite(value)) return "unknown";
    char buffer[400];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, digits);
    std::string text(buffer, end.ptr);
    // No "-0.0".
    if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);
    return text;
}

std::string_view to_string(Phase phase) {
    switch (phase) {
        case Phase::cold_start:
            return "cold_start";
        case Phase::growth:
            return "growth";
        case Phase::mature:
            return "mature";
    }
    throw Error(ErrorCode::internal, "unknown phase");
}

Phase phase_of(std::int64_t strategies, const Policy& policy) {
    if (!policy.phases_enabled) return Phase::mature;
    if (strategies < policy.cold_start_below) return Phase::cold_start;
    return strategies < policy.growth_below ? Phase::growth : Phase::mature;
}

bool overfitted(const Metrics& train, const Metrics& test, const Policy& policy) {
    const bool by_wins =
        test.win_rate < policy.overfit_test_win_rate_below && train.win_rate > policy.overfit_train_win_rate_above;
    const bool by_sharpe =
        test.sharpe_ratio < policy.overfit_test_sharpe_below && train.sharpe_ratio > policy.overfit_train_sharpe_above;
    const bool by_return =
        test.total_return < policy.overfit_test_return_below && train.total_return > policy.overfit_train_return_above;
    return by_wins || by_sharpe || by_return;
}

std::optional<std::string> candidate_reason(const Measurements& measured, Phase phase, const Policy& policy) {
    const Metrics& m = measured.metrics;
    const Entry entry = entry_of(phase, policy);
    Terms terms;
    terms.trades(trades(m), entry.trades);
    terms.at_least("win rate", m.win_rate, entry.win_rate, true);
    if (!std::isnan(entry.sharpe)) terms.at_least("Sharpe ratio", m.sharpe_ratio, entry.sharpe, false);
    terms.at_most("drawdown", depth(m), policy.candidate_max_drawdown, true);
    profitable_symbols(terms, measured, phase, policy);
    return reason_if_met("promoted: ", terms);
}

std::optional<std::string> proposable_reason(const Measurements& measured, Phase phase, const Policy& policy) {
    const Metrics& m = measured.metrics;
    Terms by_wins = proposable_terms(measured, phase, policy), by_sharpe = by_wins;
    by_wins.at_least("win rate", m.win_rate, policy.proposable_win_path_min_win_rate, true);
    by_wins.at_least("Sharpe ratio", m.sharpe_ratio, policy.proposable_win_path_min_sharpe, false);
    if (auto reason = reason_if_met("promoted for its win rate: ", by_wins)) return reason;
    by_sharpe.at_least("win rate", m.win_rate, policy.proposable_sharpe_path_min_win_rate, true);
    by_sharpe.at_least("Sharpe ratio", m.sharpe_ratio, policy.proposable_sharpe_path_min_sharpe, false);
    return reason_if_met("promoted for its Sharpe ratio: ", by_sharpe);
}

std::optional<std::string> proposable_loses(const Measurements& measured, const Policy& policy) {
    const Metrics& m = measured.metrics;
    Terms terms;
    terms.at_least("win rate", m.win_rate, policy.proposable_keep_min_win_rate, true);
    terms.at_least("Sharpe ratio", m.sharpe_ratio, policy.proposable_keep_min_sharpe, false);
    terms.at_least("score", measured.score, policy.proposable_keep_min_score, false);
    terms.at_most("drawdown", depth(m), policy.proposable_keep_max_drawdown, true);
    terms.trades(trades(m), static_cast<double>(policy.proposable_keep_min_trades));
    return reason_if_failed("demoted: ", terms);
}

std::optional<std::string> candidate_loses(const Measurements& measured, Phase phase, const Policy& policy) {
    const Metrics& m = measured.metrics;
    // What was good enough to come in is good enough to stay.
    const double win_rate = std::min(policy.candidate_keep_min_win_rate, entry_of(phase, policy).win_rate);
    Terms terms;
    terms.at_least("win rate", m.win_rate, win_rate, true);
    terms.at_most("drawdown", depth(m), policy.candidate_keep_max_drawdown, true);
    return reason_if_failed("demoted: ", terms);
}

std::optional<std::string> discard_reason(const Measurements& measured, const Policy& policy, bool elite) {
    const Metrics& m = measured.metrics;
    const std::string after = " after " + std::to_string(measured.attempts) + " evaluations";
    if (m.sharpe_ratio < policy.discard_sharpe_below && m.total_trades >= policy.discard_sharpe_min_trades) {
        return "discarded: Sharpe ratio " + decimal(m.sharpe_ratio) + " (below " +
               decimal(policy.discard_sharpe_below) + ") over " + std::to_string(m.total_trades) +
               " trades (at least " + std::to_string(policy.discard_sharpe_min_trades) + ")";
    }
    if (measured.attempts >= policy.discard_score_attempts && measured.score < policy.discard_score_below) {
        return "discarded: score " + decimal(measured.score) + " (below " + decimal(policy.discard_score_below) + ")" +
               after + " (at least " + std::to_string(policy.discard_score_attempts) + ")";
    }
    const bool poor =
        m.win_rate < policy.discard_overfit_win_rate_below && measured.score < policy.discard_overfit_score_below;
    if (measured.attempts >= policy.discard_overfit_attempts && poor && measured.overfitted) {
        return "discarded: overfitted, win rate " + percent(m.win_rate) + " (below " +
               percent(policy.discard_overfit_win_rate_below) + "), score " + decimal(measured.score) + " (below " +
               decimal(policy.discard_overfit_score_below) + ")" + after + " (at least " +
               std::to_string(policy.discard_overfit_attempts) + ")";
    }
    if (measured.attempts >= policy.discard_attempts && !elite) {
        return "discarded: not proposable" + after + " (limit " + std::to_string(policy.discard_attempts) + ")";
    }
    return std::nullopt;
}

Decision decide_status(Status present, const Measurements& measured, Phase phase, const Policy& policy, bool elite) {
    std::optional<std::string> reason;
    switch (present) {
        case Status::experiment:
            if ((reason = candidate_reason(measured, phase, policy))) return {Status::candidate, *reason};
            break;
        case Status::candidate:
            if (!policy.proposable_needs_robustness && (reason = proposable_reason(measured, phase, policy))) {
                return {Status::proposable, *reason};
            }
            if ((reason = candidate_loses(measured, phase, policy))) return {Status::experiment, *reason};
            break;
        case Status::proposable:
            if ((reason = proposable_loses(measured, policy))) return {Status::candidate, *reason};
            return {present, {}};
        default:
            return {present, {}};
    }
    if ((reason = discard_reason(measured, policy, elite))) return {Status::discarded, *reason};
    return {present, {}};
}

std::string risk_note(const Measurements& measured, double monte_carlo_p05) {
    const Metrics& m = measured.metrics;
    if (m.total_trades == 0) return "No closed trade yet: the risk is not known.";
    std::string note = "Largest fall from a peak " + percent(depth(m)) + ", below the peak for up to " +
                       std::to_string(m.max_drawdown_bars) + " bars.";
    if (!std::isnan(m.volatility)) note += " Volatility " + percent(m.volatility) + " a year.";
    if (!std::isnan(m.var_95) && !std::isnan(m.cvar_95)) {
        note += " One bar in twenty loses " + percent(m.var_95) + " or more, " + percent(m.cvar_95) + " on average.";
    }
    if (!std::isnan(m.avg_loss) && m.losing_trades > 0) {
        note += " " + std::to_string(m.losing_trades) + " of " + std::to_string(m.total_trades) + " trades lost.";
    }
    if (!std::isnan(m.exposure)) note += " In the market " + percent(m.exposure) + " of the time.";
    if (!std::isnan(monte_carlo_p05)) {
        note += " With its trades drawn at random, one outcome in twenty is a return of " + percent(monte_carlo_p05) +
                " or worse.";
    }
    if (measured.overfitted) note += " It did much better on the bars it was chosen on than on later ones: overfitted.";
    return note;
}

}  // namespace evolve
