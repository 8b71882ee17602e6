// What the metrics of a holding are looked up in: sums over the returns of any stretch of the closes, and the way
// through their peaks and drawdowns, without going through its bars.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/engine/backtest.hpp"
#include "core/metrics/metrics.hpp"

namespace evolve {

// Sums over returns that metrics are made from.
enum class Term : std::uint8_t { sum, square, downside, above, below, close };
inline constexpr std::size_t term_count = 6;
using Terms = std::array<double, term_count>;

// min(x, 0), without a branch where a compiler would make one: signs of returns are random.
inline double below_zero(double x) { return (x - std::fabs(x)) * 0.5; }

// Of one return r: r, its square, min(r - f, 0)^2, max(r - f, 0), max(f - r, 0), f the risk-free rate of a period.
inline Terms terms_of(double r, double risk_free) {
    const double excess = r - risk_free, below = below_zero(excess);
    return {r, r * r, below * below, std::max(0.0, excess), std::max(0.0, -excess), 0};
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
    // Whether these are sum, square and downside, which most metrics are made from.
    bool holds_common_terms() const {
        return std::ranges::equal(held(), std::array{Term::sum, Term::square, Term::downside}, {}, {},
                                  [](Term term) { return static_cast<std::size_t>(term); });
    }
    // Adds to `into` the sums over the returns of bars [first, last), first >= 1, and over their closes.
    void add_terms(std::size_t first, std::size_t last, double* into) const;
    // Consecutive closes: the lowest, the highest, and the deepest fall from one to a later one, as a fraction (<= 0)
    // and in money.
    struct Node {
        double low, high, fraction, money;
    };
    // The lowest and highest of bars [first, last), first < last, and perhaps of some bars around them.
    struct Bounds {
        double low, high;
    };
    Bounds around(std::size_t first, std::size_t last) const {
        const std::size_t begin = first / run, end = (last + run - 1) / run, runs = end - begin;
        if (runs >= std::size_t{1} << window_count || end > lows_.size()) return far_around(first, last);
        // Two windows that overlap cover any length.
        const auto length = static_cast<std::size_t>(std::bit_width(runs) - 1);
        const Bounds* windows = windows_.get() + length * lows_.size();
        const Bounds a = windows[begin], b = windows[end - (std::size_t{1} << length)];
        return {std::min(a.low, b.low), std::max(a.high, b.high)};
    }
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
    static constexpr std::size_t window_count = 6;  // windows of 1, 2, 4 … runs

    // What spans of bars need that do not need each other, and what joins them.
    struct BlockSums {
        Terms sums;   // over the block
        bool usable;  // false: something in it must not be looked up
    };
    template <bool only_first>
    BlockSums sum_block(std::size_t first, std::size_t last);
    void build_lowest(std::size_t first_node, std::size_t last_node);
    // Windows of 2^k runs that begin with these; those of half as many are made.
    void make_windows(std::size_t k, std::size_t first_node, std::size_t last_node);
    void join_blocks(std::span<const BlockSums> blocks);
    void join_nodes(std::size_t first_node, std::size_t last_node);
    void join_windows(std::size_t nodes_of_part);
    Bounds far_around(std::size_t first, std::size_t last) const;
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
    std::unique_ptr<double[]> within_;  // rows by bar, where they are kept
    std::vector<double> before_;        // rows by block: sums over all blocks before it
    std::array<std::vector<Node>, level_count> levels_;
    std::vector<double> lows_;           // of the lowest level's nodes, side by side
    std::unique_ptr<Bounds[]> windows_;  // by their first run, those of each length after the shorter ones
};

// Stretches of the closes, in order, and single values between them, and how deep they fall below the highest value
// before: the deepest fall as a fraction (<= 0) and in money. Nothing is divided, and no stretch gone into, before it
// can matter: the lowest value since a peak is looked for only when a higher peak, or the end, makes it final.
class Descent {
public:
    Descent(const SeriesIndex& index, double start) : index_(index), peak_(start), low_(start), candidates_(64) {}

    void value(double value) {
        if (value > peak_) {
            settle();
            peak_ = low_ = value;
        } else if (value < low_) {
            low_ = value;
        }
    }
    // units * close of bars [first, last), first < last, units > 0.
    void stretch(std::size_t first, std::size_t last, double units) {
        stretch(first, last, units, index_.around(first, last));
    }
    // The same where the bounds of the closes are known.
    void stretch(std::size_t first, std::size_t last, double units, SeriesIndex::Bounds bounds) {
        if (units * bounds.high > peak_) return rise(first, last, units);
        // Written down in any case, and kept where it may matter: that one cannot foresee.
        if (held_ == candidates_.size()) make_room();
        candidates_[held_] = {units * bounds.low, first, last, units};
        held_ += units * bounds.low < low_ ? 1 : 0;
    }
    // After the last.
    void finish() { settle(); }

    double deepest() const { return deepest_; }
    double deepest_money() const { return deepest_money_; }
    std::size_t bytes() const { return candidates_.size() * sizeof(Candidate); }

private:
    struct Candidate {
        double bound = 0;  // no value of the stretch is lower
        std::size_t first = 0, last = 0;
        double units = 0;
    };

    void make_room();
    void settle();
    void rise(std::size_t first, std::size_t last, double units);

    const SeriesIndex& index_;
    double peak_, low_;  // low_: the lowest value known since the peak
    double deepest_ = 0, deepest_money_ = 0;
    std::vector<Candidate> candidates_;  // the first held_: stretches since the peak that may hold a lower value
    std::size_t held_ = 0;
};

}  // namespace evolve
