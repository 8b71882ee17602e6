// Who follows the simulations of a population: one follower for each ruleset.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/engine/backtest.hpp"

namespace evolve {

// Bars [first, last) at whose closes nothing is bought or sold: equity is cash + units * close there, cash when flat.
struct Holding {
    std::size_t first = 0, last = 0;
    double cash = 0, units = 0;
};

// A backtest without its bars: what holds between two changes of the position is written down once.
struct Journal {
    std::vector<Trade> trades;
    std::vector<Holding> holdings;  // of all bars, in order
};

class Follower;

// What closed trades of several rules have in common when they began at one bar and ended at one bar.
struct Round {
    TradeSide side;
    std::size_t entry_bar, exit_bar;
    double entry_price;
};

// The rest of such a trade, of one rule, and what it changed. The rule was flat before, from bar `flat_from` on.
struct RoundTrip {
    Follower* follower;
    std::size_t flat_from;
    double cash_before, cash_held;  // while it was flat, and while it held
    double size, units;             // units: negative when short
    double entry_value, exit_value, entry_fee, fees, exit_price, pnl;
    ExitReason exit_reason;
};

// Its holdings, in order: while it was flat, and from the entry on, which is of no bars where it left at once.
std::array<Holding, 2> holdings_of(const Round& round, const RoundTrip& trip);
Trade trade_of(const Round& round, const RoundTrip& trip);

// Follows one ruleset's simulation, on one thread.
class Follower {
public:
    Follower() = default;
    virtual ~Follower() = default;
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    // The journal has grown: its holdings are final, and its trades but for an open one, which is the last. Who needs
    // no more of what it has read may take it out, so that little memory is gone through again and again; an open trade
    // stays. Returns the bytes that it keeps of what it has taken out, all together.
    virtual std::size_t look(Journal&) { return 0; }
    // Whether round trips may be passed to it as they end. Those are in no journal then, nor are their holdings.
    virtual bool takes_round_trips() const { return false; }
    // Of rules that end a trade together: each has a follower of this kind, of the same population.
    virtual void pass(const Round&, std::span<const RoundTrip>) {}
    // Once, after the last bar, with all that was not taken out. A journal that is not moved from is written over by
    // another.
    virtual void finish(Journal&& journal) = 0;
};
using Follow = std::function<std::unique_ptr<Follower>(std::size_t index)>;

}  // namespace evolve
