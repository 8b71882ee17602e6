// What the metrics of a holding are looked up in: sums over the returns of any stretch of the closes, and the way
// through their peaks and drawdowns, without going through its bars.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/engine/backtest.hpp"
#include "core/metrics/metrics.hpp"

namespace evolve {

// Sums over returns that metrics are made from.
enum class Term : std::uint8_t { sum, square, downside, above, below, close };
inline constexpr std::size_t term_count = 6;
using Terms = std::array<double, term_count>;

// Of one return r: r, its square, min(r - f, 0)^2, max(r - f, 0), max(f - r, 0), f the risk-free rate of a period.
inline Terms terms_of(double r, double risk_free) {
    const double excess = r - risk_free, below = excess < 0 ? -excess : 0.0;
    return {r, r * r, below * below, excess > 0 ? excess : 0.0, below, 0};
}

class SeriesIndex {
public:
    // Sums of every bar at hand, or to be made again where they are needed: slower, in hardly any memory, with the same
    // bits.
    enum class Sums : std::uint8_t { kept, made_again };

    // Holds what the wanted metrics need. `bars` must outlive it. Throws Error(interrupted).
    SeriesIndex(const BarsView& bars, const BacktestOptions& options, MetricSet wanted, const Control& control,
                Sums sums = Sums::kept);

    // False when a close is not above 0 or a return not finite: then nothing may be looked up.
    bool usable() const { return usable_; }
    // The terms that are held, in their order: sums below stand in this order, as many as there are.
    std::span<const std::size_t> held() const { return std::span(held_).first(width_); }
    // Adds to `into` the sums over the returns of bars [first, last), first >= 1, and over their closes.
    void add_terms(std::size_t first, std::size_t last, double* into) const;

    // Consecutive closes: the lowest, the highest, and the deepest fall from one to a later one, as a fraction (<= 0)
    // and in money.
    struct Node {
        double low, high, fraction, money;
    };
    // Of bars [first, last), first < last, and perhaps some bars around them: quick bounds; fraction and money are 0.
    Node around(std::size_t first, std::size_t last) const;
    double lowest(std::size_t first, std::size_t last) const;
    // Calls visit(node) for parts of [first, last), in order.
    template <class Visit>
    void for_each_part(std::size_t first, std::size_t last, Visit&& visit) const;

    // Memory that an index takes.
    static std::size_t bytes(std::size_t bars, MetricSet wanted, Sums sums = Sums::kept);

private:
    static constexpr std::size_t block = 1024;  // bars between which sums start anew, so that they stay exact
    static constexpr std::size_t run = 16;      // bars, and nodes of the level below, of one node
    static constexpr std::size_t level_count = 3;

    void sum_up(const Control& control);
    void build_nodes(const Control& control);
    // Sums from the start of the bar's block to the bar; `scratch` may hold them.
    const double* row(std::size_t bar, Terms& scratch) const {
        return sums_ == Sums::kept ? &within_[bar * width_] : made_row(bar, scratch);
    }
    const double* made_row(std::size_t bar, Terms& scratch) const;

    BarsView bars_;
    Sums sums_;
    double risk_free_;  // of a period
    bool usable_ = true;
    std::size_t width_ = 0;  // terms that are held
    std::array<std::size_t, term_count> held_{};
    std::vector<double> within_;  // rows by bar, where they are kept
    std::vector<double> before_;  // rows by block: sums over all blocks before it
    std::array<std::vector<Node>, level_count> levels_;
    std::vector<double> lows_, highs_;  // of the lowest level's nodes, side by side
};

// Stretches of the closes, in order, and single values between them, and how deep they fall below the highest value
// before: the deepest fall as a fraction (<= 0) and in money. Nothing is divided, and no stretch gone into, before it
// can matter: the lowest value since a peak is looked for only when a higher peak, or the end, makes it final.
class Descent {
public:
    Descent(const SeriesIndex& index, double start) : index_(index), peak_(start), low_(start) {}

    void value(double value) {
        if (value > peak_) {
            settle();
            peak_ = low_ = value;
        } else if (value < low_) {
            low_ = value;
        }
    }
    // units * close of bars [first, last), first < last, units > 0.
    void stretch(std::size_t first, std::size_t last, double units);
    // After the last.
    void finish() { settle(); }

    double deepest() const { return deepest_; }
    double deepest_money() const { return deepest_money_; }

private:
    struct Candidate {
        double bound;  // no value of the stretch is lower
        std::size_t first, last;
        double units;
    };

    void settle();

    const SeriesIndex& index_;
    double peak_, low_;  // low_: the lowest value known since the peak
    double deepest_ = 0, deepest_money_ = 0;
    std::vector<Candidate> candidates_;  // stretches since the peak that may hold a lower value
};

}  // namespace evolve
