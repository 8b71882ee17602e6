#include "core/engine/levels.hpp"

#include <algorithm>

namespace evolve {
namespace {

// A long is hurt by lows and helped by highs, a short the other way round. Comparisons with NaN (no level) are false.
template <bool is_long>
struct Touch {
    const BarsView& bars;

    static bool worse_or_at(double price, double level) { return is_long ? price <= level : price >= level; }
    static bool better_or_at(double price, double level) { return is_long ? price >= level : price <= level; }

    std::optional<LevelExit> test(std::size_t bar, double stop, ExitReason stop_reason, double target) const {
        const double open = bars.open[bar];
        if (worse_or_at(is_long ? bars.low[bar] : bars.high[bar], stop))
            return LevelExit{bar, worse_or_at(open, stop) ? open : stop, stop_reason};
        if (better_or_at(is_long ? bars.high[bar] : bars.low[bar], target))
            return LevelExit{bar, better_or_at(open, target) ? open : target, ExitReason::take_profit};
        return std::nullopt;
    }
};

template <bool is_long>
std::optional<LevelExit> fixed(const Levels& levels, std::size_t first, std::size_t last, const BarsView& bars,
                               const PriceRanges& ranges) {
    if (first > last) return std::nullopt;
    const std::size_t bar =
        ranges.first_outside(first, last, is_long ? levels.stop : levels.target, is_long ? levels.target : levels.stop);
    if (bar > last) return std::nullopt;
    return Touch<is_long>{bars}.test(bar, levels.stop, ExitReason::stop_loss, levels.target);
}

template <bool is_long>
std::optional<LevelExit> trailing(const Levels& levels, std::size_t first, std::size_t last, const BarsView& bars,
                                  const Control& control) {
    const Touch<is_long> touch{bars};
    const bool by_factor = !std::isnan(levels.trailing_factor);
    double peak = levels.peak;
    for (std::size_t begin = first; begin <= last; begin += bars_per_poll) {
        control.check();
        const std::size_t end = std::min(last, begin + bars_per_poll - 1);
        for (std::size_t bar = begin; bar <= end; ++bar) {
            const double trail = by_factor ? peak * levels.trailing_factor
                                           : (is_long ? peak - levels.trailing_amount : peak + levels.trailing_amount);
            // The nearer of the two stops is effective; the fixed one when they are equal.
            const bool fixed_is_nearer = Touch<is_long>::better_or_at(levels.stop, trail);
            const auto exit =
                touch.test(bar, fixed_is_nearer ? levels.stop : trail,
                           fixed_is_nearer ? ExitReason::stop_loss : ExitReason::trailing_stop, levels.target);
            if (exit) return exit;
            peak = is_long ? std::max(peak, bars.high[bar]) : std::min(peak, bars.low[bar]);
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<LevelExit> first_touch(bool is_long, const Levels& levels, std::size_t first, std::size_t last,
                                     std::size_t trailing_from, const BarsView& bars, const PriceRanges& ranges,
                                     const Control& control) {
    if (first > last) return std::nullopt;
    // Where nothing trails yet, only the fixed levels live.
    const std::size_t fixed_last = levels.trails() ? std::min(last, trailing_from - 1) : last;
    if (!levels.trails() || first < trailing_from) {
        const auto exit = is_long ? fixed<true>(levels, first, fixed_last, bars, ranges)
                                  : fixed<false>(levels, first, fixed_last, bars, ranges);
        if (exit || fixed_last == last) return exit;
        first = trailing_from;
    }
    return is_long ? trailing<true>(levels, first, last, bars, control)
                   : trailing<false>(levels, first, last, bars, control);
}

}  // namespace evolve
